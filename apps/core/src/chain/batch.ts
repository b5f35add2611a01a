import type { Address } from '@fourmica/core-types';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { ChainCursor } from '../store/chain-blocks.js';
import { applyEffect } from '../store/chain-effects.js';
import {
  type ChainEventRecord,
  insertChainEvent,
  listEarlyPaymentRecords,
  quarantineChainEvent,
  releaseChainEvent,
} from '../store/chain-events.js';
import { type FoundPayment, insertPayment } from '../store/payments.js';
import type { Tx } from '../store/schema.js';
import { type ApplyContext, applyEvent, UnapplicableEventError } from './apply-event.js';
import { type ContractEvent, type LedgerEvent, ledgerEventOfRecord } from './contract-event.js';
import type { WithdrawalState } from './withdrawal-reader.js';

/** What a stretch of final blocks brings. */
export interface Batch {
  /** The ledger's position before the stretch. */
  readonly previous: ChainCursor;
  /** The ledger's position after the stretch. */
  readonly next: ChainCursor;
  readonly events: readonly ContractEvent[];
  /** Payments in ETH; those in tokens are events. */
  readonly payments: readonly FoundPayment[];
  readonly withdrawals: readonly WithdrawalState[];
  /** See {@link ApplyContext}. */
  readonly unknownPayers: ReadonlyMap<bigint, Address>;
  /** Whether the ledger has passed these blocks: what it missed there counts from the end of the ledger on. */
  readonly isLate: boolean;
}

/** What was new in a batch. */
export interface AppliedBatch {
  readonly events: number;
  readonly payments: number;
  /** Events that went to quarantine. */
  readonly quarantined: number;
}

/** What applying a batch needs to know besides the batch. */
export interface BatchContext extends ApplyContext {
  readonly contractAddress: Address;
  readonly logger: Logger;
}

/** Takes a stretch of blocks into the ledger; what it already holds is left alone. */
export async function applyBatch(tx: Tx, batch: Batch, context: BatchContext): Promise<AppliedBatch> {
  for (const [tabId, user] of context.unknownPayers) {
    context.logger.fatal(
      { tabId: String(tabId), user },
      'collateral was claimed with a genuine certificate that this ledger never issued; if no older copy of the ledger was restored, the BLS key is in other hands',
    );
  }
  const result = { events: 0, payments: 0, quarantined: 0 };
  for (const payment of batch.payments) {
    if (await insertPayment(tx, payment, context.nowMs)) result.payments++;
  }
  const blockNumber = batch.next.blockNumber;
  for (const event of batch.events) {
    const atBlock = batch.isLate ? blockNumber : event.position.blockNumber;
    const outcome = await applyOnce(tx, event, atBlock, context);
    if (outcome !== 'known') result.events++;
    if (outcome === 'quarantined') result.quarantined++;
  }
  for (const { user, asset, withdrawal } of batch.withdrawals) {
    await applyEffect(tx, { user, asset, blockNumber, withdrawal }, context.nowMs);
  }
  for (const record of await listEarlyPaymentRecords(tx)) {
    await retryQuarantined(tx, record, blockNumber, context);
  }
  return result;
}

async function applyOnce(
  tx: Tx,
  event: ContractEvent,
  atBlock: bigint,
  context: BatchContext,
): Promise<'known' | 'applied' | 'quarantined'> {
  if (event.name === undefined) return 'known';
  const { position } = event;
  const { chainId, contractAddress, nowMs, logger } = context;
  const record = { ...position, chainId, contractAddress, name: event.name, args: event.argsJson };
  if (!(await insertChainEvent(tx, record, atBlock, nowMs))) return 'known';
  if (event.ledgerEvent === undefined) return 'applied';
  const failure = await tryToApply(tx, event.ledgerEvent, record, atBlock, context);
  if (failure === undefined) return 'applied';
  await quarantineChainEvent(tx, record, failure.message);
  logger.error(
    { err: failure, event: event.name, ...position, blockNumber: String(position.blockNumber) },
    'event of the contract could not be applied and went to quarantine; the ledger needs an operator',
  );
  return 'quarantined';
}

/**
 * Applies an event of the quarantine, if that is possible now.
 *
 * @param atBlock - the block at which its effects count from now on: they go when that block is abandoned.
 * @returns whether it was applied.
 */
export async function retryQuarantined(
  tx: Tx,
  record: ChainEventRecord,
  atBlock: bigint,
  context: BatchContext,
): Promise<boolean> {
  const event = ledgerEventOfRecord(record);
  const failure = event && (await tryToApply(tx, event, record, atBlock, context));
  if (failure !== undefined) {
    await quarantineChainEvent(tx, record, failure.message);
    return false;
  }
  await releaseChainEvent(tx, record, atBlock);
  context.logger.info({ event: record.name, txHash: record.txHash }, 'event of the quarantine was applied');
  return true;
}

/** Returns why an event cannot be applied, undefined when it was; what it had changed before it failed is taken back. */
async function tryToApply(
  tx: Tx,
  event: LedgerEvent,
  record: ChainEventRecord,
  appliedAtBlock: bigint,
  context: BatchContext,
): Promise<Error | undefined> {
  await sql`savepoint ledger_event`.execute(tx);
  try {
    await applyEvent(tx, event, { ...record, appliedAtBlock }, context);
    await sql`release savepoint ledger_event`.execute(tx);
    return undefined;
  } catch (error) {
    if (!isUnapplicable(error)) throw error;
    await sql`rollback to savepoint ledger_event`.execute(tx);
    return error;
  }
}

const DATA_EXCEPTION = '22';
const CONSTRAINT_VIOLATION = '23';

/** What trying again cannot mend: an event about unknown things, or values that the database's rules refuse. */
function isUnapplicable(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error instanceof UnapplicableEventError) return true;
  const code = 'code' in error ? String(error.code) : '';
  return code.length === 5 && (code.startsWith(DATA_EXCEPTION) || code.startsWith(CONSTRAINT_VIOLATION));
}
