import { X402Error } from '../errors.js';
import { decodeHeader, HEADERS } from '../header.js';
import { discardBody, type FetchLike, peerMessageOf, readText, unreachable } from '../http.js';
import { isJsonObject } from '../json-object.js';
import type { CreditOffer } from '../offer.js';
import { readReceipt, type Settlement } from '../settlement.js';
import { type HeldPayment, isConflictReason, OfferPayer, type OfferPayerOptions } from './offer-payer.js';
import { sendPaid } from './paid-request.js';
import { type ReadOffers, readOffers } from './read-offers.js';
import { fingerprintOf, type RequestSnapshot, requestInit, snapshotRequest } from './request-snapshot.js';
import type { X402SignedPayment } from './sign-offer.js';

/** A paid request that was answered. */
export interface PaidExchange {
  readonly url: string;
  readonly payment: X402SignedPayment;
  /** The receipt; undefined when the response has none. */
  readonly receipt: Settlement | undefined;
  readonly status: number;
}

/** Settings of {@link payingFetch}. */
export interface PayingFetchOptions extends Omit<OfferPayerOptions, 'isResourceUrlClaimed'> {
  /** Time until a paid response begins, in milliseconds; default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Further attempts with the same bytes after no answer; default 2. */
  readonly maxRetries?: number | undefined;
  /** Called with every paid request that was answered, before its response is returned. */
  readonly onPaid?: ((exchange: PaidExchange) => void) | undefined;
}

/** A `fetch` that pays. */
export type PayingFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_MAX_RETRIES = 2;
const MAX_REASON_BYTES = 64 * 1024;
const MAX_UNANSWERED = 1_000;

/**
 * Wraps `fetch` so that a 402 with an offer on 4Mica credit is paid and the request repeated. A 402 without such an
 * offer is returned as it is; an offer that the policy forbids is an error.
 *
 * One request is paid once: when its outcome is unknown or the server failed, the same bytes are sent again, also by a
 * later call with the same method, URL and body. Only after the server proves that it cannot be used any more, because
 * another guarantee took its reqId or its tab began later, is a second payment signed, once.
 *
 * Requests at the same time share a tab in order, at most `maxInFlightPerTab` of them at once.
 *
 * @throws X402Error `HTTP_UNREACHABLE` when the first, unpaid request gets no answer, `SPENDING_POLICY`,
 * `PAYMENT_OUTCOME_UNKNOWN`, `REDIRECT_REFUSED`, or what the tab endpoint throws.
 */
export function payingFetch(fetchFn: FetchLike, options: PayingFetchOptions): PayingFetch {
  const session = new PayingSession(fetchFn, options);
  return (input, init) => session.fetch(input, init);
}

/** Another name of {@link payingFetch}. */
export const wrapFetch = payingFetch;

class PayingSession {
  readonly #fetch: FetchLike;
  readonly #options: PayingFetchOptions;
  readonly #payer: OfferPayer;
  /** Payments that got no answer or a server's failure, by the request that they belong to. */
  readonly #unanswered = new Map<string, HeldPayment>();

  constructor(fetchFn: FetchLike, options: PayingFetchOptions) {
    // Called as a method of the session, the fetch of a browser would throw "Illegal invocation".
    this.#fetch = (url, init) => fetchFn(url, init);
    this.#options = options;
    this.#payer = new OfferPayer(fetchFn, options);
  }

  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = await snapshotRequest(input, init);
    const response = await this.#sendUnpaid(request);
    if (response.status !== 402 || isPaidByCaller(request)) return response;
    const read = await readOffers(response);
    if (read === undefined) return response;
    assertSameOrigin(response, request);
    discardBody(response);

    const fingerprint = await fingerprintOf(request);
    const pending = this.#unanswered.get(fingerprint);
    this.#unanswered.delete(fingerprint);
    const held = pending ?? (await this.#sign(this.#payer.choose(read.offers, read.problems), request, read));
    return this.#pay(request, fingerprint, held, read);
  }

