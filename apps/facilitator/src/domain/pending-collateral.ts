import type { Address, Clock, RequestClaims } from '@fourmica/core-types';

interface Pending {
  readonly user: Address;
  readonly asset: Address;
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
  readonly #entries = new Map<string, Pending>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a payment that was found valid. */
  add(claims: RequestClaims): void {
    this.#dropOld();
    if (this.#entries.size >= MAX_ENTRIES) return;
    const key = keyOf(claims);
    this.#entries.delete(key);
    const { userAddress: user, assetAddress: asset, amount } = claims;
    this.#entries.set(key, { user, asset, amount, untilMs: this.#clock.nowMs() + LIFETIME_MS });
  }

  /** Forgets a payment that was settled or refused. */
  remove(claims: RequestClaims): void {
    this.#entries.delete(keyOf(claims));
  }

  /** Sums what is under way for the payer and asset of a payment, without the payment itself; base units. */
  besides(claims: RequestClaims): bigint {
    this.#dropOld();
    const own = keyOf(claims);
    let sum = 0n;
    for (const [key, { user, asset, amount }] of this.#entries) {
      if (key !== own && user === claims.userAddress && asset === claims.assetAddress) sum += amount;
    }
    return sum;
  }

  #dropOld(): void {
    const now = this.#clock.nowMs();
    for (const [key, { untilMs }] of this.#entries) {
      if (untilMs > now) return;
      this.#entries.delete(key);
    }
  }
}

const keyOf = ({ tabId, reqId }: RequestClaims): string => `${tabId}:${reqId}`;
