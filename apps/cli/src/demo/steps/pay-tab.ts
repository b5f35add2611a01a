import { ETH_ASSET } from '@fourmica/core-types';
import { money } from '../format.js';
import { eventually, expectEqual } from '../timeline.js';
import type { World } from '../world.js';
import type { PaidTab } from './pay-requests.js';
import { lockedCollateral } from './refusals.js';

/** The payer pays a tab on chain; the core finds the payment, records it and frees the collateral. */
export async function payTab(world: World, tab: PaidTab): Promise<string> {
  const { payer } = world;
  const lockedBefore = await lockedCollateral(world, tab.asset);
  if (tab.asset !== ETH_ASSET) await payer.user.approveErc20(tab.asset, tab.totalAmount);
  const receipt = await payer.user.payTab({ tabId: tab.tabId });
  const settled = await eventually('the tab to be settled in the core', async () => {
    const found = await payer.rpc.getTab(tab.tabId);
    return found?.settlementStatus === 'SETTLED' ? found : undefined;
  });
  expectEqual('paid amount in the core', settled.paidAmount ?? 0n, tab.totalAmount);
  expectEqual('locked collateral', await lockedCollateral(world, tab.asset), lockedBefore - tab.totalAmount);
  const onChain = await payer.user.getTabPaymentStatus(tab.tabId);
  expectEqual('paid amount on chain', onChain.paid, tab.totalAmount);
  const transaction = `${receipt.transactionHash.slice(0, 10)}…`;
  return `${money(onChain.paid, tab.asset)} paid in ${transaction}, recorded on chain, collateral unlocked`;
}
