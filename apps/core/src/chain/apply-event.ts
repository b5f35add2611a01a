import { type Address, FourMicaError } from '@fourmica/core-types';
import { applyPayment } from '../domain/payment.js';
import { applyRemuneration } from '../domain/remuneration.js';
import type { Tab } from '../domain/tab.js';
import { lockBalance } from '../store/balances.js';
import { applyEffect } from '../store/chain-effects.js';
import { finalizePayment, findPayment, insertPayment, takeAbandonedPaymentId } from '../store/payments.js';
import type { Tx } from '../store/schema.js';
import { findTab, lockTab } from '../store/tabs.js';
import type { EventPosition, LedgerEvent } from './contract-event.js';
import { tokenPaymentId } from './payment-id.js';

/** What applying events needs to know besides the event. */
export interface ApplyContext {
  readonly chainId: bigint;
  readonly paysIncrementally: boolean;
  /** Payers of remunerated tabs that the ledger never knew, as far as they were found. */
  readonly unknownPayers: ReadonlyMap<bigint, Address>;
  readonly nowMs: bigint;
}

/** Where an event stands on the chain, and from which block on it counts. */
export interface AppliedPosition extends EventPosition {
  /** The event's own block, or a later one when it could not be applied there. */
  readonly appliedAtBlock: bigint;
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
  position: AppliedPosition,
  context: ApplyContext,
): Promise<void> {
  const blockNumber = position.appliedAtBlock;
  const txId = position.txHash;
  switch (event.name) {
    case 'CollateralDeposited': {
      const { user, asset, amount } = event;
      const entry = { amount, type: 'DEPOSIT', txId } as const;
      return applyEffect(tx, { user, asset, blockNumber, total: amount, entry }, context.nowMs);
    }
    case 'CollateralWithdrawn': {
      const { user, asset, amount } = event;
      const entry = { amount, type: 'WITHDRAW', txId } as const;
      const effect = { user, asset, blockNumber, total: -amount, withdrawal: null, entry };
      return applyEffect(tx, effect, context.nowMs);
    }
    case 'WithdrawalRequested': {
      const { user, asset, amount, when } = event;
      const withdrawal = { amount, requestedAt: when };
      return applyEffect(tx, { user, asset, blockNumber, withdrawal }, context.nowMs);
    }
    case 'WithdrawalCanceled': {
      const { user, asset } = event;
      return applyEffect(tx, { user, asset, blockNumber, withdrawal: null }, context.nowMs);
    }
    case 'RecipientRemunerated':
      return applyRemunerated(tx, event, position, context);
    case 'TabPaid':
      return applyTabPaid(tx, event, position, context);
    case 'PaymentRecordedById':
      return applyRecorded(tx, event, position, context);
  }
}

type Event<Name extends LedgerEvent['name']> = Extract<LedgerEvent, { name: Name }>;

async function applyRemunerated(
  tx: Tx,
  event: Event<'RecipientRemunerated'>,
  position: AppliedPosition,
  { nowMs, paysIncrementally, unknownPayers }: ApplyContext,
): Promise<void> {
  const { amount, tabId, asset } = event;
  const user = unknownPayers.get(tabId);
  if (user !== undefined && (await findTab(tx, tabId)) === undefined) {
    // The collateral is gone from the contract, whoever signed the certificate.
    const entry = { amount, type: 'REMUNERATE', tabId, txId: position.txHash } as const;
    const effect = { user, asset, blockNumber: position.appliedAtBlock, total: -amount, entry };
    return applyEffect(tx, effect, nowMs);
  }
  const tab = await lockTabWithBalance(tx, event.tabId, event.asset, event.name);
  const { remunerated, settlementStatus, isReleased } = applyRemuneration(tab, amount, paysIncrementally);
  const change = {
    remuneratedAmount: tab.remuneratedAmount + remunerated,
    settlementStatus,
    isReleased,
  };
  const effect = {
    user: tab.userAddress,
    asset: tab.assetAddress,
    blockNumber: position.appliedAtBlock,
    total: -remunerated,
    tab: { before: tab, change },
    entry: { amount, type: 'REMUNERATE', tabId: tab.tabId, txId: position.txHash },
  } as const;
  await applyEffect(tx, effect, nowMs);
}

async function applyTabPaid(
  tx: Tx,
  event: Event<'TabPaid'>,
  position: AppliedPosition,
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
  const { txHash, logIndex } = position;
  const { tabId } = tab;
  const earlierId = await takeAbandonedPaymentId(tx, { txHash, tabId, amount: event.amount });
  await insertPayment(
    tx,
    {
      paymentId: earlierId ?? tokenPaymentId(chainId, txHash, logIndex),
      tabId,
      userAddress: tab.userAddress,
      recipientAddress: tab.recipientAddress,
      assetAddress: tab.assetAddress,
      amount: event.amount,
      txHash,
      logIndex,
      blockNumber: position.blockNumber,
      blockHash: position.blockHash,
    },
    nowMs,
  );
}

async function applyRecorded(
  tx: Tx,
  event: Event<'PaymentRecordedById'>,
  position: AppliedPosition,
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
  const { counted, unlocked, settlementStatus } = applyPayment(tab, event.amount);
  await finalizePayment(tx, payment, counted, position.txHash, nowMs);
  const effect = {
    user: tab.userAddress,
    asset: tab.assetAddress,
    blockNumber: position.appliedAtBlock,
    tab: { before: tab, change: { paidAmount: tab.paidAmount + counted, settlementStatus } },
    entry: { amount: unlocked, type: 'UNLOCK', tabId: tab.tabId, txId: payment.tx_hash },
    paymentId: payment.payment_id,
  } as const;
  await applyEffect(tx, effect, nowMs);
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
