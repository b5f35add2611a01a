import { core4MicaAbi } from '@fourmica/contracts/abi';
import type { Address, Clock } from '@fourmica/core-types';
import { ETH_ASSET } from '@fourmica/core-types';
import { Contract, type Provider } from 'ethers';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { Confirmation } from '../config/config.js';
import { changeBalance, ensureBalance, lockBalance } from '../store/balances.js';
import { insertChainEvent, quarantineChainEvent } from '../store/chain-events.js';
import { type ChainCursor, readCursor, writeCursor } from '../store/cursors.js';
import { fence, type Lease } from '../store/leases.js';
import { type FoundPayment, insertPayment } from '../store/payments.js';
import type { Queries, Tx } from '../store/schema.js';
import { findTab, findTabs, hasTabs } from '../store/tabs.js';
import { ensureUser } from '../store/users.js';
import { applyEvent, UnapplicableEventError } from './apply-event.js';
import {
  type BlockRange,
  InconsistentChainError,
  ReorganisationError,
  readBlock,
  readFinalBlock,
  readRange,
} from './blocks.js';
import { type ContractEvent, decodeContractEvent } from './contract-event.js';
import { confirmTransfers, memoTransfersOf } from './eth-payments.js';

export interface LedgerSyncParts {
  readonly db: Queries;
  readonly provider: Provider;
  readonly chainId: bigint;
  readonly contractAddress: Address;
  readonly contractDeployBlock: number;
  readonly confirmation: Confirmation;
  readonly maxLogBlockRange: number;
  readonly leaseTtlMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly paysIncrementally: boolean;
}

/** What a round of reading the chain did. */
export interface SyncResult {
  readonly cursor: ChainCursor;
  /** Events that had no effect and need an operator. */
  readonly quarantined: number;
  /** Whether keys, versions or timing of the contract may have changed. */
  readonly contractChanged: boolean;
}

/** Blocks whose transactions are held in memory at once. */
const BLOCKS_WITH_TRANSACTIONS = 64;

const CONTRACT_CHANGES = new Set([
  'VerificationKeyUpdated',
  'GuaranteeVersionUpdated',
  'TabExpirationTimeUpdated',
  'RemunerationGracePeriodUpdated',
  'SynchronizationDelayUpdated',
  'WithdrawalGracePeriodUpdated',
]);

interface AssetOwner {
  readonly user: Address;
  readonly asset: Address;
}

/**
 * Takes final blocks into the ledger. A stretch of blocks is one transaction: the events' rows, their effects, the
 * payments found and the new position are kept together or not at all.
 */
export class LedgerSync {
  readonly #parts: LedgerSyncParts;
  readonly #contract: Contract;

  constructor(parts: LedgerSyncParts) {
    this.#parts = parts;
    this.#contract = new Contract(parts.contractAddress, core4MicaAbi, { provider: parts.provider });
  }

  /**
   * Reads from the ledger's position up to the newest final block.
   *
   * @throws ReorganisationError, LeaseLostError, InconsistentChainError, and what the node or the database throws.
   */
  async run(lease: Lease, isStopping: () => boolean): Promise<SyncResult> {
    const { db, provider, contractAddress, chainId, confirmation } = this.#parts;
    let cursor = (await readCursor(db, contractAddress, chainId)) ?? (await this.#firstCursor());
    await this.#assertOnChain(cursor);
    const final = await readFinalBlock(provider, confirmation);
    let quarantined = 0;
    let contractChanged = false;
    while (final !== undefined && cursor.blockNumber < BigInt(final.number) && !isStopping()) {
      const range = await this.#nextRange(cursor, final.number);
      const events = range.logs.map(decodeContractEvent);
      const payments = await this.#paymentsIn(range);
      const owners = await this.#remuneratedOwners(events);
      const next: ChainCursor = {
        blockNumber: BigInt(range.to.number),
        blockHash: range.to.hash,
        blockTimestamp: BigInt(range.to.timestamp),
      };
      const withdrawals = await this.#readWithdrawals(owners, final.number);
      quarantined += await this.#commit(lease, { events, payments, withdrawals, next });
      contractChanged ||= events.some(({ name }) => name !== undefined && CONTRACT_CHANGES.has(name));
      cursor = next;
    }
    return { cursor, quarantined, contractChanged };
  }

  async #firstCursor(): Promise<ChainCursor> {
    return { blockNumber: BigInt(this.#parts.contractDeployBlock) - 1n, blockHash: null, blockTimestamp: 0n };
  }

  async #assertOnChain(cursor: ChainCursor): Promise<void> {
    if (cursor.blockHash === null) return;
    const block = await readBlock(this.#parts.provider, Number(cursor.blockNumber), false);
    if (block.hash !== cursor.blockHash) {
      throw new ReorganisationError(cursor.blockNumber, cursor.blockHash, String(block.hash));
    }
  }

  async #nextRange(cursor: ChainCursor, final: number): Promise<BlockRange> {
    const { db, provider, contractAddress, maxLogBlockRange } = this.#parts;
    // Blocks that were final before the first ETH tab existed hold no payment: tab ids cannot be guessed.
    const withTransactions = await hasTabs(db, ETH_ASSET);
    const size = withTransactions ? Math.min(BLOCKS_WITH_TRANSACTIONS, maxLogBlockRange) : maxLogBlockRange;
    const from = Number(cursor.blockNumber) + 1;
    const to = Math.min(final, from + size - 1);
    const range = await readRange(provider, contractAddress, { from, to }, withTransactions);
    const first = range.blocks[0] ?? (from === to ? range.to : await readBlock(provider, from, false));
    if (cursor.blockHash !== null && first.parentHash !== cursor.blockHash) {
      throw new InconsistentChainError(`block ${from} does not follow block ${cursor.blockNumber}`);
    }
    return range;
  }

  async #paymentsIn(range: BlockRange): Promise<FoundPayment[]> {
    const transfers = range.blocks.flatMap(memoTransfersOf);
    if (transfers.length === 0) return [];
    const tabIds = [...new Set(transfers.map(({ memo }) => memo.tabId))];
    return confirmTransfers(this.#parts.provider, transfers, await findTabs(this.#parts.db, tabIds));
  }

  async #remuneratedOwners(events: readonly ContractEvent[]): Promise<AssetOwner[]> {
    const owners = new Map<string, AssetOwner>();
    for (const { ledgerEvent } of events) {
      if (ledgerEvent?.name !== 'RecipientRemunerated') continue;
      const tab = await findTab(this.#parts.db, ledgerEvent.tabId);
      if (tab === undefined) continue;
      owners.set(`${tab.userAddress}:${tab.assetAddress}`, {
        user: tab.userAddress,
        asset: tab.assetAddress,
      });
    }
    return [...owners.values()];
  }

  /**
   * A remuneration may shrink or remove a pending withdrawal without an event, so the chain is asked. The newest final
   * block answers even on nodes without history; events between the stretch and that block lead to the same value.
   */
  async #readWithdrawals(owners: readonly AssetOwner[], finalBlock: number): Promise<WithdrawalState[]> {
    return Promise.all(
      owners.map(async ({ user, asset }) => {
        const [timestamp, amount] = await this.#contract
          .getFunction('withdrawalRequests')
          .staticCall(user, asset, { blockTag: finalBlock });
        return { user, asset, withdrawal: amount === 0n ? null : { amount, requestedAt: timestamp } };
      }),
    );
  }

