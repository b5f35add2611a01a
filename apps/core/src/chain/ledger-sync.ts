import type { Address, Clock } from '@fourmica/core-types';
import { ETH_ASSET } from '@fourmica/core-types';
import type { Provider } from 'ethers';
import type { Logger } from 'pino';
import type { Confirmation } from '../config/config.js';
import { type ChainCursor, forgetPositionsBefore, moveCursor, readPositions } from '../store/chain-blocks.js';
import { forgetEffectsUpTo } from '../store/chain-effects.js';
import { fence, type Lease } from '../store/leases.js';
import type { Queries, Tx } from '../store/schema.js';
import { hasTabs } from '../store/tabs.js';
import { applyBatch, type Batch } from './batch.js';
import {
  type BlockRange,
  InconsistentChainError,
  positionOf,
  readBlock,
  readFinalBlock,
  readRange,
} from './blocks.js';
import { BLOCKS_WITH_TRANSACTIONS, readBatch } from './read-batch.js';
import { findForkPoint, undoBlocksAfter } from './reorganisation.js';

export interface LedgerSyncParts {
  readonly db: Queries;
  readonly provider: Provider;
  readonly chainId: bigint;
  readonly contractAddress: Address;
  readonly contractDeployBlock: number;
  readonly confirmation: Confirmation;
  readonly maxLogBlockRange: number;
  /** Blocks that a reorganisation may take back without an operator. */
  readonly maxReorgDepth: number;
  readonly leaseTtlMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly paysIncrementally: boolean;
}

/** What a round of reading the chain did. */
export interface SyncResult {
  /** Events that had no effect and need an operator. */
  readonly quarantined: number;
  /** Remunerations of tabs that the ledger never knew. */
  readonly unknownRemunerations: number;
  /** Whether keys, versions or timing of the contract may have changed. */
  readonly contractChanged: boolean;
  /** Whether blocks were taken back because the chain abandoned them. */
  readonly reorganised: boolean;
}

/** Blocks below the newest final one that a lagging node may lack. */
const RECENT_BLOCKS = 64;

const CONTRACT_CHANGES = new Set([
  'VerificationKeyUpdated',
  'GuaranteeVersionUpdated',
  'TabExpirationTimeUpdated',
  'RemunerationGracePeriodUpdated',
  'SynchronizationDelayUpdated',
  'WithdrawalGracePeriodUpdated',
]);

/**
 * Takes final blocks into the ledger. A stretch of blocks is one transaction: the events' rows, their effects, the
 * payments found and the new position are kept together or not at all. Blocks that the chain abandons are taken back
 * before others are taken in.
 */
export class LedgerSync {
  readonly #parts: LedgerSyncParts;

  constructor(parts: LedgerSyncParts) {
    this.#parts = parts;
  }

  /**
   * Reads from the ledger's position up to the newest final block.
   *
   * @throws ReorganisationError, LeaseLostError, InconsistentChainError, and what the node or the database throws.
   */
  async run(lease: Lease, isStopping: () => boolean): Promise<SyncResult> {
    const { provider, confirmation } = this.#parts;
    const result = { quarantined: 0, unknownRemunerations: 0, contractChanged: false, reorganised: false };
    const final = await readFinalBlock(provider, confirmation);
    if (final === undefined) return result;
    const start = await this.#position(lease, final.number);
    let { cursor } = start;
    result.reorganised = start.reorganised;
    result.contractChanged = start.reorganised;
    while (cursor.blockNumber < BigInt(final.number) && !isStopping()) {
      const batch = await this.#readBatch(cursor, final.number);
      result.quarantined += await this.#commit(lease, batch);
      result.unknownRemunerations += batch.unknownPayers.size;
      result.contractChanged ||= batch.events.some(
        ({ name }) => name !== undefined && CONTRACT_CHANGES.has(name),
      );
      cursor = batch.next;
    }
    return result;
  }

