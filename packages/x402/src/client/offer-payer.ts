import { type Clock, nowSeconds, systemClock, ValidationError } from '@fourmica/core-types';
import { X402Error } from '../errors.js';
import type { FetchLike } from '../http.js';
import type { CreditOffer } from '../offer.js';
import type { Payer } from './payment-signer.js';
import { assertSignerNetwork, type EchoedContext, signOffer, type X402SignedPayment } from './sign-offer.js';
import { SpendingLedger } from './spending-ledger.js';
import {
  offerProblem,
  type ParsedSpendingPolicy,
  type PolicyProblem,
  parseSpendingPolicy,
  policyError,
  type SpendingPolicy,
  tabProblem,
} from './spending-policy.js';
import { requestTab, type TabEndpointRules } from './tab-endpoint.js';
import { type SequencedTab, TabSequencer, type TabSlot } from './tab-sequencer.js';

/** Settings of whoever pays offers. */
export interface OfferPayerOptions extends Pick<TabEndpointRules, 'allowedOrigins' | 'isResourceUrlClaimed'> {
  /** Who pays; see `createPayer` and `payerOfClient`. */
  readonly payer: Payer;
  /** What may be signed. There is no default: the server names the price. */
  readonly policy: SpendingPolicy;
  /** Time for an answer of the tab endpoint, in milliseconds; default 20,000. */
  readonly tabTimeoutMs?: number | undefined;
  /** Payments of one tab that may be under way at once, 1 to 64; default 16. */
  readonly maxInFlightPerTab?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** A signed payment and the place on the tab that it holds. */
export interface HeldPayment {
  readonly payment: X402SignedPayment;
  readonly offer: CreditOffer;
  readonly slot: TabSlot;
  readonly sequencer: TabSequencer;
}

/** What became of a payment that the server says does not fit its tab. */
export type ConflictOutcome =
  /** Its turn has come: the same payment may be sent again. */
  | 'due'
  /** Another guarantee took it, the tab is closed or began later: the payment can no longer be used. */
  | 'dead'
  /** Earlier reqIds are open: it has to wait. */
  | 'early';

const DEFAULT_TAB_TIMEOUT_MS = 20_000;

/** Signs offers within a policy, in order on their tabs, and remembers what was signed. */
export class OfferPayer {
  readonly #fetch: FetchLike;
  readonly #options: OfferPayerOptions;
  readonly #policy: ParsedSpendingPolicy;
  readonly #ledger: SpendingLedger;
  readonly #clock: Clock;
  readonly #sequencers = new Map<string, TabSequencer>();

