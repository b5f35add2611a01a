import { type Address, FourMicaError } from '@fourmica/core-types';
import type { Provider } from 'ethers';
import { refusal } from '../domain/refusal.js';
import { type ChainCursor, insertPosition, removePositionsAfter } from '../store/chain-blocks.js';
import { undoEffectsAfter } from '../store/chain-effects.js';
import { countEventsFrom, insertChainEvent, removeChainEventsAfter } from '../store/chain-events.js';
import { findCountedPaymentAfter, movePayment, removePaymentsAfter } from '../store/payments.js';
import type { Tx } from '../store/schema.js';
import { readBlock } from './blocks.js';
import type { MinedAgain } from './mined-again.js';

/** The chain was reorganised below every block that the ledger can go back to. */
export class ReorganisationError extends FourMicaError<
  'CHAIN_REORGANISED',
  { blockNumber: bigint; expected: string; actual: string }
> {
  constructor(blockNumber: bigint, expected: string, actual: string) {
    super(
      'CHAIN_REORGANISED',
      `block ${blockNumber} was taken in as final with hash ${expected}, now it is ${actual}, and the ledger does not go back further; the core stops issuing. Check that the Ethereum node follows the right chain`,
      { blockNumber, expected, actual },
    );
  }
}

/**
 * Finds the newest position that is still on chain. Positions above the node's newest final block are passed over,
 * because a node that lags behind says nothing about blocks it does not have.
 *
 * @param positions - newest first.
 * @returns undefined while no block of the ledger is known to be abandoned.
 * @throws ReorganisationError when all of them are abandoned.
 */
export async function findForkPoint(
  provider: Provider,
  positions: readonly ChainCursor[],
  finalBlock: number,
): Promise<ChainCursor | undefined> {
  let abandoned: { readonly position: ChainCursor; readonly actual: string } | undefined;
  for (const position of positions) {
    if (position.blockNumber > BigInt(finalBlock)) continue;
    const { hash } = await readBlock(provider, Number(position.blockNumber), false);
    if (hash === position.blockHash) return abandoned && position;
    abandoned = { position, actual: String(hash) };
  }
  if (abandoned === undefined) return undefined;
  const { position, actual } = abandoned;
  throw new ReorganisationError(position.blockNumber, position.blockHash, actual);
}

/** What was taken back. */
export interface UndoneBlocks {
  readonly effects: number;
  readonly events: number;
  readonly payments: number;
}

/** Takes back everything that the blocks after a position did to the ledger, and moves the ledger to that position. */
export async function undoBlocksAfter(
  tx: Tx,
  contract: Address,
  chainId: bigint,
  position: ChainCursor,
  nowMs: bigint,
): Promise<UndoneBlocks> {
  const { blockNumber } = position;
  const effects = await undoEffectsAfter(tx, blockNumber, nowMs);
  const payments = await removePaymentsAfter(tx, blockNumber, nowMs);
  const events = await removeChainEventsAfter(tx, blockNumber, blockNumber);
  await removePositionsAfter(tx, contract, chainId, blockNumber);
  return { effects, events, payments };
}

/** How the ledger gets to a branch that parts from the old one below every block that it can go back to. */
export interface BranchChange {
  /** The last block that both branches share. */
  readonly forkBlock: bigint;
  /** What counts from a block after this one on can be taken back, the rest cannot. */
  readonly undoneAfter: bigint;
  readonly minedAgain: MinedAgain;
  /** Where the ledger stands afterwards: a block of the new branch, not below anything that is kept. */
  readonly position: ChainCursor;
}

/**
 * Moves the ledger to another branch: takes back what can be taken back, and moves to its new place what was mined again.
 * That keeps its effects; the ledger will not go back behind the new position, where it could lose the events without them.
 *
 * @throws RefusalError when a payment counts whose record is on the new branch, and itself is not.
 */
export async function changeBranch(
  tx: Tx,
  contract: Address,
  chainId: bigint,
  { forkBlock, undoneAfter, minedAgain, position }: BranchChange,
  nowMs: bigint,
): Promise<UndoneBlocks> {
  const effects = await undoEffectsAfter(tx, undoneAfter, nowMs);
  const keptPayments = minedAgain.payments.map(({ payment }) => payment.payment_id);
  const lost = await findCountedPaymentAfter(tx, forkBlock, keptPayments);
  if (lost !== undefined) {
    throw refusal(
      'REPAIR_REFUSED',
      `not on the new branch up to block ${position.blockNumber}, but recorded there: the payment of tab ${lost.tab_id} in transaction ${lost.tx_hash}. Wait until it is mined there, or have it sent again`,
    );
  }
  const payments = await removePaymentsAfter(tx, forkBlock, nowMs, keptPayments);
  for (const moved of minedAgain.payments) await movePayment(tx, moved, nowMs);
  const removed = await removeChainEventsAfter(tx, forkBlock, undoneAfter);
  for (const event of minedAgain.events) await insertChainEvent(tx, event, position.blockNumber, nowMs);
  await countEventsFrom(tx, position.blockNumber);
  await removePositionsAfter(tx, contract, chainId, forkBlock);
  await insertPosition(tx, contract, chainId, position, nowMs);
  return { effects, events: removed - minedAgain.events.length, payments };
}
