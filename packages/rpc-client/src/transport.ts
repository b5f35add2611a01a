import { encodeWith, parseStrictJson, parseWith, sleep, ValidationError } from '@fourmica/core-types';
import type * as z from 'zod/mini';
import { type Deadline, startDeadline } from './deadline.js';
import { excerptOf, reasonOf } from './error-text.js';
import { RpcError, type RpcErrorCode, type RpcErrorContext } from './errors.js';
import type { RequestEvent, TransportHooks } from './hooks.js';
import { nextOf } from './page.js';
import { readBody } from './response-body.js';
import { parseRetryAfter, type RetryPolicy, retryDelay, shouldRetry } from './retry.js';
import { type Route, type RouteInput, routePath } from './route.js';
import { withoutSecrets } from './secrets.js';
import { type CallTrace, type Tracing, traced } from './tracing.js';
import { joinUrl, redactUrl } from './url.js';

/** The part of the platform's `fetch` that is used. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** Calls the platform's fetch with the receiver it needs, and finds it late, so that a polyfill counts. */
export const platformFetch: FetchLike = (url, init) => globalThis.fetch(url, init);

/** How calls of one service are made. */
export interface Transport {
  readonly baseUrl: URL;
  readonly fetch: FetchLike;
  /** Time for one try until its body is read, in milliseconds. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  /** Longest answer in bytes. */
  readonly maxResponseBytes: number;
  readonly hooks: TransportHooks;
  readonly tracing: Tracing | undefined;
}

/** What differs from call to call besides the input. */
export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Texts that errors must not show, in case that the service repeats them. */
  readonly secrets?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

const REQUEST_ID_HEADER = 'x-request-id';
const MAX_ERROR_BODY_BYTES = 64 * 1024;
const MAX_JSON_DEPTH = 32;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly isTruncated: boolean;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly redirectedTo: string | undefined;
  /** Where the next part of a list starts. */
  readonly next: string | undefined;
}

/**
 * Calls a route, repeating the call where that is safe, and validates the answer.
 *
 * @throws RpcError when there is no usable answer.
 * @throws ValidationError when the input cannot be sent.
 * @throws the reason of `signal` when it is aborted.
 */
export async function callRoute<R extends Route>(
  transport: Transport,
  route: R,
  input: RouteInput<R>,
  options: CallOptions = {},
): Promise<Answered<R>> {
  const url = joinUrl(transport.baseUrl, routePath(route, input));
  const body = route.method === 'GET' ? undefined : bodyOf(route, input);
  const { method, path } = route;
  return traced(transport.tracing, { method, route: path, baseUrl: transport.baseUrl }, (trace) =>
    callRepeatedly(transport, route, url, body, options, trace),
  );
}

async function callRepeatedly<R extends Route>(
  transport: Transport,
  route: R,
  url: string,
  body: string | undefined,
  options: CallOptions,
  trace: CallTrace,
): Promise<Answered<R>> {
  const sent = { ...options, headers: { ...trace.headers, ...options.headers } };
  for (let retries = 0; ; retries++) {
    const event: RequestEvent = {
      method: route.method,
      route: route.path,
      url: redactUrl(url),
      attempt: retries + 1,
    };
    const startedAt = Date.now();
    transport.hooks.onRequest?.(event);
    const outcome = await attempt(transport, route, url, body, sent);
    const durationMs = Date.now() - startedAt;
    if (!(outcome instanceof RpcError)) {
      const { status, requestId } = outcome;
      transport.hooks.onResponse?.({ ...event, durationMs, status, requestId });
      trace.answered(status, requestId, retries);
      return outcome;
    }
    const failed = { failure: FAILURES[outcome.code], ...outcome.context };
    const retryInMs = shouldRetry(failed, route.idempotent, retries, transport.retry)
      ? retryDelay(failed, retries, Math.random(), transport.retry)
      : undefined;
    const { status, requestId } = outcome;
    transport.hooks.onResponse?.({ ...event, durationMs, status, requestId, error: outcome, retryInMs });
    if (retryInMs === undefined) {
      trace.failed(outcome, retries);
      throw outcome;
    }
    trace.repeated(outcome, retryInMs);
    await sleep(retryInMs, options.signal);
  }
}

const FAILURES = {
  RPC_UNREACHABLE: 'unreachable',
  RPC_TIMEOUT: 'timeout',
  RPC_STATUS: 'status',
  RPC_RESPONSE_INVALID: 'invalid-response',
} as const satisfies Record<RpcErrorCode, string>;

function bodyOf<R extends Route>(route: R, input: RouteInput<R>): string | undefined {
  const wire = encodeWith(route.request, input.request, 'request');
  return wire === undefined ? undefined : JSON.stringify(wire);
}

/** What a route answered. */
export interface Answered<R extends Route> {
  readonly value: z.output<R['response']>;
  /** Where the next part of a list starts; undefined when it ends here. */
  readonly next: string | undefined;
}

interface Success<R extends Route> extends Answered<R> {
  readonly status: number;
  readonly requestId: string | undefined;
}

