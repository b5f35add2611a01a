import { type Address, FourMicaError } from '@fourmica/core-types';
import { applyPayment } from '../domain/payment.js';
import { applyRemuneration } from '../domain/remuneration.js';
import type { Tab } from '../domain/tab.js';
import { changeBalance, ensureBalance, lockBalance } from '../store/balances.js';
import { addCollateralEvent } from '../store/collateral-events.js';
import { finalizePayment, findPayment, insertPayment } from '../store/payments.js';
import type { Tx } from '../store/schema.js';
import { findTab, lockTab, updateTab } from '../store/tabs.js';
import { ensureUser } from '../store/users.js';
import type { EventPosition, LedgerEvent } from './contract-event.js';
import { tokenPaymentId } from './payment-id.js';

/** What applying events needs to know besides the event. */
export interface ApplyContext {
  readonly chainId: bigint;
  readonly paysIncrementally: boolean;
  readonly nowMs: bigint;
}

/** An event that the ledger has no place for; it goes to quarantine and an operator has to look at it. */
export class UnapplicableEventError extends FourMicaError<'EVENT_UNAPPLICABLE', { event: string }> {
  constructor(event: string, reason: string) {
    super('EVENT_UNAPPLICABLE', `${event}: ${reason}`, { event });
  }
}

/**
 * Applies a final event to the ledger. The chain has already moved the money, so nothing is refused because it does not
 * fit the ledger's expectations.
 *
 * @throws UnapplicableEventError when the event names something that the ledger never knew.
 */
export async function applyEvent(
  tx: Tx,
  event: LedgerEvent,
  position: EventPosition,
  context: ApplyContext,
): Promise<void> {
  switch (event.name) {
    case 'CollateralDeposited':
      return applyDeposit(tx, event, position, context);
    case 'CollateralWithdrawn':
      return applyWithdrawal(tx, event, position, context);
    case 'WithdrawalRequested': {
      const withdrawal = { amount: event.amount, requestedAt: event.when };
      return setWithdrawal(tx, event.user, event.asset, withdrawal, context);
    }
    case 'WithdrawalCanceled':
      return setWithdrawal(tx, event.user, event.asset, null, context);
    case 'RecipientRemunerated':
      return applyRemunerated(tx, event, position, context);
    case 'TabPaid':
      return applyTabPaid(tx, event, position, context);
    case 'PaymentRecordedById':
      return applyRecorded(tx, event, position, context);
  }
}

type Event<Name extends LedgerEvent['name']> = Extract<LedgerEvent, { name: Name }>;

async function applyDeposit(
  tx: Tx,
  { user, asset, amount }: Event<'CollateralDeposited'>,
  position: EventPosition,
  { nowMs }: ApplyContext,
): Promise<void> {
  await ensureUser(tx, user, nowMs);
  await ensureBalance(tx, user, asset, nowMs);
  await changeBalance(tx, user, asset, { total: amount }, nowMs);
  await addCollateralEvent(tx, { user, asset, amount, type: 'DEPOSIT', txId: position.txHash }, nowMs);
}

async function applyWithdrawal(
  tx: Tx,
  { user, asset, amount }: Event<'CollateralWithdrawn'>,
  position: EventPosition,
  { nowMs }: ApplyContext,
): Promise<void> {
  await ensureUser(tx, user, nowMs);
  await ensureBalance(tx, user, asset, nowMs);
  await changeBalance(tx, user, asset, { total: -amount, withdrawal: null }, nowMs);
  await addCollateralEvent(tx, { user, asset, amount, type: 'WITHDRAW', txId: position.txHash }, nowMs);
}

async function setWithdrawal(
  tx: Tx,
  user: Address,
  asset: Address,
  withdrawal: { amount: bigint; requestedAt: bigint } | null,
  { nowMs }: ApplyContext,
): Promise<void> {
  await ensureUser(tx, user, nowMs);
  await ensureBalance(tx, user, asset, nowMs);
  await changeBalance(tx, user, asset, { withdrawal }, nowMs);
}

