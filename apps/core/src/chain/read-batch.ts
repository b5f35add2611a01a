import type { Address } from '@fourmica/core-types';
import type { Provider } from 'ethers';
import type { ChainCursor } from '../store/chain-blocks.js';
import type { Queries } from '../store/schema.js';
import { findTabs } from '../store/tabs.js';
import type { Batch } from './batch.js';
import type { BlockRange } from './blocks.js';
import { decodeContractEvent } from './contract-event.js';
import { confirmTransfers, memoTransfersOf } from './eth-payments.js';
import { readPayersOfUnknownTabs } from './unknown-remuneration.js';
import { readWithdrawals } from './withdrawal-reader.js';

export interface BatchSource {
  readonly db: Queries;
  readonly provider: Provider;
  readonly contractAddress: Address;
}

/** Where a batch leads. */
export interface BatchFrame {
  readonly previous: ChainCursor;
  readonly next: ChainCursor;
  readonly finalBlock: number;
  /** See {@link Batch.isLate}. */
  readonly isLate: boolean;
}

/** Blocks whose transactions are held in memory at once. */
export const BLOCKS_WITH_TRANSACTIONS = 64;

/** Reads what the blocks of a stretch bring. */
export async function readBatch(
  { db, provider, contractAddress }: BatchSource,
  range: BlockRange,
  { previous, next, finalBlock, isLate }: BatchFrame,
): Promise<Batch> {
  const events = range.logs.map(decodeContractEvent);
  const transfers = range.blocks.flatMap(memoTransfersOf);
  const unknownPayers = await readPayersOfUnknownTabs(db, provider, contractAddress, events);
  const tabs = await findTabs(db, [...new Set(transfers.map(({ memo }) => memo.tabId))]);
  const known = { endOfStretch: Number(next.blockNumber), finalBlock, unknownPayers, isLate };
  return {
    previous,
    next,
    events,
    payments: await confirmTransfers(provider, transfers, tabs),
    withdrawals: await readWithdrawals(db, provider, contractAddress, events, known),
    unknownPayers,
    isLate,
  };
}
