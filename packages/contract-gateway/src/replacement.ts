import type { Provider, TransactionResponse } from 'ethers';

/** What identifies a transaction beyond its hash, which changes when its fee does. */
export interface TransactionIdentity {
  readonly from: string;
  readonly nonce: number;
  readonly to: string;
  readonly data: string;
  /** Wei. */
  readonly value: bigint;
}

/** Blocks that are searched for the transaction that took a nonce, the newest first. */
const SEARCHED_BLOCKS = 256;

/**
 * Finds the mined transaction that took a nonce.
 *
 * @param sinceBlock - block before which it cannot have been mined.
 * @returns undefined when it is not in the searched blocks.
 */
export async function findByNonce(
  provider: Provider,
  { from, nonce }: Pick<TransactionIdentity, 'from' | 'nonce'>,
  sinceBlock: number,
): Promise<TransactionResponse | undefined> {
  const newest = await provider.getBlockNumber();
  const oldest = Math.max(sinceBlock, newest - SEARCHED_BLOCKS + 1);
  for (let number = newest; number >= oldest; number--) {
    const block = await provider.getBlock(number, true);
    const found = block?.prefetchedTransactions.find(
      (transaction) => transaction.nonce === nonce && isSameAddress(transaction.from, from),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Tells whether a mined transaction does what another one was to do: the same call, at whatever fee. */
export const isSameCall = (mined: TransactionResponse, { to, data, value }: TransactionIdentity): boolean =>
  mined.to !== null && isSameAddress(mined.to, to) && mined.data === data && mined.value === value;

const isSameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
