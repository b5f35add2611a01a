import { parseStrictJson } from '@fourmica/core-types';
import { asMessageError, X402Error } from './errors.js';
import { isJsonObject, memberOf } from './json-object.js';

/** The part of `fetch` that this package uses. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** Bounds of one HTTP exchange. */
export interface HttpLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer that was read completely. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Makes one request and reads the answer up to a limit. Redirects are not followed.
 *
 * @throws X402Error `HTTP_UNREACHABLE`, `HTTP_TIMEOUT` or `HTTP_BODY_TOO_LARGE`; the caller's abort reason as it is.
 */
export async function exchange(
  fetchFn: FetchLike,
  url: string,
  init: RequestInit,
  limits: HttpLimits,
): Promise<HttpAnswer> {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  const signal = limits.signal === undefined ? timeout : AbortSignal.any([timeout, limits.signal]);
  try {
    const response = await fetchFn(url, { ...init, redirect: 'manual', signal });
    return { status: response.status, text: await readText(response, limits.maxBytes, url) };
  } catch (error) {
    throw transportError(error, url, timeout, limits);
  }
}

/** Sends a JSON body; see {@link exchange}. */
export const postJson = (
  fetchFn: FetchLike,
  url: string,
  json: string,
  headers: Readonly<Record<string, string>>,
  limits: HttpLimits,
): Promise<HttpAnswer> =>
  exchange(
    fetchFn,
    url,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: json,
    },
    limits,
  );

/** Turns a failed exchange into an {@link X402Error}; an abort of the caller stays what it is. */
export function transportError(
  error: unknown,
  url: string,
  timeout: AbortSignal,
  { timeoutMs, signal }: Omit<HttpLimits, 'maxBytes'>,
): unknown {
  if (error instanceof X402Error || signal?.aborted === true || !timeout.aborted) {
    return unreachable(error, url, signal);
  }
  const message = `${describeUrl(url)} did not answer within ${timeoutMs} ms`;
  return new X402Error('HTTP_TIMEOUT', message, {}, { cause: error });
}

/** Turns a fetch that got no answer into an {@link X402Error}; an abort of the caller stays what it is. */
export function unreachable(error: unknown, url: string, signal: AbortSignal | undefined): unknown {
  if (error instanceof X402Error || signal?.aborted === true) return error;
  return new X402Error(
    'HTTP_UNREACHABLE',
    `${describeUrl(url)} could not be reached: ${reasonOf(error)}; check the URL and that the server runs`,
    {},
    { cause: error },
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}

/** Writes a URL for a message: without credentials, query and fragment. */
export function describeUrl(url: string): string {
  if (!URL.canParse(url)) return 'the URL';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** Drops what is left of a body. Not awaited: of a cloned body, one copy is not dropped before the other one is. */
export function discardBody(response: Response): void {
  if (response.body !== null) ignoreFailure(response.body.cancel());
}

/** A connection that fails while its rest is being dropped is no loss. */
function ignoreFailure(cancelled: Promise<void>): void {
  cancelled.catch(() => undefined);
}

/**
 * Reads a body as text up to a limit.
 *
 * @throws X402Error `HTTP_BODY_TOO_LARGE`; the rest of the body is dropped.
 */
export async function readText(response: Response, maxBytes: number, url: string): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > maxBytes) {
      ignoreFailure(reader.cancel());
      throw new X402Error('HTTP_BODY_TOO_LARGE', `${describeUrl(url)} answered more than ${maxBytes} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

/**
 * Parses an answer as strict JSON.
 *
 * @throws X402Error `MESSAGE_INVALID`
 */
export function parseAnswer(text: string, what: string): unknown {
  try {
    return parseStrictJson(text, what);
  } catch (error) {
    throw asMessageError(error);
  }
}

const MAX_PEER_MESSAGE = 500;

/** Finds a peer's own words in an error answer: members `error`, `message`, `details`, else the text itself. */
export function peerMessageOf(text: string): string {
  let message = text;
  try {
    const body = parseStrictJson(text, 'body');
    if (isJsonObject(body)) {
      const words = [memberOf(body, 'error', 'message'), memberOf(body, 'details')];
      const known = words.filter((word): word is string => typeof word === 'string' && word !== '');
      if (known.length > 0) message = known.join(': ');
    }
  } catch (error) {
    if (!(asMessageError(error) instanceof X402Error)) throw error;
  }
  return message
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, MAX_PEER_MESSAGE);
}
