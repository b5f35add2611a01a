import type { Clock, RequestClaims } from '@fourmica/core-types';

interface Pending {
  /** Payer and asset. */
  readonly balance: string;
  readonly amount: bigint;
  readonly untilMs: number;
}

const LIFETIME_MS = 10_000;
const MAX_ENTRIES = 100_000;

/**
 * Remembers for a few seconds which verified payments are not settled yet, so that payments verified at the same time
 * do not all count on the same collateral. Only a hint: the core decides when it issues.
 */
export class PendingCollateral {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #entries = new Map<string, Pending>();
  readonly #sums = new Map<string, bigint>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a payment that was found valid. */
  add(claims: RequestClaims): void {
    this.#dropOld();
    this.remove(claims);
    if (this.#entries.size >= MAX_ENTRIES) return;
    const { amount } = claims;
    const balance = balanceOf(claims);
    this.#entries.set(keyOf(claims), { balance, amount, untilMs: this.#clock.nowMs() + LIFETIME_MS });
    this.#sums.set(balance, (this.#sums.get(balance) ?? 0n) + amount);
  }

  /** Forgets a payment that was settled or refused. */
  remove(claims: RequestClaims): void {
    this.#drop(keyOf(claims));
  }

  /** Sums what is under way for the payer and asset of a payment, without the payment itself; base units. */
  besides(claims: RequestClaims): bigint {
    this.#dropOld();
    const balance = balanceOf(claims);
    const own = this.#entries.get(keyOf(claims));
    const sum = this.#sums.get(balance) ?? 0n;
    return own?.balance === balance ? sum - own.amount : sum;
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    const rest = (this.#sums.get(entry.balance) ?? 0n) - entry.amount;
    if (rest > 0n) this.#sums.set(entry.balance, rest);
    else this.#sums.delete(entry.balance);
  }

  #dropOld(): void {
    const now = this.#clock.nowMs();
    for (const [key, { untilMs }] of this.#entries) {
      if (untilMs > now) return;
      this.#drop(key);
    }
  }
}

const balanceOf = ({ userAddress, assetAddress }: RequestClaims): string => `${userAddress} ${assetAddress}`;
const keyOf = ({ tabId, reqId }: RequestClaims): string => `${tabId}:${reqId}`;
