import { type Address, ETH_ASSET, parseAddress } from '@fourmica/core-types';
import { createRequestClaims, LocalAccountSigner, signRequestClaims } from '@fourmica/eip712-claims';
import { localAccount } from '@fourmica/localnet';
import { encodePaymentEnvelope, HEADERS } from '@fourmica/x402';
import { FacilitatorClient } from '@fourmica/x402/server';
import { money } from '../format.js';
import { PRICES } from '../paid-api.js';
import { DemoStepError, expectEqual } from '../timeline.js';
import type { World } from '../world.js';
import { lastExchange, newestPayment, type PaidTab } from './pay-requests.js';

/** The same payment again: the API answers from its store, the facilitator with the same certificate, nothing is owed. */
export async function repeatPayment(world: World, tab: PaidTab): Promise<string> {
  const { payment } = lastExchange(world);
  const lockedBefore = await lockedCollateral(world, tab.asset);
  const runsBefore = world.api.handlerRuns();

  const response = await fetch(world.api.urlOf('premium'), {
    headers: { [HEADERS.xPayment]: payment.header },
  });
  expectEqual('status of the repeated request', response.status, 200);
  await response.body?.cancel();
  expectEqual('handler runs', world.api.handlerRuns(), runsBefore);

  const settlement = await facilitatorOf(world).settle(
    paymentFor(world, encodePaymentEnvelope(payment.payload)),
  );
  expectEqual(
    'certificate of the repeated settlement',
    settlement.certificate?.signature ?? 'none',
    newestPayment(tab.payments).certificate.signature,
  );
  expectEqual('collateral locked for the payer', await lockedCollateral(world, tab.asset), lockedBefore);
  return `same response, same certificate, still ${money(lockedBefore)} locked`;
}

/** Claims of the payer, signed by somebody else. */
export async function forgeSignature(world: World, tab: PaidTab): Promise<string> {
  const stranger = new LocalAccountSigner(localAccount(9).privateKey);
  const { eip712Name: name, eip712Version: version, chainId } = world.payer.params;
  const claims = createRequestClaims({
    userAddress: world.payer.user.address,
    recipientAddress: world.recipient.recipient.address,
    tabId: tab.tabId,
    reqId: BigInt(tab.payments.length),
    amount: PRICES.premium,
    timestamp: Math.floor(world.localnet.clock.nowMs() / 1000),
  });
  const asStranger = { ...claims, userAddress: parseAddress(stranger.address) };
  const { signature, scheme } = await signRequestClaims(stranger, { name, version, chainId }, asStranger);
  const envelope = encodePaymentEnvelope({
    x402Version: 1,
    scheme: '4mica-credit',
    network: world.localnet.network,
    payload: { claims, signature, scheme },
  });
  const verification = await facilitatorOf(world).verify(paymentFor(world, envelope));
  expectEqual('verdict on the forged signature', verification.isValid, false);
  expectEqual('reason', verification.invalidReason ?? 'none', 'Invalid signature');
  return `/verify: ${verification.invalidReason}`;
}

/** A request that costs more than the payer's free collateral. */
export async function exceedCollateral(world: World): Promise<string> {
  const lockedBefore = await lockedCollateral(world, ETH_ASSET);
  const response = await world.pay(world.api.urlOf('expensive'));
  expectEqual('status of a payment above the collateral', response.status, 402);
  const { error } = (await response.json()) as { error?: string };
  expectEqual('collateral locked for the payer', await lockedCollateral(world, ETH_ASSET), lockedBefore);
  return `${money(PRICES.expensive)} refused: ${error}`;
}

/** Collateral that the core has locked for the payer, in base units. */
export async function lockedCollateral({ payer }: World, asset: Address): Promise<bigint> {
  const balance = await payer.rpc.getUserAssetBalance(payer.user.address, asset);
  if (balance === null) throw new DemoStepError('a balance of the payer', 'none');
  return balance.locked;
}

const facilitatorOf = ({ localnet }: World): FacilitatorClient =>
  new FacilitatorClient({ url: localnet.facilitatorUrl });

const paymentFor = ({ api, localnet, recipient }: World, paymentPayload: unknown) => ({
  x402Version: 1 as const,
  paymentPayload,
  paymentRequirements: {
    scheme: '4mica-credit',
    network: localnet.network,
    maxAmountRequired: PRICES.premium.toString(),
    resource: api.urlOf('premium'),
    description: 'premium',
    mimeType: 'application/json',
    payTo: recipient.recipient.address,
    maxTimeoutSeconds: 300,
    asset: ETH_ASSET,
    extra: { tabEndpoint: new URL('/x402/tab', api.urlOf('premium')).href },
  },
});
