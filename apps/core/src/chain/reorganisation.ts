import { type Address, FourMicaError } from '@fourmica/core-types';
import type { Provider } from 'ethers';
import { type ChainCursor, removePositionsAfter } from '../store/chain-blocks.js';
import { undoEffectsAfter } from '../store/chain-effects.js';
import { removeChainEventsAfter } from '../store/chain-events.js';
import { removePaymentsAfter } from '../store/payments.js';
import type { Tx } from '../store/schema.js';
import { readBlock } from './blocks.js';

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
  const events = await removeChainEventsAfter(tx, blockNumber);
  await removePositionsAfter(tx, contract, chainId, blockNumber);
  return { effects, events, payments };
}