  /** Returns the position from which to go on, a block that is on chain. */
  async #position(lease: Lease, finalBlock: number): Promise<{ cursor: ChainCursor; reorganised: boolean }> {
    const { db, provider, contractAddress, chainId } = this.#parts;
    const positions = await readPositions(db, contractAddress, chainId);
    const forkPoint = await findForkPoint(provider, positions, finalBlock);
    if (forkPoint !== undefined) {
      await this.#goBack(lease, forkPoint);
      return { cursor: forkPoint, reorganised: true };
    }
    return { cursor: positions[0] ?? (await this.#firstPosition()), reorganised: false };
  }

  async #firstPosition(): Promise<ChainCursor> {
    const { provider, contractDeployBlock } = this.#parts;
    return positionOf(await readBlock(provider, Math.max(contractDeployBlock - 1, 0), false));
  }

  async #goBack(lease: Lease, position: ChainCursor): Promise<void> {
    const { db, contractAddress, chainId, clock, leaseTtlMs, logger } = this.#parts;
    const undone = await db.transaction().execute(async (tx) => {
      await fence(tx, lease, leaseTtlMs);
      return undoBlocksAfter(tx, contractAddress, chainId, position, BigInt(clock.nowMs()));
    });
    logger.error(
      { ...undone, blockNumber: String(position.blockNumber), blockHash: position.blockHash },
      'the chain abandoned blocks after this one that had been taken in as final; what they did was taken back',
    );
  }

  async #readBatch(cursor: ChainCursor, finalBlock: number): Promise<Batch> {
    const range = await this.#nextRange(cursor, finalBlock);
    const frame = { previous: cursor, next: positionOf(range.to), finalBlock, isLate: false };
    return readBatch(this.#parts, range, frame);
  }

  async #nextRange(cursor: ChainCursor, finalBlock: number): Promise<BlockRange> {
    const { db, provider, contractAddress, maxLogBlockRange } = this.#parts;
    // Blocks that were final before the first ETH tab existed hold no payment: tab ids cannot be guessed.
    const withTransactions = await hasTabs(db, ETH_ASSET);
    const from = Number(cursor.blockNumber) + 1;
    const isRecent = from > finalBlock - RECENT_BLOCKS;
    const end = isRecent ? finalBlock : finalBlock - RECENT_BLOCKS;
    const size = withTransactions ? Math.min(BLOCKS_WITH_TRANSACTIONS, maxLogBlockRange) : maxLogBlockRange;
    const to = Math.min(end, from + size - 1);
    const range = await readRange(provider, contractAddress, { from, to, withTransactions, isRecent });
    if (range.parentHash !== cursor.blockHash) {
      throw new InconsistentChainError(`block ${from} does not follow block ${cursor.blockNumber}`);
    }
    return range;
  }

  async #commit(lease: Lease, batch: Batch): Promise<number> {
    const { db, contractAddress, chainId, clock, leaseTtlMs, paysIncrementally, logger } = this.#parts;
    const nowMs = BigInt(clock.nowMs());
    return db.transaction().execute(async (tx) => {
      await fence(tx, lease, leaseTtlMs);
      const { unknownPayers } = batch;
      const context = { chainId, contractAddress, paysIncrementally, unknownPayers, nowMs, logger };
      const { quarantined } = await applyBatch(tx, batch, context);
      await moveCursor(tx, contractAddress, chainId, [batch.previous, batch.next], nowMs);
      await this.#forgetOld(tx, batch.next);
      return quarantined;
    });
  }

  async #forgetOld(tx: Tx, position: ChainCursor): Promise<void> {
    const { contractAddress, chainId, maxReorgDepth } = this.#parts;
    const newest = position.blockNumber - BigInt(maxReorgDepth);
    const oldest = await forgetPositionsBefore(tx, contractAddress, chainId, newest);
    if (oldest !== undefined) await forgetEffectsUpTo(tx, oldest);
  }
}
