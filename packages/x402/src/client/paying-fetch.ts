import { type Clock, nowSeconds, systemClock } from '@fourmica/core-types';
import { X402Error } from '../errors.js';
import { decodeHeader, HEADERS } from '../header.js';
import { discardBody, type FetchLike, peerMessageOf, readText } from '../http.js';
import { isJsonObject } from '../json-object.js';
import type { CreditOffer } from '../offer.js';
import { readReceipt, type Settlement } from '../settlement.js';
import type { TabAnswer } from '../tab-answer.js';
import { sendPaid } from './paid-request.js';
import type { Payer } from './payment-signer.js';
import { type ReadOffers, readOffers } from './read-offers.js';
import { fingerprintOf, type RequestSnapshot, requestInit, snapshotRequest } from './request-snapshot.js';
import { assertSignerNetwork, type EchoedContext, signOffer, type X402SignedPayment } from './sign-offer.js';
import { SpendingLedger } from './spending-ledger.js';
import {
  offerProblem,
  type ParsedSpendingPolicy,
  parseSpendingPolicy,
  policyError,
  type SpendingPolicy,
  tabProblem,
} from './spending-policy.js';
import { requestTab, type TabEndpointRules } from './tab-endpoint.js';
import { TabSequencer, type TabSlot } from './tab-sequencer.js';

/** A paid request that was answered. */
export interface PaidExchange {
  readonly url: string;
  readonly payment: X402SignedPayment;
  /** The receipt; undefined when the response has none. */
  readonly receipt: Settlement | undefined;
  readonly status: number;
}

/** Settings of {@link payingFetch}. */
export interface PayingFetchOptions extends Pick<TabEndpointRules, 'allowedOrigins'> {
  /** Who pays; see `createPayer` and `payerOfClient`. */
  readonly payer: Payer;
  /** What may be signed. There is no default: the server names the price. */
  readonly policy: SpendingPolicy;
  /** Time until a paid response begins, in milliseconds; default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Time for an answer of the tab endpoint, in milliseconds; default 20,000. */
  readonly tabTimeoutMs?: number | undefined;
  /** Further attempts with the same bytes after no answer; default 2. */
  readonly maxRetries?: number | undefined;
  /** Payments of one tab that may be under way at once; default 16. */
  readonly maxInFlightPerTab?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Called with every paid request that was answered, before its response is returned. */
  readonly onPaid?: ((exchange: PaidExchange) => void) | undefined;
}

/** A `fetch` that pays. */
export type PayingFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** A signed payment and the place on the tab that it holds. */
interface HeldPayment {
  readonly payment: X402SignedPayment;
  readonly slot: TabSlot;
  readonly sequencer: TabSequencer;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_TAB_TIMEOUT_MS = 20_000;
const DEFAULT_MAX_RETRIES = 2;
const PREDECESSOR_WAIT_MS = 5_000;
const MAX_REASON_BYTES = 64 * 1024;

/**
 * Wraps `fetch` so that a 402 with an offer on 4Mica credit is paid and the request repeated. A 402 without such an
 * offer is returned as it is; an offer that the policy forbids is an error.
 *
 * One request is paid once: when its outcome is unknown, the same bytes are sent again, also by a later call with the
 * same method, URL and body. Only after the server proves the reqId to be taken by another guarantee is a second
 * payment signed, once.
 *
 * @throws X402Error `SPENDING_POLICY`, `PAYMENT_OUTCOME_UNKNOWN`, `REDIRECT_REFUSED`, or what the tab endpoint throws.
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
  readonly #policy: ParsedSpendingPolicy;
  readonly #ledger: SpendingLedger;
  readonly #clock: Clock;
  readonly #sequencers = new Map<string, TabSequencer>();
  /** Payments whose outcome is unknown, by the request that they belong to. */
  readonly #unanswered = new Map<string, HeldPayment>();

