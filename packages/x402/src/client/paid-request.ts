import { sleep } from '@fourmica/core-types';
import { paymentHeaderName } from '../envelope.js';
import { X402Error } from '../errors.js';
import { describeUrl, discardBody, type FetchLike, transportError } from '../http.js';
import { type RequestSnapshot, requestInit } from './request-snapshot.js';
import type { X402SignedPayment } from './sign-offer.js';

/** How a paid request is sent. */
export interface PaidRequestLimits {
  /** Time until the response begins, in milliseconds. */
  readonly timeoutMs: number;
  /** Further attempts with the same bytes after no answer, 502 or 504. */
  readonly maxRetries: number;
}

const RETRY_DELAY_MS = 250;
const MAX_REDIRECTS = 5;
const REDIRECTS_THAT_KEEP_METHOD = new Set([307, 308]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a request with its payment. Without an answer the outcome is unknown, so the same bytes are sent again: the
 * same payment is charged once however often it arrives. The payment follows redirects on its own origin only.
 *
 * @throws X402Error `PAYMENT_OUTCOME_UNKNOWN` when no attempt was answered, `REDIRECT_REFUSED`.
 */
export async function sendPaid(
  fetchFn: FetchLike,
  request: RequestSnapshot,
  payment: X402SignedPayment,
  limits: PaidRequestLimits,
): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    const isLast = attempt >= limits.maxRetries;
    try {
      const response = await sendFollowing(fetchFn, request, payment, limits.timeoutMs);
      if (isLast || (response.status !== 502 && response.status !== 504)) return response;
      discardBody(response);
    } catch (error) {
      if (!isUnanswered(error) || isLast)
        throw isUnanswered(error) ? unknownOutcome(payment, request, error) : error;
    }
    await sleep(RETRY_DELAY_MS * 2 ** attempt, request.signal);
  }
}

const isUnanswered = (error: unknown): boolean =>
  error instanceof X402Error && (error.code === 'HTTP_TIMEOUT' || error.code === 'HTTP_UNREACHABLE');

function unknownOutcome({ payload }: X402SignedPayment, request: RequestSnapshot, cause: unknown): X402Error {
  const { tabId, reqId } = payload.payload.claims;
  return new X402Error(
    'PAYMENT_OUTCOME_UNKNOWN',
    `${describeUrl(request.url)} did not answer the paid request; it may have been charged. Make the same request again: the same payment is sent, never a second one`,
    { tabId, reqId },
    { cause },
  );
}

async function sendFollowing(
  fetchFn: FetchLike,
  request: RequestSnapshot,
  payment: X402SignedPayment,
  timeoutMs: number,
): Promise<Response> {
  let current = request;
  for (let hops = 0; ; hops++) {
    const response = await sendOnce(fetchFn, current, payment, timeoutMs);
    if (response.type === 'opaqueredirect') {
      throw redirectRefused('the browser hides where it redirects to; request the final URL itself');
    }
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
    if (location === null || hasReceipt(response)) return response;
    if (hops >= MAX_REDIRECTS) throw redirectRefused('it redirects too often');
    current = redirected(current, response.status, location);
  }
}

/** A redirect with a receipt is the paid answer itself. */
const hasReceipt = ({ headers }: Response): boolean =>
  headers.has('payment-response') || headers.has('x-payment-response');

function redirected(request: RequestSnapshot, status: number, location: string): RequestSnapshot {
  if (!URL.canParse(location, request.url)) throw redirectRefused('its location is no URL');
  const url = new URL(location, request.url);
  if (url.origin !== new URL(request.url).origin) {
    throw redirectRefused(`it leads to ${url.origin}, and the payment is not sent to another origin`);
  }
  if (REDIRECTS_THAT_KEEP_METHOD.has(status)) return { ...request, url: url.href };
  const isSafe = request.method === 'GET' || request.method === 'HEAD';
  return { ...request, url: url.href, method: isSafe ? request.method : 'GET', body: undefined };
}

const redirectRefused = (reason: string): X402Error =>
  new X402Error('REDIRECT_REFUSED', `the paid request was redirected, which is refused: ${reason}`);

async function sendOnce(
  fetchFn: FetchLike,
  request: RequestSnapshot,
  payment: X402SignedPayment,
  timeoutMs: number,
): Promise<Response> {
  const headers = { [paymentHeaderName(payment.payload.x402Version)]: payment.header };
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const signal = AbortSignal.any([timeout.signal, request.signal]);
  try {
    return await fetchFn(request.url, { ...requestInit(request, { headers, signal }), redirect: 'manual' });
  } catch (error) {
    throw transportError(error, request.url, timeout.signal, { timeoutMs, signal: request.signal });
  } finally {
    clearTimeout(timer);
  }
}
