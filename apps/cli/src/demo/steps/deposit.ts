import { type Address, ETH_ASSET } from '@fourmica/core-types';
import { parseEther, parseUnits } from 'ethers';
import { money } from '../format.js';
import { eventually, expectEqual } from '../timeline.js';
import type { World } from '../world.js';

/** ETH that the payer locks, in wei. */
export const ETH_DEPOSIT = parseEther('1');
/** Tokens that the payer locks, in base units. */
export const TOKEN_DEPOSIT = parseUnits('100', 6);

/** The payer locks ETH, and the core sees it once its block is final. */
export async function depositEth(world: World): Promise<string> {
  const receipt = await world.payer.user.deposit(ETH_DEPOSIT);
  await expectCollateral(world, ETH_ASSET, ETH_DEPOSIT);
  return `${money(ETH_DEPOSIT)} locked in ${world.localnet.contractAddress} (block ${receipt.blockNumber}), seen by the core`;
}

/** The payer approves and locks tokens, and the core sees them. */
export async function depositTokens(world: World): Promise<string> {
  const { payer, localnet } = world;
  await payer.user.approveErc20(localnet.tokens.usdc, TOKEN_DEPOSIT);
  await payer.user.deposit(TOKEN_DEPOSIT, localnet.tokens.usdc);
  await expectCollateral(world, localnet.tokens.usdc, TOKEN_DEPOSIT);
  return `${money(TOKEN_DEPOSIT, localnet.tokens.usdc)} approved and locked, seen by the core`;
}

async function expectCollateral({ payer }: World, asset: Address, expected: bigint): Promise<void> {
  const balance = await eventually('the deposit in the core', async () => {
    const found = await payer.rpc.getUserAssetBalance(payer.user.address, asset);
    return found !== null && found.total > 0n ? found : undefined;
  });
  expectEqual('collateral in the core', balance.total, expected);
  expectEqual('collateral on chain', await payer.gateway.collateral(payer.user.address, asset), expected);
}