  constructor(fetchFn: FetchLike, options: PayingFetchOptions) {
    this.#fetch = fetchFn;
    this.#options = options;
    this.#policy = parseSpendingPolicy(options.policy);
    this.#ledger = new SpendingLedger(this.#policy);
    this.#clock = options.clock ?? systemClock;
  }

  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = await snapshotRequest(input, init);
    const response = await this.#fetch(request.url, requestInit(request));
    if (response.status !== 402 || isPaidByCaller(request)) return response;
    const read = await readOffers(response);
    if (read === undefined) return response;
    assertSameOrigin(response, request);

    const fingerprint = await fingerprintOf(request);
    const pending = this.#unanswered.get(fingerprint);
    this.#unanswered.delete(fingerprint);
    const offer = pending === undefined ? this.#chooseOffer(read) : undefined;
    discardBody(response);
    const held = pending ?? (await this.#sign(offer as CreditOffer, request, read.echoed));
    return this.#pay(request, fingerprint, held, read);
  }

  #chooseOffer({ offers, problems }: ReadOffers): CreditOffer {
    const reasons: string[] = [];
    for (const offer of offers) {
      const reason = offerProblem(this.#policy, offer);
      if (reason === undefined) {
        assertSignerNetwork(this.#options.payer, offer);
        return offer;
      }
      reasons.push(reason);
    }
    const [unreadable] = problems;
    if (reasons.length === 0 && unreadable !== undefined) throw unreadable;
    throw policyError(reasons.join('; '));
  }

  async #sign(offer: CreditOffer, request: RequestSnapshot, echoed: EchoedContext): Promise<HeldPayment> {
    const sequencer = this.#sequencerOf(offer, request, echoed);
    const slot = await sequencer.acquire();
    const { payer } = this.#options;
    const now = nowSeconds(this.#clock);
    let isCounted = false;
    try {
      this.#ledger.reserve(offer, { ...slot, now });
      isCounted = true;
      const position = { userAddress: payer.address, ...slot, timestamp: now };
      return { payment: await signOffer(payer, offer, position, echoed), slot, sequencer };
    } catch (error) {
      if (isCounted) this.#ledger.cancel(slot.tabId, slot.reqId);
      sequencer.release(slot, false);
      throw error;
    }
  }

  async #pay(
    request: RequestSnapshot,
    fingerprint: string,
    held: HeldPayment,
    read: ReadOffers,
  ): Promise<Response> {
    const response = await this.#send(request, fingerprint, held);
    if (!(await isReqIdConflict(response))) return this.#finish(request, held, response);

    const next = await this.#afterConflict(request, held, read);
    if (next === undefined) return this.#finish(request, held, response);
    discardBody(response);
    return this.#finish(request, next, await this.#send(request, fingerprint, next));
  }

