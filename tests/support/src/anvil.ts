import {
  type AnvilOptions,
  type LocalAccount,
  localAccount,
  type Anvil as RunningAnvil,
  startAnvil as startNode,
} from '@fourmica/localnet/anvil';

export type { AnvilOptions, LocalAccount as TestAccount };

/** A running chain with accounts to spend from. */
export interface Anvil extends RunningAnvil {
  /** Ten accounts with 10,000 ETH each, the same in every run. The keys are public knowledge. */
  readonly accounts: readonly LocalAccount[];
}

const ACCOUNT_COUNT = 10;

/** Starts a chain on a free port and waits until it listens. */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const node = await startNode(options);
  return { ...node, accounts: Array.from({ length: ACCOUNT_COUNT }, (_, index) => localAccount(index)) };
}
