import type { Address } from '@fourmica/core-types';
import type { CreditOffer } from '../offer.js';
import {
  offerProblem,
  type ParsedSpendingPolicy,
  type PolicyProblem,
  policyError,
} from './spending-policy.js';

interface Signature {
  readonly asset: Address;
  readonly tabId: bigint;
  readonly reqId: bigint;
  readonly amount: bigint;
  /** Unix seconds. */
  readonly signedAt: bigint;
}

/**
 * Remembers what was signed and keeps it within a policy.
 *
 * Every signature counts, because whoever holds it can turn it into debt, until its reqId is known to be consumed.
 * From then on the reqId counts once, with the largest amount signed for it: which of them became the guarantee is
 * only the server's word.
 */
export class SpendingLedger {
  readonly #policy: ParsedSpendingPolicy;
  readonly #open = new Map<string, Signature[]>();
  #consumed: Signature[] = [];
  readonly #consumedPerTab = new Map<string, bigint>();

  constructor(policy: ParsedSpendingPolicy) {
    this.#policy = policy;
  }

  /**
   * Counts a signature that is about to be made.
   *
   * @throws X402Error `SPENDING_POLICY` when a limit would be exceeded; nothing is counted then.
   */
  reserve(
    offer: CreditOffer,
    position: { readonly tabId: bigint; readonly reqId: bigint; readonly now: bigint },
  ): void {
    const { tabId, reqId, now } = position;
    const problem = offerProblem(this.#policy, offer) ?? this.#totalProblem(offer, tabId, now);
    if (problem !== undefined) throw policyError([problem]);
    const key = keyOf(tabId, reqId);
    const signature = { asset: offer.asset, tabId, reqId, amount: offer.amount, signedAt: now };
    this.#open.set(key, [...(this.#open.get(key) ?? []), signature]);
  }

  /** Takes back a signature that was counted, but never made. */
  cancel(tabId: bigint, reqId: bigint): void {
    const key = keyOf(tabId, reqId);
    const remaining = (this.#open.get(key) ?? []).slice(0, -1);
    if (remaining.length === 0) this.#open.delete(key);
    else this.#open.set(key, remaining);
  }

  /** Notes that a guarantee was issued for a reqId: no other signature for it can become debt. */
  consume(tabId: bigint, reqId: bigint): void {
    const key = keyOf(tabId, reqId);
    const [first, ...others] = this.#open.get(key) ?? [];
    if (first === undefined) return;
    this.#open.delete(key);
    const largest = others.reduce((max, next) => (next.amount > max.amount ? next : max), first);
    this.#consumed.push(largest);
    const tab = tabId.toString();
    this.#consumedPerTab.set(tab, (this.#consumedPerTab.get(tab) ?? 0n) + largest.amount);
  }

  /** Sums what counts against `maxPerWindow` of an asset at a time in unix seconds. */
  spentInWindow(asset: Address, now: bigint): bigint {
    const start = now - BigInt(this.#policy.windowSeconds);
    this.#consumed = this.#consumed.filter(({ signedAt }) => signedAt > start);
    return sum(
      [...this.#openSignatures(), ...this.#consumed].filter((signature) => signature.asset === asset),
    );
  }

  /** Sums what counts against `maxPerTab` of a tab. */
  spentOnTab(tabId: bigint): bigint {
    const open = this.#openSignatures().filter((signature) => signature.tabId === tabId);
    return sum(open) + (this.#consumedPerTab.get(tabId.toString()) ?? 0n);
  }

  #openSignatures(): Signature[] {
    return [...this.#open.values()].flat();
  }

  #totalProblem(offer: CreditOffer, tabId: bigint, now: bigint): PolicyProblem | undefined {
    const limit = this.#policy.limits.get(offer.asset);
    const onTab = this.spentOnTab(tabId) + offer.amount;
    if (limit?.maxPerTab !== undefined && onTab > limit.maxPerTab) {
      const allowed = limit.maxPerTab;
      const reason = `the tab's signatures would add up to ${onTab} base units, but ${allowed} are allowed per tab`;
      return { field: 'policy.maxPerTab', reason, amount: onTab, allowed };
    }
    const inWindow = this.spentInWindow(offer.asset, now) + offer.amount;
    if (limit?.maxPerWindow !== undefined && inWindow > limit.maxPerWindow) {
      const allowed = limit.maxPerWindow;
      const reason = `${inWindow} base units would be signed within ${this.#policy.windowSeconds} s, but ${allowed} are allowed`;
      return { field: 'policy.maxPerWindow', reason, amount: inWindow, allowed };
    }
    return undefined;
  }
}

const keyOf = (tabId: bigint, reqId: bigint): string => `${tabId}:${reqId}`;
const sum = (signatures: readonly Signature[]): bigint =>
  signatures.reduce((total, { amount }) => total + amount, 0n);
