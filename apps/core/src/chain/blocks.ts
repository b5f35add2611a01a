import { type Address, FourMicaError } from '@fourmica/core-types';
import { type Block, type Log, type Provider, toQuantity } from 'ethers';
import type { Confirmation } from '../config/config.js';

/** A consistent stretch of final blocks. */
export interface BlockRange {
  readonly from: number;
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

/** The chain no longer contains a block that was taken in as final. */
export class ReorganisationError extends FourMicaError<
  'CHAIN_REORGANISED',
  { blockNumber: bigint; expected: string; actual: string }
> {
  constructor(blockNumber: bigint, expected: string, actual: string) {
    super(
      'CHAIN_REORGANISED',
      `block ${blockNumber} was taken in as final with hash ${expected}, now it is ${actual}; the core stops reading the chain and issuing. Check the node, then restore the ledger to before that block`,
      { blockNumber, expected, actual },
    );
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

const BLOCKS_AT_ONCE = 8;

/**
 * Reads a stretch of blocks and checks that its parts belong to one chain.
 *
 * @param withTransactions - whether every block is read with its transactions.
 * @throws InconsistentChainError
 */
export async function readRange(
  provider: Provider,
  contract: Address,
  span: { readonly from: number; readonly to: number },
  withTransactions: boolean,
): Promise<BlockRange> {
  const blocks = withTransactions ? await readBlocks(provider, span) : [];
  const to = blocks.at(-1) ?? (await readBlock(provider, span.to, false));
  const logs = await provider.getLogs({
    address: contract,
    fromBlock: toQuantity(span.from),
    toBlock: toQuantity(span.to),
  });
  await assertLogsOnChain(
    provider,
    logs,
    new Map([...blocks, to].map((block) => [block.number, block.hash])),
  );
  const ordered = [...logs].sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index);
  return { from: span.from, to, logs: ordered, blocks };
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
  span: { readonly from: number; readonly to: number },
): Promise<Block[]> {
  const blocks: Block[] = [];
  for (let next = span.from; next <= span.to; next += BLOCKS_AT_ONCE) {
    const last = Math.min(next + BLOCKS_AT_ONCE - 1, span.to);
    const numbers = Array.from({ length: last - next + 1 }, (_, i) => next + i);
    blocks.push(...(await Promise.all(numbers.map((number) => readBlock(provider, number, true)))));
  }
  for (const [i, block] of blocks.entries()) {
    const previous = blocks[i - 1];
    if (previous !== undefined && block.parentHash !== previous.hash) {
      throw new InconsistentChainError(`block ${block.number} does not follow block ${previous.number}`);
    }
  }
  return blocks;
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
