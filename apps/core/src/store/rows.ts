import { type Address, lowerCaseAddress, parseWireAddress } from '@fourmica/core-types';
import type { Selectable } from 'kysely';
import type { Balance } from '../domain/balance.js';
import type { Tab } from '../domain/tab.js';
import type { LedgerSchema } from './schema.js';

export type TabRow = Selectable<LedgerSchema['tabs']>;
export type BalanceRow = Selectable<LedgerSchema['balances']>;
export type GuaranteeRow = Selectable<LedgerSchema['guarantees']>;
export type PaymentRow = Selectable<LedgerSchema['payments']>;
export type CollateralEventRow = Selectable<LedgerSchema['collateral_events']>;
export type ChainEffectRow = Selectable<LedgerSchema['chain_effects']>;

/** An address as a column holds it. */
export const column = (address: Address): string => lowerCaseAddress(address);

/** An address column as a domain value. */
export const address = (text: string): Address => parseWireAddress(text, 'address column');

export const tabOfRow = (row: TabRow): Tab => ({
  tabId: row.tab_id,
  userAddress: address(row.user_address),
  recipientAddress: address(row.recipient_address),
  assetAddress: address(row.asset_address),
  guaranteeVersion: row.guarantee_version,
  startTimestamp: row.start_timestamp,
  ttlSeconds: row.ttl_seconds,
  status: row.status,
  settlementStatus: row.settlement_status,
  totalAmount: row.total_amount,
  paidAmount: row.paid_amount,
  remuneratedAmount: row.remunerated_amount,
  lastReqId: row.last_req_id,
  lastTimestamp: row.last_timestamp,
  isReleased: row.is_released,
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
});

export const balanceOfRow = (row: BalanceRow): Balance => ({
  total: row.total,
  locked: row.locked,
  pendingWithdrawal: row.pending_withdrawal,
});