  /**
   * Decides what to send after the server said that the reqId is not the right one: the same bytes when its turn
   * comes, a new payment when the old one can no longer be used, nothing when earlier reqIds stay open.
   */
  async #afterConflict(
    request: RequestSnapshot,
    held: HeldPayment,
    read: ReadOffers,
  ): Promise<HeldPayment | undefined> {
    const { slot, sequencer } = held;
    await sequencer.predecessorsDone(slot, PREDECESSOR_WAIT_MS);
    const tab = await refreshOrRelease(held);
    if (tab.tabId === slot.tabId && tab.nextReqId === slot.reqId) return held;
    if (tab.tabId === slot.tabId && tab.nextReqId < slot.reqId) return undefined;
    if (tab.tabId === slot.tabId) this.#ledger.consume(slot.tabId, slot.reqId);
    sequencer.release(slot, tab.tabId === slot.tabId);
    const offer = sameOffer(read, held) ?? this.#chooseOffer(read);
    return this.#sign(offer, request, read.echoed);
  }

  async #send(request: RequestSnapshot, fingerprint: string, held: HeldPayment): Promise<Response> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, maxRetries = DEFAULT_MAX_RETRIES } = this.#options;
    try {
      return await sendPaid(this.#fetch, request, held.payment, { timeoutMs, maxRetries });
    } catch (error) {
      const isRefusedRedirect = error instanceof X402Error && error.code === 'REDIRECT_REFUSED';
      if (isRefusedRedirect) held.sequencer.release(held.slot, false);
      else this.#unanswered.set(fingerprint, held);
      throw error;
    }
  }

  #finish(request: RequestSnapshot, { slot, sequencer, payment }: HeldPayment, response: Response): Response {
    const receipt = receiptOf(response);
    const isConsumed = receipt?.success ?? response.status < 400;
    sequencer.release(slot, isConsumed);
    if (isConsumed) this.#ledger.consume(slot.tabId, slot.reqId);
    this.#options.onPaid?.({ url: request.url, payment, receipt, status: response.status });
    return response;
  }

  /** One sequencer per tab: payer and signer are fixed, the rest of a tab's identity comes from the offer. */
  #sequencerOf(offer: CreditOffer, request: RequestSnapshot, echoed: EchoedContext): TabSequencer {
    const key = [offer.tabEndpoint, offer.network, offer.payTo, offer.asset, offer.guaranteeVersion].join(
      ' ',
    );
    const known = this.#sequencers.get(key);
    if (known !== undefined) return known;
    const created = new TabSequencer(() => this.#openTab(offer, request.url, echoed), {
      maxInFlight: this.#options.maxInFlightPerTab,
      clock: this.#clock,
    });
    this.#sequencers.set(key, created);
    return created;
  }

  async #openTab(offer: CreditOffer, resourceUrl: string, echoed: EchoedContext) {
    const tab = await requestTab(this.#fetch, {
      offer,
      userAddress: this.#options.payer.address,
      resource: echoed.resource,
      ttlSeconds: this.#policy.maxTtlSeconds,
      rules: { resourceUrl, allowedOrigins: this.#options.allowedOrigins },
      timeoutMs: this.#options.tabTimeoutMs ?? DEFAULT_TAB_TIMEOUT_MS,
    });
    const problem = tabProblem(this.#policy, tab.ttlSeconds);
    if (problem !== undefined) throw policyError(problem);
    return tab;
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

async function refreshOrRelease({ sequencer, slot }: HeldPayment): Promise<TabAnswer> {
  try {
    return await sequencer.refresh();
  } catch (error) {
    sequencer.release(slot, false);
    throw error;
  }
}

/** Finds the offer that a payment was signed for among offers that were read again. */
const sameOffer = ({ offers }: ReadOffers, { payment }: HeldPayment): CreditOffer | undefined => {
  const { claims } = payment.payload.payload;
  return offers.find(
    ({ payTo, asset, amount, x402Version }) =>
      payTo === claims.recipientAddress &&
      asset === claims.assetAddress &&
      amount === claims.amount &&
      x402Version === payment.payload.x402Version,
  );
};

function receiptOf(response: Response): Settlement | undefined {
  try {
    return readReceipt(response.headers);
  } catch (error) {
    if (error instanceof X402Error) return undefined;
    throw error;
  }
}

const CONFLICT = /req_id|tab already closed/i;
/** What a gate says when a payment with the very same claims was made elsewhere, by another process of the payer. */
const USED_ELSEWHERE = /payment was used for another request/i;

/** Tells whether a refusal says that the reqId is not the tab's next one, or that the tab is closed. */
async function isReqIdConflict(response: Response): Promise<boolean> {
  if (response.status !== 402 && response.status !== 409) return false;
  const expected = response.status === 402 ? CONFLICT : USED_ELSEWHERE;
  if (expected.test(receiptOf(response)?.errorReason ?? '')) return true;
  const required = response.headers.get(HEADERS.paymentRequired);
  try {
    const value = required === null ? undefined : decodeHeader(required, HEADERS.paymentRequired);
    if (isJsonObject(value) && expected.test(String(value.error ?? ''))) return true;
    return expected.test(peerMessageOf(await readText(response.clone(), MAX_REASON_BYTES, response.url)));
  } catch (error) {
    if (error instanceof X402Error) return false;
    throw error;
  }
}
