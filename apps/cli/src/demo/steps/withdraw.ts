import type { Address } from '@fourmica/core-types';
import { money } from '../format.js';
import { eventually, expectContractError, expectEqual } from '../timeline.js';
import type { World } from '../world.js';
import { feeOf, heldBy } from './balances.js';

/** The payer asks for the rest of its collateral; from then on the core guarantees nothing with it. */
export async function requestRest(world: World, assets: readonly Address[]): Promise<string> {
  const { payer } = world;
  const requested: string[] = [];
  for (const asset of assets) {
    const rest = await payer.gateway.collateral(payer.user.address, asset);
    await payer.user.requestWithdrawal(rest, asset);
    const balance = await eventually('the withdrawal request in the core', async () => {
      const found = await payer.rpc.getUserAssetBalance(payer.user.address, asset);
      return found?.pendingWithdrawal === rest ? found : undefined;
    });
    expectEqual('free collateral in the core', balance.available ?? -1n, 0n);
    requested.push(money(rest, asset));
  }
  return `${requested.join(' and ')} requested, no longer free for guarantees`;
}

/** After the wait the payer receives the rest. */
export async function finaliseRest(world: World, assets: readonly Address[]): Promise<string> {
  const { payer, localnet } = world;
  const [asset] = assets;
  if (asset !== undefined) {
    await expectContractError('GracePeriodNotElapsed', () => payer.user.finalizeWithdrawal(asset));
  }
  const seconds = Number(localnet.timing.withdrawalGracePeriod);
  await localnet.warp(seconds);
  const received: string[] = [];
  for (const asset of assets) {
    const rest = await payer.gateway.collateral(payer.user.address, asset);
    const before = await heldBy(world, payer.user.address, asset);
    const receipt = await payer.user.finalizeWithdrawal(asset);
    const fee = asset === assets[0] ? await feeOf(world, receipt.transactionHash) : 0n;
    const gained = (await heldBy(world, payer.user.address, asset)) - before + fee;
    expectEqual('received from the withdrawal', gained, rest);
    received.push(money(gained, asset));
  }
  return `too early: GracePeriodNotElapsed; ${seconds} s pass; ${received.join(' and ')} received`;
}
