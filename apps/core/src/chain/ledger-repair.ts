import { randomUUID } from 'node:crypto';
import { type Address, ETH_ASSET } from '@fourmica/core-types';
import { type RefusalError, refusal } from '../domain/refusal.js';
import { type ChainCursor, readCursor, readPositions } from '../store/chain-blocks.js';
import { applyEffect } from '../store/chain-effects.js';
import {
  type ChainEventRecord,
  findLastEvent,
  listEventsAfter,
  listQuarantined,
  type QuarantinedEvent,
} from '../store/chain-events.js';
import { fence, type Lease, LeaseLostError, releaseLease, seizeLease } from '../store/leases.js';
import { findLastPayment, listPaymentsBetween } from '../store/payments.js';
import type { Tx } from '../store/schema.js';
import { hasTabs } from '../store/tabs.js';
import { type AppliedBatch, applyBatch, type Batch, type BatchContext, retryQuarantined } from './batch.js';
import { InconsistentChainError, positionOf, readBlock, readFinalBlock, readRange } from './blocks.js';
import { contractEventOfRecord } from './contract-event.js';
import type { LedgerSyncParts } from './ledger-sync.js';
import { type FixedHistory, findMinedAgain, type MinedAgain } from './mined-again.js';
import { BLOCKS_WITH_TRANSACTIONS, readBatch } from './read-batch.js';
import { changeBranch, findForkPoint, ReorganisationError, type UndoneBlocks } from './reorganisation.js';
import { readPayersOfUnknownTabs } from './unknown-remuneration.js';
import { LEASE_NAME } from './watcher.js';
import { readWithdrawals } from './withdrawal-reader.js';

/** Most blocks that one request reads again: it has to be answered within the limits of HTTP. */
export const MAX_RESCANNED_BLOCKS = 1_000;
const MAX_RETRIED_EVENTS = 1_000;

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
   * Everything after the block is taken back, as far as that is still known; the rest has to stand on the new branch too
   * and goes on counting.
   *
   * @param block - the last one that both branches share, as the operator has found out.
   * @throws RefusalError when something that can no longer be taken back is not on the new branch, or nothing is wrong.
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
      const fixed = {
        events: await listEventsAfter(db, position.blockNumber, oldest.blockNumber),
        payments: await listPaymentsBetween(db, position.blockNumber, oldest.blockNumber),
      };
      const { batches, minedAgain, next, finalBlock } = await this.#readBranch(fixed, position);
      const [first] = minedAgain.missing;
      if (first !== undefined) throw notMinedAgain(first, minedAgain.missing.length, next.blockNumber);
      const changed = fixed.events.map(contractEventOfRecord);
      const known = {
        endOfStretch: Number(next.blockNumber),
        finalBlock,
        unknownPayers: new Map<bigint, Address>(),
        isLate: true,
      };
      const withdrawals = await readWithdrawals(db, provider, contractAddress, changed, known);
      return this.#write(lease, async (tx) => {
        const { nowMs } = this.#context();
        const undoneAfter = oldest.blockNumber;
        const change = { forkBlock: position.blockNumber, undoneAfter, minedAgain, position: next };
        const undone = await changeBranch(tx, contractAddress, chainId, change, nowMs);
        for (const batch of batches) {
          await applyBatch(tx, { ...batch, next }, this.#context(batch.unknownPayers));
        }
        for (const { user, asset, withdrawal } of withdrawals) {
          await applyEffect(tx, { user, asset, blockNumber: next.blockNumber, withdrawal }, nowMs);
        }
        return undone;
      });
    });
  }

  /** Reads the new branch up to where everything is found that was mined again. */
  async #readBranch(
    fixed: FixedHistory,
    fork: ChainCursor,
  ): Promise<{
    readonly batches: readonly Batch[];
    readonly minedAgain: MinedAgain;
    readonly next: ChainCursor;
    readonly finalBlock: number;
  }> {
    const { db, provider, contractAddress, confirmation } = this.#parts;
    const withTransactions = await hasTabs(db, ETH_ASSET);
    const finalBlock = (await readFinalBlock(provider, confirmation))?.number ?? Number(fork.blockNumber);
    const last = Math.min(finalBlock, Number(fork.blockNumber) + MAX_RESCANNED_BLOCKS);
    const batches: Batch[] = [];
    let next = fork;
    let minedAgain = findMinedAgain(fixed, batches);
    while (!minedAgain.isComplete && Number(next.blockNumber) < last) {
      const from = Number(next.blockNumber) + 1;
      const to = Math.min(last, from + BLOCKS_WITH_TRANSACTIONS - 1);
      const range = await readRange(provider, contractAddress, {
        from,
        to,
        withTransactions,
        isRecent: true,
      });
      if (range.parentHash !== next.blockHash) {
        throw new InconsistentChainError(`block ${from} does not follow block ${next.blockNumber}`);
      }
      const frame = { previous: next, next: positionOf(range.to), finalBlock, isLate: true };
      batches.push(await readBatch(this.#parts, range, frame));
      next = frame.next;
      minedAgain = findMinedAgain(fixed, batches);
    }
    return { batches, minedAgain, next, finalBlock };
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
    const event = await findLastEvent(db, blockNumber);
    const payment = await findLastPayment(db, blockNumber);
    for (const remembered of [
      event,
      payment && { blockNumber: payment.block_number, blockHash: payment.block_hash },
    ]) {
      if (remembered === undefined) continue;
      const { hash } = await readBlock(provider, Number(remembered.blockNumber), false);
      if (hash !== remembered.blockHash) {
        throw refused(`block ${remembered.blockNumber} is abandoned too; choose a block below it`);
      }
    }
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

const notMinedAgain = (
  { name, blockNumber, txHash }: ChainEventRecord,
  count: number,
  lastRead: bigint,
): RefusalError =>
  refused(
    `not on the new branch up to block ${lastRead}, and too deep to be taken back: ${name} of block ${blockNumber}, transaction ${txHash} (events: ${count}). Is the node on the right chain? Then wait until they are mined there, or send them again`,
  );

const refused = (reason: string) => refusal('REPAIR_REFUSED', reason);
