import type { Address } from '@fourmica/core-types';
import { column } from './rows.js';
import type { Tx } from './schema.js';

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
 * @returns false when it was stored before, so its effects are already there.
 */
export async function insertChainEvent(tx: Tx, event: ChainEventRecord, nowMs: bigint): Promise<boolean> {
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
      created_at_ms: nowMs,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('log_index')
    .executeTakeFirst();
  return row !== undefined;
}

/** Marks an event whose effects could not be applied. */
export async function quarantineChainEvent(tx: Tx, event: ChainEventRecord, error: string): Promise<void> {
  await tx
    .updateTable('chain_events')
    .set({ status: 'QUARANTINED', error })
    .where('chain_id', '=', event.chainId)
    .where('block_hash', '=', event.blockHash)
    .where('tx_hash', '=', event.txHash)
    .where('log_index', '=', event.logIndex)
    .execute();
}
