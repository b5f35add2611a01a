import { loadBls } from '@fourmica/bls-cert';
import { type Address, ETH_ASSET, type Hex } from '@fourmica/core-types';
import { money } from '../format.js';
import type { ReportedRemuneration } from '../report.js';
import { DemoStepError, eventually, expectContractError, expectEqual } from '../timeline.js';
import { answerJobValidation, MIN_SCORE, requestJobValidation } from '../validation.js';
import type { World } from '../world.js';
import { feeOf, heldBy } from './balances.js';
import { newestPayment, type PaidTab } from './pay-requests.js';

/** Time passes until the certificates can be claimed. */
export async function openWindow({ localnet, recipient }: World, tab: PaidTab): Promise<string> {
  const { certificate } = newestPayment(tab.payments);
  await expectContractError('TabNotYetOverdue', () => recipient.recipient.remunerate(certificate));
  const seconds = Number(localnet.timing.remunerationGracePeriod);
  await localnet.warp(seconds);
  return `claimed too early: TabNotYetOverdue; ${seconds} s pass`;
}

/** A version 2 guarantee can be claimed only when the validator's answer is there and good enough. */
export async function claimValidated(world: World, tab: PaidTab): Promise<string> {
  const { localnet, recipient } = world;
  const { certificate, claims } = newestPayment(tab.payments);
  if (claims.version !== 2) throw new DemoStepError('a version 2 certificate', `version ${claims.version}`);
  const claim = () => recipient.recipient.remunerate(certificate);
  await requestJobValidation(localnet, claims.validationRequestHash);
  await expectContractError('ValidationPending', claim);
  await answerJobValidation(localnet, claims.validationRequestHash, MIN_SCORE - 1);
  await expectContractError('ValidationScoreTooLow', claim);
  await answerJobValidation(localnet, claims.validationRequestHash, MIN_SCORE);

  const before = await heldBy(world, claims.recipientAddress, tab.asset);
  await claim();
  const received = (await heldBy(world, claims.recipientAddress, tab.asset)) - before;
  expectEqual('received for the validated work', received, tab.totalAmount);
  await expectRemunerated(world, tab);
  return `pending: refused; score ${MIN_SCORE - 1}: refused; score ${MIN_SCORE}: recipient receives ${money(received, tab.asset)}`;
}

/** The payer submits its first, small certificate against itself, to close the tab cheaply. */
export async function closeTabCheaply(world: World, tab: PaidTab): Promise<string> {
  const { payer, recipient } = world;
  const [first] = tab.payments;
  if (first === undefined) throw new DemoStepError('a first certificate', 'none');
  const before = await heldBy(world, recipient.recipient.address, ETH_ASSET);
  const words = (await loadBls()).signatureToWords(first.certificate.signature);
  await payer.gateway.remunerate(first.certificate.claims, words);
  const received = (await heldBy(world, recipient.recipient.address, ETH_ASSET)) - before;
  expectEqual('received for the first certificate', received, first.claims.totalAmount);
  return `payer submits certificate 0: recipient receives ${money(received)}, the tab is marked remunerated`;
}

/** The recipient claims with the newest certificate and receives the rest; a further claim is refused. */
export async function claimRest(world: World, tab: PaidTab): Promise<[string, ReportedRemuneration]> {
  const { recipient, payer } = world;
  const { certificate, claims } = newestPayment(tab.payments);
  const address = recipient.recipient.address;
  const alreadyReceived = await payer.gateway.remuneratedAmount(tab.tabId);
  const before = await heldBy(world, address, ETH_ASSET);
  const receipt = await recipient.recipient.remunerate(certificate);
  const after = await heldBy(world, address, ETH_ASSET);
  const fee = await feeOf(world, receipt.transactionHash);

  const amount = await payer.gateway.remuneratedAmount(tab.tabId);
  const recipientDelta = alreadyReceived + (after - before + fee);
  expectEqual('sum of both remunerations on chain', amount, tab.totalAmount);
  expectEqual('sum that the recipient received', recipientDelta, tab.totalAmount);
  await expectContractError('TabPreviouslyRemunerated', () => recipient.recipient.remunerate(certificate));
  await expectRemunerated(world, tab);
  return [
    `recipient receives ${money(amount - alreadyReceived)} more, ${money(amount)} in sum; once more: TabPreviouslyRemunerated`,
    {
      tabId: tab.tabId.toString(),
      asset: claims.assetAddress,
      amount: amount.toString(),
      recipientDelta: recipientDelta.toString(),
      txHash: receipt.transactionHash as Hex,
      gasUsed: receipt.gasUsed.toString(),
    },
  ];
}

/** Contract and core agree on what is left of the collateral, and nothing is locked any more. */
export async function compareLedgers(
  { payer }: World,
  assets: readonly (readonly [Address, bigint])[],
): Promise<string> {
  const left: string[] = [];
  for (const [asset, expected] of assets) {
    const onChain = await payer.gateway.collateral(payer.user.address, asset);
    expectEqual('collateral on chain', onChain, expected);
    const balance = await eventually('the same collateral in the core', async () => {
      const found = await payer.rpc.getUserAssetBalance(payer.user.address, asset);
      return found?.total === onChain ? found : undefined;
    });
    expectEqual('locked collateral', balance.locked, 0n);
    left.push(money(onChain, asset));
  }
  return `${left.join(' and ')} left in contract and core, nothing locked`;
}

async function expectRemunerated({ recipient }: World, tab: PaidTab): Promise<void> {
  const remunerated = await eventually('the remuneration in the core', async () => {
    const found = await recipient.rpc.getTab(tab.tabId);
    return found?.remuneratedAmount === tab.totalAmount ? found : undefined;
  });
  expectEqual('settlement status in the core', remunerated.settlementStatus, 'REMUNERATED');
}
