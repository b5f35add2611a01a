import { randomUUID } from 'node:crypto';
import { type Address, ETH_ASSET } from '@fourmica/core-types';
import { refusal } from '../domain/refusal.js';
import { type ChainCursor, insertPosition, readCursor, readPositions } from '../store/chain-blocks.js';
import { applyEffect } from '../store/chain-effects.js';
import {
  findLastEvent,
  listEventsWithEffect,
  listQuarantined,
  type QuarantinedEvent,
} from '../store/chain-events.js';
import { fence, type Lease, LeaseLostError, releaseLease, seizeLease } from '../store/leases.js';
import type { Tx } from '../store/schema.js';
import { hasTabs } from '../store/tabs.js';
import { type AppliedBatch, applyBatch, type BatchContext, retryQuarantined } from './batch.js';
import { InconsistentChainError, positionOf, readBlock, readFinalBlock, readRange } from './blocks.js';
import { contractEventOfRecord } from './contract-event.js';
import type { LedgerSyncParts } from './ledger-sync.js';
import { BLOCKS_WITH_TRANSACTIONS, readBatch } from './read-batch.js';
import { findForkPoint, ReorganisationError, type UndoneBlocks, undoBlocksAfter } from './reorganisation.js';
import { readPayersOfUnknownTabs } from './unknown-remuneration.js';
import { LEASE_NAME } from './watcher.js';
import { readWithdrawals } from './withdrawal-reader.js';

/** Most blocks that one request reads again: it has to be answered within the limits of HTTP. */
export const MAX_RESCANNED_BLOCKS = 1_000;
const MAX_RETRIED_EVENTS = 1_000;
const SHOWN_EVENTS = 3;

/** What became of the quarantine. */
export interface RetriedQuarantine {
  /** Events that count now. */
  readonly applied: number;
  readonly remaining: readonly QuarantinedEvent[];
}

/**
 * What an operator can do about a ledger that does not hold what the chain does. Each repair takes the lease of the
 * process that reads the chain and fences its writes as that one does, so that it works from any process.
 */
export class LedgerRepair {
  readonly #parts: LedgerSyncParts;

  constructor(parts: LedgerSyncParts) {
    this.#parts = parts;
  }

