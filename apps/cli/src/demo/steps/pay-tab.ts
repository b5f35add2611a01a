import { eth } from '../format.js';
import { eventually, expectEqual } from '../timeline.js';
import type { World } from '../world.js';
import type { PaidTab } from './pay-requests.js';
import { locked } from './refusals.js';

/** The payer pays the tab with an ETH transfer; the core finds it, records it on chain and frees the collateral. */
export async function payTab(world: World, tab: PaidTab): Promise<string> {
  const { payer, recipient } = world;
  const lockedBefore = await locked(world);
  const lastReqId = BigInt(tab.payments.length - 1);
  const receipt = await payer.user.payTab(tab.tabId, lastReqId, tab.totalAmount, recipient.recipient.address);
  const settled = await eventually('the tab to be settled in the core', async () => {
    const found = await payer.rpc.getTab(tab.tabId);
    return found?.settlementStatus === 'SETTLED' ? found : undefined;
  });
  expectEqual('paid amount in the core', settled.paidAmount ?? 0n, tab.totalAmount);
  expectEqual('locked collateral', await locked(world), lockedBefore - tab.totalAmount);
  const onChain = await payer.user.getTabPaymentStatus(tab.tabId);
  expectEqual('paid amount on chain', onChain.paid, tab.totalAmount);
  return `${eth(onChain.paid)} paid in ${receipt.transactionHash.slice(0, 10)}…, recorded on chain, collateral unlocked`;
}
