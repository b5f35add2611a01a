import type { Address } from '@fourmica/core-types';
import { column } from './rows.js';
import type { Queries, Tx } from './schema.js';

/** A block up to which events and payments are, or were, in the ledger. */
export interface ChainCursor {
  readonly blockNumber: bigint;
  readonly blockHash: string;
  /** Unix seconds. */
  readonly blockTimestamp: bigint;
}

/** Reads the watcher's position for a contract. */
export async function readCursor(
  db: Queries,
  contract: Address,
  chainId: bigint,
): Promise<ChainCursor | undefined> {
  return (await readPositions(db, contract, chainId, 1))[0];
}

/** Lists the positions that the ledger can go back to, newest first. */
export async function readPositions(
  db: Queries,
  contract: Address,
  chainId: bigint,
  limit?: number,
): Promise<ChainCursor[]> {
  const query = db
    .selectFrom('chain_blocks')
    .select(['block_number', 'block_hash', 'block_timestamp'])
    .where('contract_address', '=', column(contract))
    .where('chain_id', '=', chainId)
    .orderBy('block_number', 'desc');
  const rows = await (limit === undefined ? query : query.limit(limit)).execute();
  return rows.map((row) => ({
    blockNumber: row.block_number,
    blockHash: row.block_hash,
    blockTimestamp: row.block_timestamp,
  }));
}

/**
 * Moves the watcher's position from one block to a later one; only inside the transaction that holds the effects of the
 * blocks between them. The first position is kept too, so that the ledger can go back to it.
 */
export async function moveCursor(
  tx: Tx,
  contract: Address,
  chainId: bigint,
  [from, to]: readonly [ChainCursor, ChainCursor],
  nowMs: bigint,
): Promise<void> {
  await tx
    .insertInto('chain_blocks')
    .values(rowOf(contract, chainId, from, nowMs))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await insertPosition(tx, contract, chainId, to, nowMs);
}

/** Keeps a position that the ledger has reached. */
export async function insertPosition(
  tx: Tx,
  contract: Address,
  chainId: bigint,
  position: ChainCursor,
  nowMs: bigint,
): Promise<void> {
  await tx
    .insertInto('chain_blocks')
    .values(rowOf(contract, chainId, position, nowMs))
    .execute();
}

const rowOf = (contract: Address, chainId: bigint, position: ChainCursor, nowMs: bigint) => ({
  contract_address: column(contract),
  chain_id: chainId,
  block_number: position.blockNumber,
  block_hash: position.blockHash,
  block_timestamp: position.blockTimestamp,
  created_at_ms: nowMs,
});

/** Moves the watcher's position back; only inside the transaction that takes back the effects of the blocks after it. */
export async function removePositionsAfter(
  tx: Tx,
  contract: Address,
  chainId: bigint,
  blockNumber: bigint,
): Promise<void> {
  await tx
    .deleteFrom('chain_blocks')
    .where('contract_address', '=', column(contract))
    .where('chain_id', '=', chainId)
    .where('block_number', '>', blockNumber)
    .execute();
}

/**
 * Forgets the positions before the newest one that is not above a block.
 *
 * @returns the oldest position that is left; nothing at or below it will be taken back.
 */
export async function forgetPositionsBefore(
  tx: Tx,
  contract: Address,
  chainId: bigint,
  blockNumber: bigint,
): Promise<bigint | undefined> {
  const ofContract = tx
    .selectFrom('chain_blocks')
    .select('block_number')
    .where('contract_address', '=', column(contract))
    .where('chain_id', '=', chainId)
    .where('block_number', '<=', blockNumber)
    .orderBy('block_number', 'desc');
  const oldest = await ofContract.limit(1).executeTakeFirst();
  if (oldest === undefined) return undefined;
  await tx
    .deleteFrom('chain_blocks')
    .where('contract_address', '=', column(contract))
    .where('chain_id', '=', chainId)
    .where('block_number', '<', oldest.block_number)
    .execute();
  return oldest.block_number;
}