  /**
   * Applies the events of the quarantine that can be applied now.
   *
   * @throws RefusalError
   */
  retryQuarantine(): Promise<RetriedQuarantine> {
    const { db, provider, contractAddress } = this.#parts;
    return this.#withLease(async (lease) => {
      const cursor = await this.#cursorOnChain();
      const records = (await listQuarantined(db, MAX_RETRIED_EVENTS)).map(({ record }) => record);
      const events = records.map(contractEventOfRecord);
      const unknownPayers = await readPayersOfUnknownTabs(db, provider, contractAddress, events);
      const atBlock = Number(cursor.blockNumber);
      const known = { endOfStretch: atBlock, finalBlock: atBlock, unknownPayers, isLate: true };
      const withdrawals = await readWithdrawals(db, provider, contractAddress, events, known);
      return this.#write(lease, async (tx) => {
        const context = this.#context(unknownPayers);
        let applied = 0;
        for (const record of records) {
          if (await retryQuarantined(tx, record, cursor.blockNumber, context)) applied++;
        }
        for (const { user, asset, withdrawal } of withdrawals) {
          const effect = { user, asset, blockNumber: cursor.blockNumber, withdrawal };
          await applyEffect(tx, effect, context.nowMs);
        }
        return { applied, remaining: await listQuarantined(tx, MAX_RETRIED_EVENTS) };
      });
    });
  }

  /**
   * Reads blocks again that the ledger has passed, and takes in what it missed there.
   *
   * @throws RefusalError
   */
  rescan(fromBlock: number, toBlock: number): Promise<AppliedBatch> {
    const furthest = fromBlock + MAX_RESCANNED_BLOCKS - 1;
    if (toBlock < fromBlock || toBlock > furthest) {
      throw refused(
        `to_block: expected a block from from_block, ${fromBlock}, to ${furthest} (at most ${MAX_RESCANNED_BLOCKS} blocks at once), got ${toBlock}`,
      );
    }
    return this.#withLease(async (lease) => {
      const cursor = await this.#cursorOnChain();
      if (BigInt(toBlock) > cursor.blockNumber) {
        throw refused(
          `the ledger stands at block ${cursor.blockNumber} and reads what follows by itself: to_block has to be at most that, not ${toBlock}`,
        );
      }
      const total = { events: 0, payments: 0, quarantined: 0 };
      for (let from = fromBlock; from <= toBlock; from += BLOCKS_WITH_TRANSACTIONS) {
        const to = Math.min(toBlock, from + BLOCKS_WITH_TRANSACTIONS - 1);
        const done = await this.#rescanStretch(lease, cursor, from, to);
        total.events += done.events;
        total.payments += done.payments;
        total.quarantined += done.quarantined;
      }
      return total;
    });
  }

  /**
   * Lets the ledger go on from a block after the chain was reorganised deeper than the ledger can go back by itself.
   * Everything after the block is taken back, as far as that is still known.
   *
   * @param block - the last one that both branches share, as the operator has found out.
   * @throws RefusalError when something after the block can no longer be taken back, or nothing is wrong.
   */
  acceptBranch(block: number): Promise<UndoneBlocks> {
    const { db, provider, contractAddress, chainId, contractDeployBlock } = this.#parts;
    return this.#withLease(async (lease) => {
      const oldest = await this.#oldestAbandoned();
      if (BigInt(block) >= oldest.blockNumber || block < contractDeployBlock - 1) {
        throw refused(
          `block_number: expected a block from ${contractDeployBlock - 1} to ${oldest.blockNumber - 1n}, because block ${oldest.blockNumber} is abandoned, got ${block}`,
        );
      }
      const position = positionOf(await readBlock(provider, block, false));
      await this.#assertShared(position.blockNumber);
      const lost = await listEventsWithEffect(db, position.blockNumber, oldest.blockNumber);
      if (lost.length > 0) {
        const shown = lost
          .slice(0, SHOWN_EVENTS)
          .map(({ name, blockNumber, txHash }) => `${name} in block ${blockNumber}, transaction ${txHash}`);
        throw refused(
          `the ledger can no longer take back what ${shown.join('; ')} did (events: ${lost.length}); make sure that the Ethereum node follows the right chain; when it does, leave issuing stopped until every certificate has run out, and then start with an empty database`,
        );
      }
      return this.#write(lease, async (tx) => {
        const { nowMs } = this.#context();
        const undone = await undoBlocksAfter(tx, contractAddress, chainId, position, nowMs);
        await insertPosition(tx, contractAddress, chainId, position, nowMs);
        return undone;
      });
    });
  }

  async #rescanStretch(lease: Lease, cursor: ChainCursor, from: number, to: number): Promise<AppliedBatch> {
    const { db, provider, contractAddress } = this.#parts;
    const withTransactions = await hasTabs(db, ETH_ASSET);
    const range = await readRange(provider, contractAddress, { from, to, withTransactions, isRecent: true });
    const finalBlock = Number(cursor.blockNumber);
    const frame = { previous: cursor, next: cursor, finalBlock, isLate: true };
    const batch = await readBatch(this.#parts, range, frame);
    return this.#write(lease, (tx) => applyBatch(tx, batch, this.#context(batch.unknownPayers)));
  }

  /** Returns the ledger's position, which has to be a block of the chain. */
  async #cursorOnChain(): Promise<ChainCursor> {
    const { db, provider, contractAddress, chainId } = this.#parts;
    const cursor = await readCursor(db, contractAddress, chainId);
    if (cursor === undefined) throw refused('the ledger has not read any block yet');
    const { hash } = await readBlock(provider, Number(cursor.blockNumber), false);
    if (hash === cursor.blockHash) return cursor;
    throw refused(
      `block ${cursor.blockNumber} of the ledger is not on the chain; wait until the ledger follows the chain again, or accept the other branch first`,
    );
  }

  /** Returns the oldest block that the ledger could go back to; the chain has abandoned it. */
  async #oldestAbandoned(): Promise<ChainCursor> {
    const { db, provider, contractAddress, chainId, confirmation } = this.#parts;
    const positions = await readPositions(db, contractAddress, chainId);
    const oldest = positions.at(-1);
    const final = await readFinalBlock(provider, confirmation);
    const isAbandoned =
      oldest !== undefined &&
      final !== undefined &&
      (await findForkPoint(provider, positions, final.number).then(
        () => false,
        (error: unknown) => {
          if (error instanceof ReorganisationError) return true;
          throw error;
        },
      ));
    if (oldest !== undefined && isAbandoned) return oldest;
    throw refused('the ledger follows the chain, or goes back by itself; there is no other branch to accept');
  }

  /** Checks that a block is not above the point where the branches part, as far as the ledger remembers. */
  async #assertShared(blockNumber: bigint): Promise<void> {
    const { db, provider } = this.#parts;
    const last = await findLastEvent(db, blockNumber);
    if (last === undefined) return;
    const { hash } = await readBlock(provider, Number(last.blockNumber), false);
    if (hash === last.blockHash) return;
    throw refused(`block ${last.blockNumber} is abandoned too; choose a block below it`);
  }

  #context(unknownPayers: ReadonlyMap<bigint, Address> = new Map()): BatchContext {
    const { chainId, contractAddress, paysIncrementally, clock, logger } = this.#parts;
    const nowMs = BigInt(clock.nowMs());
    return { chainId, contractAddress, paysIncrementally, unknownPayers, nowMs, logger };
  }

  #write<T>(lease: Lease, work: (tx: Tx) => Promise<T>): Promise<T> {
    const { db, leaseTtlMs } = this.#parts;
    return db.transaction().execute(async (tx) => {
      await fence(tx, lease, leaseTtlMs);
      return work(tx);
    });
  }

  async #withLease<T>(repair: (lease: Lease) => Promise<T>): Promise<T> {
    const { db, leaseTtlMs, logger } = this.#parts;
    const lease = await seizeLease(db, LEASE_NAME, `operator:${randomUUID()}`, leaseTtlMs);
    try {
      logger.warn({ holder: lease.holder }, 'an operator repairs the ledger');
      return await repair(lease);
    } catch (error) {
      if (error instanceof LeaseLostError || error instanceof InconsistentChainError) {
        throw refusal('RETRY', `${error.message}; please retry`, {}, error);
      }
      throw error;
    } finally {
      await releaseLease(db, lease);
    }
  }
}

const refused = (reason: string) => refusal('REPAIR_REFUSED', reason);
