import type { Address } from '@fourmica/core-types';
import { column } from './rows.js';
import type { Queries, Tx } from './schema.js';

/** The newest block whose events and payments are in the ledger. */
export interface ChainCursor {
  readonly blockNumber: bigint;
  /** Null before the first block. */
  readonly blockHash: string | null;
  /** Unix seconds. */
  readonly blockTimestamp: bigint;
}

/** Reads the watcher's position for a contract. */
export async function readCursor(
  db: Queries,
  contract: Address,
  chainId: bigint,
): Promise<ChainCursor | undefined> {
  const row = await db
    .selectFrom('chain_cursors')
    .selectAll()
    .where('contract_address', '=', column(contract))
    .where('chain_id', '=', chainId)
    .executeTakeFirst();
  return (
    row && {
      blockNumber: row.block_number,
      blockHash: row.block_hash,
      blockTimestamp: row.block_timestamp,
    }
  );
}

/** Moves the watcher's position; only inside the transaction that holds the effects of the blocks up to it. */
export async function writeCursor(
  tx: Tx,
  contract: Address,
  chainId: bigint,
  cursor: ChainCursor,
  nowMs: bigint,
): Promise<void> {
  const position = {
    block_number: cursor.blockNumber,
    block_hash: cursor.blockHash,
    block_timestamp: cursor.blockTimestamp,
    updated_at_ms: nowMs,
  };
  await tx
    .insertInto('chain_cursors')
    .values({ contract_address: column(contract), chain_id: chainId, ...position })
    .onConflict((conflict) => conflict.columns(['contract_address', 'chain_id']).doUpdateSet(position))
    .execute();
}
