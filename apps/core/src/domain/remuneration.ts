import type { SettlementStatus } from '@fourmica/core-types';
import { lockedAmount, type Tab } from './tab.js';

/** What money taken from collateral changes. */
export interface RemunerationEffect {
  /** Added to the tab's remunerated amount and taken off the payer's total, in base units. */
  readonly remunerated: bigint;
  /** Taken off the payer's locked collateral, in base units. */
  readonly unlocked: bigint;
  readonly settlementStatus: SettlementStatus;
  readonly isReleased: boolean;
}

type RemuneratedTab = Pick<
  Tab,
  'totalAmount' | 'paidAmount' | 'remuneratedAmount' | 'isReleased' | 'settlementStatus'
>;

/**
 * Applies a remuneration that the chain reports. The chain has moved the money, so the whole amount counts.
 *
 * @param paysIncrementally - whether the contract lets later certificates claim the rest. If so the rest stays locked
 *   until the tab's last certificate has run out; otherwise nothing more can be claimed and the whole lock goes.
 */
export function applyRemuneration(
  tab: RemuneratedTab,
  amount: bigint,
  paysIncrementally: boolean,
): RemunerationEffect {
  const lockedBefore = lockedAmount(tab);
  const isReleased = tab.isReleased || !paysIncrementally;
  const lockedAfter = lockedAmount({
    ...tab,
    remuneratedAmount: tab.remuneratedAmount + amount,
    isReleased,
  });
  return {
    remunerated: amount,
    unlocked: lockedBefore - lockedAfter,
    settlementStatus: tab.settlementStatus === 'PENDING' ? 'REMUNERATED' : tab.settlementStatus,
    isReleased,
  };
}