/** Makes one try; a failure of the call is returned, because the loop decides what becomes of it. */
async function attempt<R extends Route>(
  transport: Transport,
  route: R,
  url: string,
  body: string | undefined,
  options: CallOptions,
): Promise<Success<R> | RpcError> {
  const facts = { method: route.method, url: redactUrl(url) };
  const answer = await answerOrError(transport, route, url, body, options, facts);
  if (answer instanceof RpcError) return answer;
  const known = { ...facts, status: answer.status, requestId: answer.requestId };
  return isSuccess(route, answer.status)
    ? readSuccess(route, answer, known, transport.maxResponseBytes, options.secrets ?? [])
    : refusal(answer, known);
}

async function answerOrError(
  transport: Transport,
  route: Route,
  url: string,
  body: string | undefined,
  options: CallOptions,
  facts: RpcErrorContext,
): Promise<Answer | RpcError> {
  options.signal?.throwIfAborted();
  const deadline = startDeadline(transport.timeoutMs, options.signal);
  try {
    return await exchange(transport, route, url, body, options, deadline.signal);
  } catch (cause) {
    options.signal?.throwIfAborted();
    return noAnswer(facts, deadline, transport.timeoutMs, cause);
  } finally {
    deadline.clear();
  }
}

const isSuccess = (route: Route, status: number): boolean =>
  (route.successStatuses ?? [200]).includes(status);

async function exchange(
  transport: Transport,
  route: Route,
  url: string,
  body: string | undefined,
  options: CallOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const { fetch } = transport;
  const response = await fetch(url, {
    method: route.method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body }),
    // A followed redirect would carry the API key to wherever it points.
    redirect: 'manual',
    signal,
  });
  const limit = isSuccess(route, response.status)
    ? transport.maxResponseBytes
    : Math.min(transport.maxResponseBytes, MAX_ERROR_BODY_BYTES);
  const { text, isTruncated } = await readBody(response, limit);
  return {
    status: response.status,
    text: isSuccess(route, response.status) ? text : withoutSecrets(text, options.secrets ?? []),
    isTruncated,
    requestId: response.headers.get(REQUEST_ID_HEADER) ?? undefined,
    retryAfterMs: parseRetryAfter(response.headers.get('retry-after'), Date.now()),
    redirectedTo: redirectTarget(response, url),
    next: nextOf(response.headers.get('link'), url),
  };
}

/** Where a redirect points; a browser does not tell. */
function redirectTarget(response: Response, url: string): string | undefined {
  if (response.type === 'opaqueredirect') return 'another address';
  if (response.status < 300 || response.status >= 400) return undefined;
  const location = response.headers.get('location');
  return location !== null && URL.canParse(location, url)
    ? redactUrl(new URL(location, url).href)
    : 'another address';
}

function readSuccess<R extends Route>(
  route: R,
  answer: Answer,
  known: RpcErrorContext,
  maxBytes: number,
  secrets: readonly string[],
): Success<R> | RpcError {
  const what = 'response';
  try {
    if (answer.isTruncated) throw new ValidationError(what, 'more', `at most ${maxBytes} bytes`);
    const json = parseStrictJson(answer.text, what, { maxLength: maxBytes, maxDepth: MAX_JSON_DEPTH });
    const value = parseWith<R['response']>(route.response, json, what);
    return { value, next: answer.next, status: answer.status, requestId: answer.requestId };
  } catch (cause) {
    if (!(cause instanceof ValidationError)) throw cause;
    const { field, expected } = cause.context;
    const isHidden = route.answersSecret === true;
    const reason = isHidden ? `${field}: expected ${expected}` : cause.message;
    return new RpcError(
      'RPC_RESPONSE_INVALID',
      `${reason} (${sentence(known)}). Is ${known.url} a 4Mica core of a version that this client knows?`,
      { ...known, field, body: isHidden ? undefined : excerptOf(withoutSecrets(answer.text, secrets)) },
      isHidden ? undefined : { cause },
    );
  }
}

function refusal(answer: Answer, known: RpcErrorContext): RpcError {
  const hint =
    answer.redirectedTo === undefined
      ? ''
      : `. The service redirects to ${answer.redirectedTo}: use the final address as base URL`;
  const reason = reasonOf(answer.text);
  const { retryAfterMs } = answer;
  return new RpcError('RPC_STATUS', `${reason || 'no explanation'} (${sentence(known)})${hint}`, {
    ...known,
    reason,
    body: excerptOf(answer.text),
    retryAfterMs,
  });
}

function noAnswer(facts: RpcErrorContext, deadline: Deadline, timeoutMs: number, cause: unknown): RpcError {
  if (deadline.hasPassed()) {
    const message = `no complete answer within ${timeoutMs} ms (${sentence(facts)}). Try again, or allow more time`;
    return new RpcError('RPC_TIMEOUT', message, facts, { cause });
  }
  const message = `no answer (${sentence(facts)}): ${rootMessage(cause)}. Is the URL right and the service running?`;
  return new RpcError('RPC_UNREACHABLE', message, facts, { cause });
}

/** fetch says only "fetch failed"; the error underneath names the host and the port. */
function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  if (error.cause instanceof Error) return rootMessage(error.cause);
  return error.message || error.name;
}

const sentence = (known: RpcErrorContext): string =>
  [
    `${known.method} ${known.url}`,
    ...(known.status === undefined ? [] : [`status ${known.status}`]),
    ...(known.requestId === undefined ? [] : [`request ${known.requestId}`]),
  ].join(', ');
