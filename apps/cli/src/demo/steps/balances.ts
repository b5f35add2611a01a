import { erc20Abi } from '@fourmica/contracts/abi';
import { type Address, ETH_ASSET } from '@fourmica/core-types';
import { Contract, JsonRpcProvider } from 'ethers';
import { DemoStepError } from '../timeline.js';
import type { World } from '../world.js';

/** What an account holds outside the contract, read from the chain, in base units. */
export const heldBy = (world: World, account: Address, asset: Address): Promise<bigint> =>
  withNode(world, (node) =>
    asset === ETH_ASSET
      ? node.getBalance(account)
      : new Contract(asset, erc20Abi, { provider: node }).getFunction('balanceOf').staticCall(account),
  );

/** Fee that the sender of a transaction paid, in wei. */
export const feeOf = (world: World, transactionHash: string): Promise<bigint> =>
  withNode(world, async (node) => {
    const receipt = await node.getTransactionReceipt(transactionHash);
    if (receipt === null) throw new DemoStepError(`a receipt of ${transactionHash}`, 'none');
    return receipt.fee;
  });

async function withNode<T>({ localnet }: World, read: (node: JsonRpcProvider) => Promise<T>): Promise<T> {
  const node = new JsonRpcProvider(localnet.rpcUrl, localnet.chainId, { staticNetwork: true });
  try {
    return await read(node);
  } finally {
    node.destroy();
  }
}
