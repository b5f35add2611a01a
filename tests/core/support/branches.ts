import { Transaction, toQuantity } from 'ethers';
import type { TestChain } from './chain.js';

/** A block after which the chain may take another way. */
export interface Fork {
  /** Number of the last block that both ways share. */
  readonly block: number;
  /**
   * Abandons everything after the block, lets the chain take another way and makes that one longer.
   *
   * @param act - what happens on the other way.
   */
  abandon(act?: () => Promise<unknown>): Promise<void>;
}

export async function forkHere({ provider }: TestChain): Promise<Fork> {
  const snapshot: string = await provider.send('evm_snapshot', []);
  const block = await provider.getBlockNumber();
  return {
    block,
    abandon: async (act) => {
      const abandoned = await provider.getBlockNumber();
      await provider.send('evm_revert', [snapshot]);
      await act?.();
      const missing = abandoned + 1 - (await provider.getBlockNumber());
      if (missing > 0) await provider.send('anvil_mine', [toQuantity(missing)]);
    },
  };
}

/** Returns a mined transaction as bytes, to be sent on another way. */
export async function rawTransaction({ provider }: TestChain, hash: string): Promise<string> {
  const transaction = await provider.getTransaction(hash);
  if (transaction === null) throw new Error(`no transaction ${hash}`);
  return Transaction.from(transaction).serialized;
}
