import type { SettlementStatus } from '@fourmica/core-types';
import { lockedAmount, type Tab } from './tab.js';

/** Facts about the chain that decide whether a lock may go. Times in unix seconds. */
export interface ExpiryFacts {
  /** Timestamp of the newest block that the ledger has taken in. */
  readonly chainTime: bigint;
  /** The contract's present tabExpirationTime. */
  readonly tabExpirationTime: bigint;
  /** Added to the window, against certificates that are claimed in its last moment. */
  readonly safetyMargin: bigint;
  /** Whether a payment of the tab was found and is not yet counted. */
  readonly hasPaymentInFlight: boolean;
}

/** What releasing a dead tab changes. */
export interface ReleaseEffect {
  /** Taken off the payer's locked collateral, in base units. */
  readonly unlocked: bigint;
  readonly settlementStatus: SettlementStatus;
}

/**
 * Decides whether a tab's lock is released: once the chain's time is past the window of the tab's newest certificate
 * and the margin, nothing can be taken from collateral for it any more.
 *
 * @returns undefined while the lock has to stay.
 */
export function releaseExpired(tab: Tab, facts: ExpiryFacts): ReleaseEffect | undefined {
  if (tab.isReleased || tab.lastTimestamp === null || facts.hasPaymentInFlight) return undefined;
  const unlocked = lockedAmount(tab);
  if (unlocked === 0n) return undefined;
  const claimableUntil = tab.lastTimestamp + facts.tabExpirationTime + facts.safetyMargin;
  if (facts.chainTime <= claimableUntil) return undefined;
  return { unlocked, settlementStatus: tab.settlementStatus === 'PENDING' ? 'FAILED' : tab.settlementStatus };
}