  async #commit(lease: Lease, batch: Batch): Promise<number> {
    const { db, contractAddress, chainId, clock, leaseTtlMs, paysIncrementally } = this.#parts;
    const context = { chainId, paysIncrementally, nowMs: BigInt(clock.nowMs()) };
    return db.transaction().execute(async (tx) => {
      await fence(tx, lease, leaseTtlMs);
      for (const payment of batch.payments) await insertPayment(tx, payment, context.nowMs);
      let quarantined = 0;
      for (const event of batch.events) {
        if (!(await this.#applyOnce(tx, event, context))) quarantined++;
      }
      for (const { user, asset, withdrawal } of batch.withdrawals) {
        await ensureUser(tx, user, context.nowMs);
        await ensureBalance(tx, user, asset, context.nowMs);
        await lockBalance(tx, user, asset);
        await changeBalance(tx, user, asset, { withdrawal }, context.nowMs);
      }
      await writeCursor(tx, contractAddress, chainId, batch.next, context.nowMs);
      return quarantined;
    });
  }

  /** Returns false when the event went to quarantine. */
  async #applyOnce(
    tx: Tx,
    event: ContractEvent,
    context: { chainId: bigint; paysIncrementally: boolean; nowMs: bigint },
  ): Promise<boolean> {
    if (event.name === undefined) return true;
    const record = {
      ...event.position,
      chainId: context.chainId,
      contractAddress: this.#parts.contractAddress,
      name: event.name,
      args: event.argsJson,
    };
    const isNew = await insertChainEvent(tx, record, context.nowMs);
    if (!isNew || event.ledgerEvent === undefined) return true;
    await sql`savepoint ledger_event`.execute(tx);
    try {
      await applyEvent(tx, event.ledgerEvent, event.position, context);
      await sql`release savepoint ledger_event`.execute(tx);
      return true;
    } catch (error) {
      if (!isUnapplicable(error)) throw error;
      await sql`rollback to savepoint ledger_event`.execute(tx);
      await quarantineChainEvent(tx, record, (error as Error).message);
      this.#parts.logger.error(
        { err: error, event: event.name, ...event.position, blockNumber: String(event.position.blockNumber) },
        'event of the contract could not be applied and went to quarantine; the ledger needs an operator',
      );
      return false;
    }
  }
}

interface WithdrawalState extends AssetOwner {
  readonly withdrawal: { readonly amount: bigint; readonly requestedAt: bigint } | null;
}

interface Batch {
  readonly events: readonly ContractEvent[];
  readonly payments: readonly FoundPayment[];
  readonly withdrawals: readonly WithdrawalState[];
  readonly next: ChainCursor;
}

const DATA_EXCEPTION = '22';
const CONSTRAINT_VIOLATION = '23';

/** What trying again cannot mend: an event about unknown things, or values that the database's rules refuse. */
function isUnapplicable(error: unknown): boolean {
  if (error instanceof UnapplicableEventError) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.length === 5 && (code.startsWith(DATA_EXCEPTION) || code.startsWith(CONSTRAINT_VIOLATION));
}
