import type {
  AssetBalanceInfo,
  CollateralEventInfo,
  GuaranteeInfo,
  RecipientPaymentInfo,
  TabInfo,
} from '@fourmica/core-types';
import { availableCollateral } from '../domain/balance.js';
import { statusAt, type Tab } from '../domain/tab.js';
import { certificateOf } from '../store/guarantees.js';
import {
  address,
  type BalanceRow,
  balanceOfRow,
  type CollateralEventRow,
  type GuaranteeRow,
  type PaymentRow,
} from '../store/rows.js';

const seconds = (milliseconds: bigint): number => Number(milliseconds / 1000n);

/** A tab as clients see it; its status is that of the given time in unix seconds. */
export const tabInfo = (tab: Tab, now: bigint): TabInfo => ({
  tabId: tab.tabId,
  userAddress: tab.userAddress,
  recipientAddress: tab.recipientAddress,
  assetAddress: tab.assetAddress,
  acceptedGuaranteeVersion: tab.guaranteeVersion,
  startTimestamp: Number(tab.startTimestamp),
  ttlSeconds: Number(tab.ttlSeconds),
  status: statusAt(tab, now),
  settlementStatus: tab.settlementStatus,
  createdAt: seconds(tab.createdAtMs),
  updatedAt: seconds(tab.updatedAtMs),
  totalAmount: tab.totalAmount,
  paidAmount: tab.paidAmount,
  remuneratedAmount: tab.remuneratedAmount,
  lastReqId: tab.lastReqId,
});

/** A guarantee as clients see it, without its certificate when they may not. */
export const guaranteeInfo = (row: GuaranteeRow, tab: Tab, isCertificateVisible: boolean): GuaranteeInfo => ({
  tabId: row.tab_id,
  reqId: row.req_id,
  version: row.guarantee_version,
  fromAddress: tab.userAddress,
  toAddress: tab.recipientAddress,
  assetAddress: tab.assetAddress,
  amount: row.amount,
  timestamp: Number(row.claims_timestamp),
  certificate: isCertificateVisible ? certificateOf(row) : null,
});

/** A balance as clients see it. */
export const balanceInfo = (row: BalanceRow): AssetBalanceInfo => ({
  userAddress: address(row.user_address),
  assetAddress: address(row.asset_address),
  total: row.total,
  locked: row.locked,
  version: Number(row.version),
  updatedAt: seconds(row.updated_at_ms),
  pendingWithdrawal: row.pending_withdrawal,
  available: availableCollateral(balanceOfRow(row)),
});

/** A change of collateral as clients see it. */
export const collateralEventInfo = (row: CollateralEventRow): CollateralEventInfo => ({
  id: row.id,
  userAddress: address(row.user_address),
  assetAddress: address(row.asset_address),
  amount: row.amount,
  eventType: row.event_type,
  tabId: row.tab_id,
  reqId: row.req_id,
  txId: row.tx_id,
  createdAt: seconds(row.created_at_ms),
});

/** A payment as its recipient sees it. Alone among the models it is dated in milliseconds. */
export const paymentInfo = (row: PaymentRow): RecipientPaymentInfo => ({
  userAddress: address(row.user_address),
  recipientAddress: address(row.recipient_address),
  txHash: row.tx_hash,
  amount: row.amount,
  verified: row.state === 'FINALIZED',
  finalized: row.state === 'FINALIZED',
  failed: row.state === 'FAILED',
  createdAtMs: Number(row.created_at_ms),
});
