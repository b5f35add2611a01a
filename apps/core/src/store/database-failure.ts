/** Why the database did not do what it was asked, as far as it is nobody's mistake. */
export type DatabaseFailure =
  /** It stopped the transaction in favour of another one. */
  | 'conflict'
  /** It is not there, not yet ready, or the connection broke. What was asked may or may not have been done. */
  | 'unavailable';

/** Serialization failure, deadlock, and a lock that was not given in time. */
const CONFLICTS = new Set(['40001', '40P01', '55P03']);
/** Connection exceptions, sessions that the server ended, too few resources, and the errors of sockets. */
const UNAVAILABLE =
  /^(?:08[0-9A-Z]{3}|53[0-9A-Z]{3}|57P0[1-5]|25P0[34]|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/;
/** What the driver says without a code. */
const CONNECTION_LOST =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Recognises the failures after which the same request may be sent again. */
export function databaseFailureOf(error: unknown): DatabaseFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  if (CONFLICTS.has(code)) return 'conflict';
  return UNAVAILABLE.test(code) || CONNECTION_LOST.test(error.message) ? 'unavailable' : undefined;
}