  async #sendUnpaid(request: RequestSnapshot): Promise<Response> {
    try {
      return await this.#fetch(request.url, requestInit(request));
    } catch (error) {
      throw unreachable(error, request.url, request.signal);
    }
  }

  #sign(offer: CreditOffer, request: RequestSnapshot, { echoed }: ReadOffers): Promise<HeldPayment> {
    return this.#payer.sign(offer, request.url, echoed, request.signal);
  }

  /** Pays. A payment whose turn comes later is sent again then; one that can no longer be used is signed anew, once. */
  async #pay(
    request: RequestSnapshot,
    fingerprint: string,
    first: HeldPayment,
    read: ReadOffers,
  ): Promise<Response> {
    let held = first;
    let isSignedAnew = false;
    let isSentAgain = false;
    for (;;) {
      const response = await this.#send(request, fingerprint, held);
      if (!(await isTabConflict(response))) {
        // The payment may be charged and the work not done: a repetition must not be a second payment.
        if (response.status >= 500) this.#remember(fingerprint, held);
        return this.#finish(request, held, response);
      }
      const outcome = await this.#payer.examineConflict(held, request.signal);
      const isOver = outcome === 'early' || (outcome === 'due' ? isSentAgain : isSignedAnew);
      if (isOver) return this.#finish(request, held, response);
      discardBody(response);
      isSentAgain = outcome === 'due';
      if (outcome === 'due') continue;
      isSignedAnew = true;
      held = await this.#sign(held.offer, request, read);
    }
  }

  async #send(request: RequestSnapshot, fingerprint: string, held: HeldPayment): Promise<Response> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, maxRetries = DEFAULT_MAX_RETRIES } = this.#options;
    try {
      return await sendPaid(this.#fetch, request, held.payment, { timeoutMs, maxRetries });
    } catch (error) {
      const isRefusedRedirect = error instanceof X402Error && error.code === 'REDIRECT_REFUSED';
      if (!isRefusedRedirect) this.#remember(fingerprint, held);
      // The next payment takes the same reqId: whichever of the two becomes a guarantee, the other one cannot.
      this.#payer.finish(held, false);
      throw error;
    }
  }

  #remember(fingerprint: string, held: HeldPayment): void {
    const [oldest] = this.#unanswered.keys();
    if (this.#unanswered.size >= MAX_UNANSWERED && oldest !== undefined) this.#unanswered.delete(oldest);
    this.#unanswered.set(fingerprint, held);
  }

  #finish(request: RequestSnapshot, held: HeldPayment, response: Response): Response {
    const receipt = receiptOf(response);
    this.#payer.finish(held, receipt?.success ?? response.status < 400);
    const { payment } = held;
    this.#options.onPaid?.({ url: request.url, payment, receipt, status: response.status });
    return response;
  }
}

const isPaidByCaller = ({ headers }: RequestSnapshot): boolean =>
  headers.has(HEADERS.xPayment) || headers.has(HEADERS.paymentSignature);

/** The offer has to come from the origin that was asked: another one would receive the caller's headers and payment. */
function assertSameOrigin(response: Response, request: RequestSnapshot): void {
  if (response.url === '' || new URL(response.url).origin === new URL(request.url).origin) return;
  throw new X402Error(
    'REDIRECT_REFUSED',
    `the request was redirected to ${new URL(response.url).origin}, which asks for payment; request that URL itself if you want to pay there`,
  );
}

function receiptOf(response: Response): Settlement | undefined {
  try {
    return readReceipt(response.headers);
  } catch (error) {
    if (error instanceof X402Error) return undefined;
    throw error;
  }
}

/** What a gate says when a payment with the very same claims was made elsewhere, by another process of the payer. */
const USED_ELSEWHERE = /payment was used for another request/i;

/** Tells whether a refusal says that the payment does not fit its tab. */
async function isTabConflict(response: Response): Promise<boolean> {
  if (response.status !== 402 && response.status !== 409) return false;
  const isConflict =
    response.status === 402 ? isConflictReason : (reason: string) => USED_ELSEWHERE.test(reason);
  if (isConflict(receiptOf(response)?.errorReason ?? '')) return true;
  const required = response.headers.get(HEADERS.paymentRequired);
  try {
    const value = required === null ? undefined : decodeHeader(required, HEADERS.paymentRequired);
    if (isJsonObject(value) && isConflict(String(value.error ?? ''))) return true;
    return isConflict(peerMessageOf(await readText(response.clone(), MAX_REASON_BYTES, response.url)));
  } catch (error) {
    if (error instanceof X402Error) return false;
    throw error;
  }
}
