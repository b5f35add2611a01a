import type { SettlementStatus } from '@fourmica/core-types';
import { openAmount, type Tab } from './tab.js';

/** What a final payment changes. */
export interface PaymentEffect {
  /** Counted against the tab's total, in base units. */
  readonly counted: bigint;
  /** Taken off the payer's locked collateral, in base units. */
  readonly unlocked: bigint;
  readonly settlementStatus: SettlementStatus;
}

type PayableTab = Pick<
  Tab,
  'totalAmount' | 'paidAmount' | 'remuneratedAmount' | 'isReleased' | 'settlementStatus'
>;

/**
 * Counts a final payment against a tab: at most what is open on that tab, so that a payment on an unused tab never
 * unlocks what secures others, and a payment above the open amount settles the tab instead of failing.
 */
export function applyPayment(tab: PayableTab, amount: bigint): PaymentEffect {
  const open = openAmount(tab);
  const counted = amount < open ? amount : open;
  const isSettled = tab.settlementStatus === 'PENDING' && counted > 0n && counted === open;
  return {
    counted,
    unlocked: tab.isReleased ? 0n : counted,
    settlementStatus: isSettled ? 'SETTLED' : tab.settlementStatus,
  };
}