  constructor(fetchFn: FetchLike, options: OfferPayerOptions) {
    this.#fetch = fetchFn;
    this.#options = options;
    this.#policy = parseSpendingPolicy(options.policy);
    assertWindow(options.maxInFlightPerTab);
    this.#ledger = new SpendingLedger(this.#policy);
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Picks the first offer that the policy allows.
   *
   * @param problems - why other offers could not be read, for the case that none can be.
   * @throws X402Error `SPENDING_POLICY` or `NETWORK_MISMATCH`, or the first of the problems.
   */
  choose(offers: readonly CreditOffer[], problems: readonly X402Error[] = []): CreditOffer {
    const forbidden: PolicyProblem[] = [];
    for (const offer of offers) {
      const problem = offerProblem(this.#policy, offer);
      if (problem === undefined) {
        assertSignerNetwork(this.#options.payer, offer);
        return offer;
      }
      forbidden.push(problem);
    }
    const [unreadable] = problems;
    if (forbidden.length === 0 && unreadable !== undefined) throw unreadable;
    throw policyError(forbidden);
  }

  /** Takes the next place on the offer's tab and signs; the place has to be given back with {@link finish}. */
  async sign(
    offer: CreditOffer,
    resourceUrl: string | undefined,
    echoed: EchoedContext = {},
    signal?: AbortSignal,
  ): Promise<HeldPayment> {
    const sequencer = this.#sequencerOf(offer, resourceUrl, echoed);
    const slot = await sequencer.acquire(signal);
    const { payer } = this.#options;
    const now = nowSeconds(this.#clock);
    let isCounted = false;
    try {
      this.#ledger.reserve(offer, { ...slot, now });
      isCounted = true;
      const position = { userAddress: payer.address, ...slot, timestamp: now };
      const payment = await signOffer(payer, offer, position, echoed);
      return { payment, offer, slot, sequencer };
    } catch (error) {
      if (isCounted) this.#ledger.cancel(slot.tabId, slot.reqId);
      sequencer.release(slot, false);
      throw error;
    }
  }

  /** Gives the place back: `consumed` when a guarantee was issued for it, else the next payment takes it. */
  finish({ sequencer, slot }: HeldPayment, consumed: boolean): void {
    sequencer.release(slot, consumed);
    if (consumed) this.#ledger.consume(slot.tabId, slot.reqId);
  }

  /**
   * Finds out what becomes of a payment that the server says does not fit its tab, after the payments before it are done. A
   * dead payment gives its place back.
   *
   * @param signal - ends the wait for the payments before it.
   */
  async examineConflict(held: HeldPayment, signal?: AbortSignal): Promise<ConflictOutcome> {
    const { slot, sequencer } = held;
    if (!(await sequencer.isDue(slot, signal))) return 'early';
    const tab = await this.#refreshOrRelease(held);
    const isSameTab = tab.tabId === slot.tabId;
    const { timestamp } = held.payment.payload.payload.claims;
    const isBeforeStart = timestamp < (tab.startTimestamp ?? 0);
    if (isSameTab && !isBeforeStart) {
      if (tab.nextReqId === slot.reqId) return 'due';
      if (tab.nextReqId < slot.reqId) return 'early';
    }
    this.finish(held, isSameTab && !isBeforeStart);
    return 'dead';
  }

  async #refreshOrRelease(held: HeldPayment): Promise<SequencedTab> {
    try {
      return await held.sequencer.refresh();
    } catch (error) {
      this.finish(held, false);
      throw error;
    }
  }

  /** One sequencer per tab: payer and signer are fixed, the rest of a tab's identity comes from the offer. */
  #sequencerOf(offer: CreditOffer, resourceUrl: string | undefined, echoed: EchoedContext): TabSequencer {
    const key = [offer.tabEndpoint, offer.network, offer.payTo, offer.asset, offer.guaranteeVersion].join(
      ' ',
    );
    const known = this.#sequencers.get(key);
    if (known !== undefined) return known;
    const created = new TabSequencer(() => this.#openTab(offer, resourceUrl, echoed), {
      maxInFlight: this.#options.maxInFlightPerTab,
      clock: this.#clock,
    });
    this.#sequencers.set(key, created);
    return created;
  }

  async #openTab(
    offer: CreditOffer,
    resourceUrl: string | undefined,
    echoed: EchoedContext,
  ): Promise<SequencedTab> {
    const ask = (ttlSeconds: number | undefined) =>
      requestTab(this.#fetch, {
        offer,
        userAddress: this.#options.payer.address,
        resource: echoed.resource,
        ttlSeconds,
        rules: {
          resourceUrl,
          allowedOrigins: this.#options.allowedOrigins,
          isResourceUrlClaimed: this.#options.isResourceUrlClaimed,
        },
        timeoutMs: this.#options.tabTimeoutMs ?? DEFAULT_TAB_TIMEOUT_MS,
      });
    const tab = await ask(this.#policy.maxTtlSeconds).catch((error) => {
      // The limit is more than the network allows; what it gives without a wish is checked all the same.
      if (isTtlRefused(error)) return ask(undefined);
      throw error;
    });
    const problem = tabProblem(this.#policy, tab.ttlSeconds);
    if (problem !== undefined) throw policyError([problem]);
    return tab;
  }
}

const isTtlRefused = (error: unknown): boolean =>
  error instanceof X402Error && /tab ttl exceeds/.test(error.context.peerMessage ?? '');

/** The core takes at most 64 requests ahead of the next one. */
const MOST_IN_FLIGHT = 64;

function assertWindow(size: number | undefined): void {
  if (size === undefined || (Number.isInteger(size) && size >= 1 && size <= MOST_IN_FLIGHT)) return;
  throw new ValidationError('maxInFlightPerTab', size, `a whole number from 1 to ${MOST_IN_FLIGHT}`);
}

const TAB_CONFLICT = /req_id|tab already closed|start timestamp modified/i;

/** Tells whether a server's reason says that a payment does not fit its tab: its reqId or time, or the tab is closed. */
export const isConflictReason = (reason: string): boolean => TAB_CONFLICT.test(reason);
