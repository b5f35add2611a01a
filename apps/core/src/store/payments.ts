import type { Address } from '@fourmica/core-types';
import type { Slice, TimePosition } from '@fourmica/http-service';
import { isBehind } from './page.js';
import { column, type PaymentRow } from './rows.js';
import type { Queries, Tx } from './schema.js';

/** A payment that was seen in a final block and matches its tab. */
export interface FoundPayment {
  /** Key under which the operator records it on chain. */
  readonly paymentId: string;
  readonly tabId: bigint;
  readonly userAddress: Address;
  readonly recipientAddress: Address;
  readonly assetAddress: Address;
  /** Base units, above zero. */
  readonly amount: bigint;
  readonly txHash: string;
  /** Null for an ETH transfer. */
  readonly logIndex: number | null;
  readonly blockNumber: bigint;
  readonly blockHash: string;
}

/** Stores a payment. Returns false, and does nothing, when it is known. */
export async function insertPayment(tx: Tx, payment: FoundPayment, nowMs: bigint): Promise<boolean> {
  const row = await tx
    .insertInto('payments')
    .values({
      user_address: column(payment.userAddress),
      payment_id: payment.paymentId,
      tab_id: payment.tabId,
      recipient_address: column(payment.recipientAddress),
      asset_address: column(payment.assetAddress),
      amount: payment.amount,
      tx_hash: payment.txHash,
      log_index: payment.logIndex,
      block_number: payment.blockNumber,
      block_hash: payment.blockHash,
      state: 'FOUND',
      counted_amount: 0n,
      record_tx_hash: null,
      record_attempts: 0,
      retry_after_ms: 0n,
      last_error: null,
      created_at_ms: nowMs,
      updated_at_ms: nowMs,
    })
    .onConflict((conflict) => conflict.columns(['user_address', 'payment_id']).doNothing())
    .returning('payment_id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Reads a payment by the id under which it is recorded. */
export const findPayment = (db: Queries, paymentId: string): Promise<PaymentRow | undefined> =>
  db.selectFrom('payments').selectAll().where('payment_id', '=', paymentId).executeTakeFirst();

/** Lists payments that are not yet counted and may be tried now, oldest first. */
export const listPaymentsToRecord = (db: Queries, nowMs: bigint, limit: number): Promise<PaymentRow[]> =>
  db
    .selectFrom('payments')
    .selectAll()
    .where('state', 'in', ['FOUND', 'SENT'])
    .where('retry_after_ms', '<=', nowMs)
    .orderBy('created_at_ms')
    .limit(limit)
    .execute();

/** Tells whether a payment of the tab was found and is not counted yet. */
export async function hasPaymentInFlight(db: Queries, user: Address, tabId: bigint): Promise<boolean> {
  const row = await db
    .selectFrom('payments')
    .select('payment_id')
    .where('user_address', '=', column(user))
    .where('tab_id', '=', tabId)
    .where('state', 'in', ['FOUND', 'SENT'])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** What changes on a payment that is being recorded. */
export interface PaymentProgress {
  readonly state: 'SENT' | 'FOUND' | 'FAILED';
  readonly recordTxHash: string | null;
  readonly retryAfterMs: bigint;
  readonly error: string | null;
}

/** Writes the progress of recording; a payment that was counted meanwhile stays as it is. */
export async function updatePaymentProgress(
  db: Queries,
  payment: PaymentRow,
  progress: PaymentProgress,
  nowMs: bigint,
): Promise<void> {
  await db
    .updateTable('payments')
    .set((eb) => ({
      state: progress.state,
      record_tx_hash: progress.recordTxHash,
      record_attempts: eb('record_attempts', '+', 1),
      retry_after_ms: progress.retryAfterMs,
      last_error: progress.error,
      updated_at_ms: nowMs,
    }))
    .where('user_address', '=', payment.user_address)
    .where('payment_id', '=', payment.payment_id)
    .where('state', 'in', ['FOUND', 'SENT'])
    .execute();
}

/** Keeps the hash of a record transaction that is about to leave; a payment that was counted meanwhile stays as it is. */
export async function keepRecordTransaction(
  db: Queries,
  payment: PaymentRow,
  recordTxHash: string,
  nowMs: bigint,
): Promise<void> {
  await db
    .updateTable('payments')
    .set({ state: 'SENT', record_tx_hash: recordTxHash, updated_at_ms: nowMs })
    .where('user_address', '=', payment.user_address)
    .where('payment_id', '=', payment.payment_id)
    .where('state', 'in', ['FOUND', 'SENT'])
    .execute();
}

/** Counts the payments that were found before a time and whose record is not in the ledger yet. */
export async function countUnrecordedPayments(db: Queries, foundBeforeMs: bigint): Promise<number> {
  const { count } = await db
    .selectFrom('payments')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .where('state', 'in', ['FOUND', 'SENT'])
    .where('created_at_ms', '<', foundBeforeMs)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Marks a payment as counted. */
export async function finalizePayment(
  tx: Tx,
  payment: PaymentRow,
  countedAmount: bigint,
  recordTxHash: string,
  nowMs: bigint,
): Promise<void> {
  await tx
    .updateTable('payments')
    .set({
      state: 'FINALIZED',
      counted_amount: countedAmount,
      record_tx_hash: recordTxHash,
      last_error: null,
      updated_at_ms: nowMs,
    })
    .where('user_address', '=', payment.user_address)
    .where('payment_id', '=', payment.payment_id)
    .executeTakeFirstOrThrow();
}

/** Takes back that a payment was counted; it is to be recorded again, if its record is not on chain. */
export async function reopenPayment(tx: Tx, user: Address, paymentId: string, nowMs: bigint): Promise<void> {
  await tx
    .updateTable('payments')
    .set({
      state: 'FOUND',
      counted_amount: 0n,
      record_tx_hash: null,
      retry_after_ms: 0n,
      updated_at_ms: nowMs,
    })
    .where('user_address', '=', column(user))
    .where('payment_id', '=', paymentId)
    .execute();
}

/** Where a payment stands on another branch of the chain. */
export interface MovedPayment {
  readonly payment: PaymentRow;
  readonly blockNumber: bigint;
  readonly blockHash: string;
  readonly logIndex: number | null;
}

/** Keeps where a payment stands now. */
export async function movePayment(tx: Tx, moved: MovedPayment, nowMs: bigint): Promise<void> {
  await tx
    .updateTable('payments')
    .set({
      block_number: moved.blockNumber,
      block_hash: moved.blockHash,
      log_index: moved.logIndex,
      updated_at_ms: nowMs,
    })
    .where('user_address', '=', moved.payment.user_address)
    .where('payment_id', '=', moved.payment.payment_id)
    .execute();
}

/** Reads the newest payment that is not above a block. */
export const findLastPayment = (db: Queries, block: bigint): Promise<PaymentRow | undefined> =>
  db
    .selectFrom('payments')
    .selectAll()
    .where('block_number', '<=', block)
    .orderBy('block_number', 'desc')
    .limit(1)
    .executeTakeFirst();

/** Lists the payments that were found after a block, up to another one. */
export const listPaymentsBetween = (db: Queries, after: bigint, upTo: bigint): Promise<PaymentRow[]> =>
  db
    .selectFrom('payments')
    .selectAll()
    .where('block_number', '>', after)
    .where('block_number', '<=', upTo)
    .orderBy('block_number')
    .execute();

/** Finds a payment that counts, was found after a block and is not one of those that are kept. */
export const findCountedPaymentAfter = (
  db: Queries,
  after: bigint,
  kept: readonly string[],
): Promise<PaymentRow | undefined> => {
  const counted = db
    .selectFrom('payments')
    .selectAll()
    .where('state', '=', 'FINALIZED')
    .where('block_number', '>', after);
  return (kept.length === 0 ? counted : counted.where('payment_id', 'not in', kept))
    .limit(1)
    .executeTakeFirst();
};

/**
 * Forgets the payments that were found after a block, but for the ids of those in tokens, and lets those before it be
 * looked at again at once.
 *
 * @param kept - ids of payments that stay although they come after it.
 */
export async function removePaymentsAfter(
  tx: Tx,
  blockNumber: bigint,
  nowMs: bigint,
  kept: readonly string[] = [],
): Promise<number> {
  const after = tx.deleteFrom('payments').where('block_number', '>', blockNumber);
  const removed = await (kept.length === 0 ? after : after.where('payment_id', 'not in', kept))
    .returning(['payment_id', 'tx_hash', 'log_index', 'tab_id', 'amount'])
    .execute();
  const inTokens = removed.flatMap((row) =>
    row.log_index === null ? [] : [{ ...row, log_index: row.log_index }],
  );
  if (inTokens.length > 0) {
    await tx
      .insertInto('abandoned_payments')
      .values(inTokens)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  await tx
    .updateTable('payments')
    .set({ state: 'FOUND', record_tx_hash: null, retry_after_ms: 0n, updated_at_ms: nowMs })
    .where('state', 'in', ['SENT', 'FAILED'])
    .execute();
  return removed.length;
}

/**
 * Finds the id that a token payment had on an abandoned branch, where its event may have had another log index. It has to
 * keep it, because the contract may have recorded it: under a second id it would count a second time.
 */
export async function takeAbandonedPaymentId(
  tx: Tx,
  payment: Pick<FoundPayment, 'txHash' | 'tabId' | 'amount'>,
): Promise<string | undefined> {
  const row = await tx
    .deleteFrom('abandoned_payments')
    .where('payment_id', 'in', (eb) =>
      eb
        .selectFrom('abandoned_payments')
        .select('payment_id')
        .where('tx_hash', '=', payment.txHash)
        .where('tab_id', '=', payment.tabId)
        .where('amount', '=', payment.amount)
        .orderBy('log_index')
        .limit(1),
    )
    .returning('payment_id')
    .executeTakeFirst();
  return row?.payment_id;
}

/** Lists a part of the payments to a recipient, newest first. */
export function listRecipientPayments(
  db: Queries,
  recipient: Address,
  { limit, after }: Slice<TimePosition>,
): Promise<PaymentRow[]> {
  const query = db
    .selectFrom('payments')
    .selectAll()
    .where('recipient_address', '=', column(recipient))
    .orderBy('created_at_ms', 'desc')
    .orderBy('payment_id')
    .limit(limit);
  return (
    after === undefined ? query : query.where(isBehind(after, 'created_at_ms', 'payment_id'))
  ).execute();
}
