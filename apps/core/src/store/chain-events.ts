import type { Address } from '@fourmica/core-types';
import { type Selectable, sql, type Updateable } from 'kysely';
import { address, column } from './rows.js';
import type { LedgerSchema, Queries, Tx } from './schema.js';

/** Coordinates and content of a contract event; its identity is (chain, block hash, transaction, log index). */
export interface ChainEventRecord {
  readonly chainId: bigint;
  readonly contractAddress: Address;
  readonly blockNumber: bigint;
  readonly blockHash: string;
  readonly txHash: string;
  readonly logIndex: number;
  readonly name: string;
  /** Arguments as JSON. */
  readonly args: string;
}

/**
 * Stores an event before its effects are applied.
 *
 * @param appliedAtBlock - block from which on its effects count: its own, unless it is taken in late.
 * @returns false when it was stored before, so its effects are already there.
 */
export async function insertChainEvent(
  tx: Tx,
  event: ChainEventRecord,
  appliedAtBlock: bigint,
  nowMs: bigint,
): Promise<boolean> {
  const row = await tx
    .insertInto('chain_events')
    .values({
      chain_id: event.chainId,
      block_hash: event.blockHash,
      tx_hash: event.txHash,
      log_index: event.logIndex,
      block_number: event.blockNumber,
      contract_address: column(event.contractAddress),
      name: event.name,
      args: event.args,
      status: 'APPLIED',
      error: null,
      applied_at_block: appliedAtBlock,
      created_at_ms: nowMs,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('log_index')
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Lists the records of payments that stood on chain before the payment itself was found, and that fit it. A record can
 * come first when a reorganisation mines the payment again in a later block.
 */
export async function listEarlyPaymentRecords(db: Queries): Promise<ChainEventRecord[]> {
  const rows = await db
    .selectFrom('chain_events as e')
    .innerJoin('payments as p', (join) =>
      join
        .on('p.payment_id', '=', sql<string>`e.args::jsonb ->> 'paymentId'`)
        .on('p.tab_id', '=', sql<bigint>`(e.args::jsonb ->> 'tabId')::numeric`)
        .on('p.amount', '=', sql<bigint>`(e.args::jsonb ->> 'amount')::numeric`),
    )
    .selectAll('e')
    .where('e.status', '=', 'QUARANTINED')
    .where('e.name', '=', 'PaymentRecordedById')
    .orderBy('e.block_number')
    .orderBy('e.log_index')
    .execute();
  return rows.map(recordOfRow);
}

const recordOfRow = (row: Selectable<LedgerSchema['chain_events']>): ChainEventRecord => ({
  chainId: row.chain_id,
  contractAddress: address(row.contract_address),
  blockNumber: row.block_number,
  blockHash: row.block_hash,
  txHash: row.tx_hash,
  logIndex: row.log_index,
  name: row.name,
  args: row.args,
});

/** An event that had no effect, and why. */
export interface QuarantinedEvent {
  readonly record: ChainEventRecord;
  readonly error: string;
}

/** Lists the events that wait for an operator, in the order of the chain. */
export async function listQuarantined(db: Queries, limit: number): Promise<QuarantinedEvent[]> {
  const rows = await db
    .selectFrom('chain_events')
    .selectAll()
    .where('status', '=', 'QUARANTINED')
    .orderBy('block_number')
    .orderBy('log_index')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ record: recordOfRow(row), error: row.error ?? '' }));
}

/** Lists the events after a block whose effects count from a block not above `countedUpTo` on, in the order of the chain. */
export async function listEventsAfter(
  db: Queries,
  after: bigint,
  countedUpTo: bigint,
): Promise<ChainEventRecord[]> {
  const rows = await db
    .selectFrom('chain_events')
    .selectAll()
    .where('block_number', '>', after)
    .where('applied_at_block', '<=', countedUpTo)
    .orderBy('block_number')
    .orderBy('log_index')
    .execute();
  return rows.map(recordOfRow);
}

/** Reads the newest event that is not above a block. */
export async function findLastEvent(db: Queries, block: bigint): Promise<ChainEventRecord | undefined> {
  const row = await db
    .selectFrom('chain_events')
    .selectAll()
    .where('block_number', '<=', block)
    .orderBy('block_number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && recordOfRow(row);
}

/** Marks an event of the quarantine as applied after all, at a later block. */
export async function releaseChainEvent(
  tx: Tx,
  event: ChainEventRecord,
  appliedAtBlock: bigint,
): Promise<void> {
  await updateStatus(tx, event, { status: 'APPLIED', error: null, applied_at_block: appliedAtBlock });
}

/**
 * Forgets the events after a block, and puts those of the others back into quarantine whose effects were taken back.
 *
 * @param undoneAfter - effects that count from a later block on were taken back.
 * @returns how many were forgotten.
 */
export async function removeChainEventsAfter(
  tx: Tx,
  blockNumber: bigint,
  undoneAfter: bigint,
): Promise<number> {
  const removed = await tx
    .deleteFrom('chain_events')
    .where('block_number', '>', blockNumber)
    .executeTakeFirst();
  await tx
    .updateTable('chain_events')
    .set({
      status: 'QUARANTINED',
      error: 'the block that made it applicable was abandoned',
      applied_at_block: null,
    })
    .where('applied_at_block', '>', undoneAfter)
    .execute();
  return Number(removed.numDeletedRows);
}

/** Lets effects that can no longer be taken back count from a block on that the ledger does not go back behind. */
export async function countEventsFrom(tx: Tx, blockNumber: bigint): Promise<void> {
  await tx
    .updateTable('chain_events')
    .set({ applied_at_block: blockNumber })
    .where('applied_at_block', '>', blockNumber)
    .execute();
}

/** Marks an event whose effects could not be applied. */
export const quarantineChainEvent = (tx: Tx, event: ChainEventRecord, error: string): Promise<void> =>
  updateStatus(tx, event, { status: 'QUARANTINED', error, applied_at_block: null });

async function updateStatus(
  tx: Tx,
  event: ChainEventRecord,
  status: Pick<Updateable<LedgerSchema['chain_events']>, 'status' | 'error' | 'applied_at_block'>,
): Promise<void> {
  await tx
    .updateTable('chain_events')
    .set(status)
    .where('chain_id', '=', event.chainId)
    .where('block_hash', '=', event.blockHash)
    .where('tx_hash', '=', event.txHash)
    .where('log_index', '=', event.logIndex)
    .execute();
}
