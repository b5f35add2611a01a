import { type Address, FourMicaError } from '@fourmica/core-types';
import { type Block, type Log, type Provider, toQuantity } from 'ethers';
import type { Confirmation } from '../config/config.js';
import type { ChainCursor } from '../store/chain-blocks.js';

/** Which blocks are read, and how. */
export interface RangeRequest {
  readonly from: number;
  readonly to: number;
  /** Whether every block is read with its transactions. */
  readonly withTransactions: boolean;
  /**
   * Whether a node that lags behind could lack some of the blocks. Such a node answers a request for the logs of a
   * stretch with those that it has, so that recent logs are asked for by the hash of each block.
   */
  readonly isRecent: boolean;
}

/** A consistent stretch of final blocks. */
export interface BlockRange {
  /** Hash of the block before the stretch. */
  readonly parentHash: string;
  /** The last block of the stretch. */
  readonly to: Block;
  /** The contract's logs in the order of the chain. */
  readonly logs: readonly Log[];
  /** Every block with its transactions, when they were asked for. */
  readonly blocks: readonly Block[];
}

/** The node gives answers that do not fit together, as happens for a moment behind load balancers; to be tried again. */
export class InconsistentChainError extends FourMicaError<'CHAIN_INCONSISTENT', { detail: string }> {
  constructor(detail: string) {
    super('CHAIN_INCONSISTENT', `the Ethereum node's answers do not fit together: ${detail}`, { detail });
  }
}

/** Returns the newest final block, undefined while there is none. */
export async function readFinalBlock(
  provider: Provider,
  confirmation: Confirmation,
): Promise<Block | undefined> {
  if (confirmation.mode !== 'depth') return (await provider.getBlock(confirmation.mode)) ?? undefined;
  const latest = await provider.getBlockNumber();
  if (latest < confirmation.depth) return undefined;
  return (await provider.getBlock(latest - confirmation.depth)) ?? undefined;
}

/** The ledger's position after a block. */
export function positionOf({
  number,
  hash,
  timestamp,
}: Pick<Block, 'number' | 'hash' | 'timestamp'>): ChainCursor {
  if (hash === null) throw new InconsistentChainError(`block ${number} has no hash`);
  return { blockNumber: BigInt(number), blockHash: hash, blockTimestamp: BigInt(timestamp) };
}

const BLOCKS_AT_ONCE = 8;

/**
 * Reads a stretch of blocks and checks that its parts belong to one chain.
 *
 * @throws InconsistentChainError
 */
export async function readRange(
  provider: Provider,
  contract: Address,
  request: RangeRequest,
): Promise<BlockRange> {
  const { withTransactions, isRecent } = request;
  const blocks = withTransactions || isRecent ? await readBlocks(provider, request) : [];
  const to = blocks.at(-1) ?? (await readBlock(provider, request.to, false));
  const first = blocks[0] ?? (await readBlock(provider, request.from, false));
  const logs = isRecent
    ? await readLogsOfBlocks(provider, contract, blocks)
    : await readLogsOfSpan(provider, contract, request);
  await assertLogsOnChain(
    provider,
    logs,
    new Map([...blocks, to].map((block) => [block.number, block.hash])),
  );
  const ordered = [...logs].sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index);
  return { parentHash: first.parentHash, to, logs: ordered, blocks: withTransactions ? blocks : [] };
}

/** Reads one block by number. */
export async function readBlock(
  provider: Provider,
  number: number,
  withTransactions: boolean,
): Promise<Block> {
  const block = await provider.getBlock(number, withTransactions);
  if (block === null || block.hash === null) throw new InconsistentChainError(`block ${number} is missing`);
  return block;
}

async function readBlocks(
  provider: Provider,
  { from, to, withTransactions }: RangeRequest,
): Promise<Block[]> {
  const numbers = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const blocks = await inGroups(numbers, (number) => readBlock(provider, number, withTransactions));
  for (const [i, block] of blocks.entries()) {
    const previous = blocks[i - 1];
    if (previous !== undefined && block.parentHash !== previous.hash) {
      throw new InconsistentChainError(`block ${block.number} does not follow block ${previous.number}`);
    }
  }
  return blocks;
}

async function readLogsOfBlocks(
  provider: Provider,
  contract: Address,
  blocks: readonly Block[],
): Promise<Log[]> {
  const logs = await inGroups(blocks, ({ hash }) =>
    provider.getLogs({ address: contract, ...(hash === null ? {} : { blockHash: hash }) }),
  );
  return logs.flat();
}

const readLogsOfSpan = (provider: Provider, contract: Address, { from, to }: RangeRequest): Promise<Log[]> =>
  provider.getLogs({ address: contract, fromBlock: toQuantity(from), toBlock: toQuantity(to) });

async function inGroups<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let next = 0; next < items.length; next += BLOCKS_AT_ONCE) {
    results.push(...(await Promise.all(items.slice(next, next + BLOCKS_AT_ONCE).map(read))));
  }
  return results;
}

async function assertLogsOnChain(
  provider: Provider,
  logs: readonly Log[],
  hashes: Map<number, string | null>,
): Promise<void> {
  for (const log of logs) {
    if (!hashes.has(log.blockNumber)) {
      hashes.set(log.blockNumber, (await readBlock(provider, log.blockNumber, false)).hash);
    }
    if (hashes.get(log.blockNumber) !== log.blockHash) {
      throw new InconsistentChainError(`log ${log.index} of block ${log.blockNumber} is of another chain`);
    }
  }
}
