import { ETH_ASSET } from '@fourmica/core-types';
import { parseEther } from 'ethers';
import { eth } from '../format.js';
import { eventually, expectEqual } from '../timeline.js';
import type { World } from '../world.js';

/** Collateral that the payer locks, in wei. */
export const DEPOSIT = parseEther('1');

/** The payer locks collateral, and the core sees it once its block is final. */
export async function deposit({ payer, localnet }: World): Promise<string> {
  const receipt = await payer.user.deposit(DEPOSIT);
  const balance = await eventually('the deposit in the core', async () => {
    const found = await payer.rpc.getUserAssetBalance(payer.user.address, ETH_ASSET);
    return found !== null && found.total > 0n ? found : undefined;
  });
  expectEqual('collateral in the core', balance.total, DEPOSIT);
  const onChain = await payer.gateway.collateral(payer.user.address, ETH_ASSET);
  expectEqual('collateral on chain', onChain, DEPOSIT);
  return `${eth(onChain)} locked in ${localnet.contractAddress} (block ${receipt.blockNumber}), seen by the core`;
}