async function applyRemunerated(
  tx: Tx,
  event: Event<'RecipientRemunerated'>,
  position: EventPosition,
  { nowMs, paysIncrementally }: ApplyContext,
): Promise<void> {
  const tab = await lockTabWithBalance(tx, event.tabId, event.asset, event.name);
  const effect = applyRemuneration(tab, event.amount, paysIncrementally);
  const { userAddress: user, assetAddress: asset } = tab;
  await changeBalance(tx, user, asset, { total: -effect.remunerated, locked: -effect.unlocked }, nowMs);
  await updateTab(
    tx,
    tab,
    {
      remuneratedAmount: tab.remuneratedAmount + effect.remunerated,
      settlementStatus: effect.settlementStatus,
      isReleased: effect.isReleased,
    },
    nowMs,
  );
  await addCollateralEvent(
    tx,
    { user, asset, amount: event.amount, type: 'REMUNERATE', tabId: tab.tabId, txId: position.txHash },
    nowMs,
  );
}

async function applyTabPaid(
  tx: Tx,
  event: Event<'TabPaid'>,
  position: EventPosition,
  { chainId, nowMs }: ApplyContext,
): Promise<void> {
  const tab = await findTab(tx, event.tabId);
  const isPayment =
    tab !== undefined &&
    tab.userAddress === event.user &&
    tab.recipientAddress === event.recipient &&
    tab.assetAddress === event.asset;
  // Anybody may call the contract with any tab id, so a mismatch is a gift to somebody and no payment.
  if (!isPayment || event.amount === 0n) return;
  await insertPayment(
    tx,
    {
      paymentId: tokenPaymentId(chainId, position.txHash, position.logIndex),
      tabId: tab.tabId,
      userAddress: tab.userAddress,
      recipientAddress: tab.recipientAddress,
      assetAddress: tab.assetAddress,
      amount: event.amount,
      txHash: position.txHash,
      logIndex: position.logIndex,
      blockNumber: position.blockNumber,
      blockHash: position.blockHash,
    },
    nowMs,
  );
}

async function applyRecorded(
  tx: Tx,
  event: Event<'PaymentRecordedById'>,
  position: EventPosition,
  { nowMs }: ApplyContext,
): Promise<void> {
  const payment = await findPayment(tx, event.paymentId);
  if (payment === undefined) {
    throw new UnapplicableEventError(event.name, `payment ${event.paymentId} was not found on chain before`);
  }
  if (payment.tab_id !== event.tabId || payment.amount !== event.amount) {
    throw new UnapplicableEventError(event.name, `payment ${event.paymentId} was recorded with other values`);
  }
  if (payment.state === 'FINALIZED') return;
  const tab = await lockTabWithBalance(tx, event.tabId, event.asset, event.name);
  const effect = applyPayment(tab, event.amount);
  const { userAddress: user, assetAddress: asset } = tab;
  await finalizePayment(tx, payment, effect.counted, position.txHash, nowMs);
  if (effect.unlocked > 0n) await changeBalance(tx, user, asset, { locked: -effect.unlocked }, nowMs);
  await updateTab(
    tx,
    tab,
    { paidAmount: tab.paidAmount + effect.counted, settlementStatus: effect.settlementStatus },
    nowMs,
  );
  await addCollateralEvent(
    tx,
    { user, asset, amount: effect.unlocked, type: 'UNLOCK', tabId: tab.tabId, txId: payment.tx_hash },
    nowMs,
  );
}

/** Locks the payer's balance and then the tab, in the order that issuing uses. */
async function lockTabWithBalance(tx: Tx, tabId: bigint, asset: Address, event: string): Promise<Tab> {
  const seen = await findTab(tx, tabId);
  if (seen === undefined) throw new UnapplicableEventError(event, `tab ${tabId} is unknown`);
  if (seen.assetAddress !== asset) {
    throw new UnapplicableEventError(event, `tab ${tabId} is in ${seen.assetAddress}, not in ${asset}`);
  }
  await lockBalance(tx, seen.userAddress, seen.assetAddress);
  const tab = await lockTab(tx, tabId);
  if (tab === undefined) throw new UnapplicableEventError(event, `tab ${tabId} is unknown`);
  return tab;
}
