import { loadBls } from '@fourmica/bls-cert';
import { ContractError } from '@fourmica/contract-gateway';
import { ETH_ASSET, type Hex } from '@fourmica/core-types';
import { JsonRpcProvider } from 'ethers';
import type { CertifiedPayment } from '../certified-payments.js';
import { eth } from '../format.js';
import type { ReportedRemuneration } from '../report.js';
import { DemoStepError, eventually, expectEqual } from '../timeline.js';
import type { World } from '../world.js';
import type { PaidTab } from './pay-requests.js';

/** Time passes until the newest certificate of the unpaid tab can be claimed, and not longer. */
export async function openWindow(world: World, tab: PaidTab): Promise<string> {
  const { localnet, recipient } = world;
  const newest = newestOf(tab);
  await expectContractError('TabNotYetOverdue', () => recipient.recipient.remunerate(newest.certificate));
  const seconds = Number(localnet.timing.remunerationGracePeriod);
  await localnet.warp(seconds);
  return `claimed too early: TabNotYetOverdue; ${seconds} s pass`;
}

/** The payer submits its first, small certificate against itself, to close the tab cheaply. */
export async function closeTabCheaply(world: World, tab: PaidTab): Promise<string> {
  const { payer, recipient } = world;
  const [first] = tab.payments;
  if (first === undefined) throw new DemoStepError('a first certificate', 'none');
  const before = await balanceOf(world, recipient.recipient.address);
  const words = (await loadBls()).signatureToWords(first.certificate.signature);
  await payer.gateway.remunerate(first.certificate.claims, words);
  const received = (await balanceOf(world, recipient.recipient.address)) - before;
  expectEqual('received for the first certificate', received, first.claims.totalAmount);
  return `payer submits certificate 0: recipient receives ${eth(received)}, the tab is marked remunerated`;
}

/** The recipient claims with the newest certificate and receives the rest; a further claim is refused. */
export async function claimRest(world: World, tab: PaidTab): Promise<[string, ReportedRemuneration]> {
  const { recipient, payer } = world;
  const newest = newestOf(tab);
  const address = recipient.recipient.address;
  const alreadyReceived = await payer.gateway.remuneratedAmount(tab.tabId);
  const before = await balanceOf(world, address);
  const receipt = await recipient.recipient.remunerate(newest.certificate);
  const after = await balanceOf(world, address);
  const fee = await feeOf(world, receipt.transactionHash);

  const amount = await payer.gateway.remuneratedAmount(tab.tabId);
  const recipientDelta = alreadyReceived + (after - before + fee);
  expectEqual('sum of both remunerations on chain', amount, tab.totalAmount);
  expectEqual('sum that the recipient received', recipientDelta, tab.totalAmount);
  await expectContractError('TabPreviouslyRemunerated', () =>
    recipient.recipient.remunerate(newest.certificate),
  );

  const remunerated = await eventually('the remuneration in the core', async () => {
    const found = await recipient.rpc.getTab(tab.tabId);
    return found?.remuneratedAmount === tab.totalAmount ? found : undefined;
  });
  expectEqual('settlement status in the core', remunerated.settlementStatus, 'REMUNERATED');
  return [
    `recipient receives ${eth(amount - alreadyReceived)} more, ${eth(amount)} in sum; once more: TabPreviouslyRemunerated`,
    {
      tabId: tab.tabId.toString(),
      asset: newest.claims.assetAddress,
      amount: amount.toString(),
      recipientDelta: recipientDelta.toString(),
      txHash: receipt.transactionHash as Hex,
      gasUsed: receipt.gasUsed.toString(),
    },
  ];
}

/** Contract and core agree on what is left of the collateral, and nothing is locked any more. */
export async function compareLedgers({ payer }: World, expected: bigint): Promise<string> {
  const onChain = await payer.gateway.collateral(payer.user.address, ETH_ASSET);
  expectEqual('collateral on chain', onChain, expected);
  const balance = await eventually('the same collateral in the core', async () => {
    const found = await payer.rpc.getUserAssetBalance(payer.user.address, ETH_ASSET);
    return found?.total === onChain ? found : undefined;
  });
  expectEqual('locked collateral', balance.locked, 0n);
  return `${eth(onChain)} collateral left in contract and core, nothing locked`;
}

function newestOf({ payments }: PaidTab): CertifiedPayment {
  const newest = payments.at(-1);
  if (newest === undefined) throw new DemoStepError('a newest certificate', 'none');
  return newest;
}

async function expectContractError(errorName: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof ContractError && error.errorName === errorName) return;
    throw error;
  }
  throw new DemoStepError(`the revert ${errorName}`, 'success');
}

async function withNode<T>({ localnet }: World, read: (node: JsonRpcProvider) => Promise<T>): Promise<T> {
  const node = new JsonRpcProvider(localnet.rpcUrl, localnet.chainId, { staticNetwork: true });
  try {
    return await read(node);
  } finally {
    node.destroy();
  }
}

const balanceOf = (world: World, address: string): Promise<bigint> =>
  withNode(world, (node) => node.getBalance(address));

const feeOf = (world: World, transactionHash: string): Promise<bigint> =>
  withNode(world, async (node) => {
    const receipt = await node.getTransactionReceipt(transactionHash);
    if (receipt === null) throw new DemoStepError('a receipt of the remuneration', 'none');
    return receipt.fee;
  });
