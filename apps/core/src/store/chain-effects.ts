import type { Address } from '@fourmica/core-types';
import { lockedAmount, type Tab } from '../domain/tab.js';
import { type BalanceChange, changeBalance, ensureBalance, lockBalance, lockBalanceRow } from './balances.js';
import { addCollateralEvent, type CollateralEventInput, removeCollateralEvent } from './collateral-events.js';
import { reopenPayment } from './payments.js';
import { address, type ChainEffectRow, column } from './rows.js';
import type { Tx } from './schema.js';
import { hasOtherActiveTab, lockTab, type TabChange, updateTab } from './tabs.js';
import { ensureUser } from './users.js';

/** What a final block changes of a payer's money. Amounts in base units. */
export interface ChainEffect {
  readonly user: Address;
  readonly asset: Address;
  readonly blockNumber: bigint;
  /** Change of the collateral in the contract. */
  readonly total?: bigint;
  readonly withdrawal?: BalanceChange['withdrawal'];
  /** A tab that the transaction has locked after the balance; what it locks of the balance follows from it. */
  readonly tab?: { readonly before: Tab; readonly change: TabChange };
  /** Entry of the payer's collateral history. */
  readonly entry?: Pick<CollateralEventInput, 'amount' | 'type' | 'tabId' | 'txId'>;
  /** The payment that is counted. */
  readonly paymentId?: string;
}

/** Makes a change that a block demands, and keeps what is needed to take it back. */
export async function applyEffect(tx: Tx, effect: ChainEffect, nowMs: bigint): Promise<void> {
  const { user, asset, tab } = effect;
  await ensureUser(tx, user, nowMs);
  await ensureBalance(tx, user, asset, nowMs);
  const balance = await lockBalanceRow(tx, user, asset);
  const after = tab && { ...tab.before, ...tab.change };
  const locked = tab && after ? lockedAmount(after) - lockedAmount(tab.before) : 0n;
  const { total = 0n, withdrawal } = effect;
  await changeBalance(tx, user, asset, { total, locked, withdrawal }, nowMs);
  if (tab) await updateTab(tx, tab.before, tab.change, nowMs);
  const entryId = effect.entry && (await addCollateralEvent(tx, { user, asset, ...effect.entry }, nowMs));
  await tx
    .insertInto('chain_effects')
    .values({
      user_address: column(user),
      block_number: effect.blockNumber,
      asset_address: column(asset),
      total_change: total,
      withdrawal_before: balance?.pending_withdrawal ?? 0n,
      withdrawal_requested_at_before: balance?.withdrawal_requested_at ?? null,
      tab_id: tab?.before.tabId ?? null,
      paid_change: tab && after ? after.paidAmount - tab.before.paidAmount : null,
      remunerated_change: tab && after ? after.remuneratedAmount - tab.before.remuneratedAmount : null,
      settlement_status_before: tab?.before.settlementStatus ?? null,
      was_released: tab?.before.isReleased ?? null,
      collateral_event_id: entryId ?? null,
      payment_id: effect.paymentId ?? null,
    })
    .execute();
}

/** Takes back what the blocks after a given one changed, newest first. Returns how many effects there were. */
export async function undoEffectsAfter(tx: Tx, blockNumber: bigint, nowMs: bigint): Promise<number> {
  const rows = await tx
    .selectFrom('chain_effects')
    .selectAll()
    .where('block_number', '>', blockNumber)
    .orderBy('id', 'desc')
    .execute();
  for (const row of rows) await undoEffect(tx, row, nowMs);
  await tx.deleteFrom('chain_effects').where('block_number', '>', blockNumber).execute();
  return rows.length;
}

/** Guarantees may have been issued since, so that differences are taken back and not old amounts restored. */
async function undoEffect(tx: Tx, row: ChainEffectRow, nowMs: bigint): Promise<void> {
  const user = address(row.user_address);
  const asset = address(row.asset_address);
  await lockBalance(tx, user, asset);
  const locked = await undoTabChange(tx, row, nowMs);
  const withdrawal =
    row.withdrawal_requested_at_before === null
      ? null
      : { amount: row.withdrawal_before, requestedAt: row.withdrawal_requested_at_before };
  await changeBalance(tx, user, asset, { total: -row.total_change, locked, withdrawal }, nowMs);
  if (row.collateral_event_id !== null) await removeCollateralEvent(tx, user, row.collateral_event_id);
  if (row.payment_id !== null) await reopenPayment(tx, user, row.payment_id, nowMs);
}

/** Returns by how much the tab locks more of the balance than before. */
async function undoTabChange(tx: Tx, row: ChainEffectRow, nowMs: bigint): Promise<bigint> {
  const { tab_id, paid_change, remunerated_change, settlement_status_before, was_released } = row;
  const hasTab =
    tab_id !== null &&
    paid_change !== null &&
    remunerated_change !== null &&
    settlement_status_before !== null &&
    was_released !== null;
  if (!hasTab) return 0n;
  const tab = await lockTab(tx, tab_id);
  if (tab === undefined) throw new RangeError(`tab ${tab_id} of effect ${row.id} is missing`);
  const money = {
    paidAmount: tab.paidAmount - paid_change,
    remuneratedAmount: tab.remuneratedAmount - remunerated_change,
    settlementStatus: settlement_status_before,
    isReleased: was_released,
  };
  // Its parties may have opened another tab since, and have one active tab at most.
  const isReplaced = settlement_status_before === 'PENDING' && (await hasOtherActiveTab(tx, tab));
  await updateTab(tx, tab, isReplaced ? { ...money, status: 'CLOSED' } : money, nowMs);
  return lockedAmount({ ...tab, ...money }) - lockedAmount(tab);
}

/** Forgets how to take back what blocks up to a given one changed. */
export async function forgetEffectsUpTo(tx: Tx, blockNumber: bigint): Promise<void> {
  await tx.deleteFrom('chain_effects').where('block_number', '<=', blockNumber).execute();
}
