import { FourMicaError } from '@fourmica/core-types';

/** Why the core refuses a request. The HTTP layer gives each code its status; the message is the text on the wire. */
export type RefusalCode =
  | 'INVALID_PARAMETER'
  | 'INVALID_SIGNATURE'
  | 'VERSION_NOT_ACCEPTED'
  | 'USER_NOT_REGISTERED'
  | 'USER_SUSPENDED'
  | 'REQ_ID_USED'
  | 'REQ_ID_NOT_NEXT'
  | 'TIMESTAMP_IN_FUTURE'
  | 'TIMESTAMP_OUTSIDE_TAB'
  | 'TAB_NOT_FOUND'
  | 'TAB_CLOSED'
  | 'TAB_MISMATCH'
  | 'TAB_TTL'
  | 'VALIDATION_POLICY_INVALID'
  | 'NOT_ENOUGH_COLLATERAL'
  | 'TOO_MANY_WAITING'
  | 'ISSUING_STOPPED'
  | 'REPAIR_REFUSED'
  | 'BUSY'
  | 'RETRY';

/** A request that the rules of the network do not allow. Nothing was changed. */
export class RefusalError extends FourMicaError<RefusalCode, object> {
  override readonly name = 'RefusalError';
}

/** Builds a refusal; `context` holds the facts that belong to the code. */
export const refusal = (
  code: RefusalCode,
  message: string,
  context: object = {},
  cause?: unknown,
): RefusalError => new RefusalError(code, message, context, cause === undefined ? undefined : { cause });
