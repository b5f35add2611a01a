import { type Address, ETH_ASSET, parseAddress } from '@fourmica/core-types';
import { createRequestClaims, LocalAccountSigner, signRequestClaims } from '@fourmica/eip712-claims';
import { localAccount } from '@fourmica/localnet';
import { encodePaymentEnvelope, HEADERS } from '@fourmica/x402';
import { FacilitatorClient } from '@fourmica/x402/server';
import { eth } from '../format.js';
import { EXPENSIVE_PRICE, PREMIUM_PRICE } from '../paid-api.js';
import { DemoStepError, expectEqual } from '../timeline.js';
import type { World } from '../world.js';
import { lastExchange, type PaidTab } from './pay-requests.js';

/** The same payment again: the API answers from its store, the facilitator with the same certificate, nothing is owed. */
export async function repeatPayment(world: World, tab: PaidTab): Promise<string> {
  const { payment } = lastExchange(world);
  const lockedBefore = await locked(world);
  const runsBefore = world.api.handlerRuns();

  const response = await fetch(world.api.premiumUrl, { headers: { [HEADERS.xPayment]: payment.header } });
  expectEqual('status of the repeated request', response.status, 200);
  await response.body?.cancel();
  expectEqual('handler runs', world.api.handlerRuns(), runsBefore);

  const settlement = await facilitatorOf(world).settle(
    paymentFor(world, encodePaymentEnvelope(payment.payload)),
  );
  expectEqual(
    'certificate of the repeated settlement',
    settlement.certificate?.signature ?? 'none',
    tab.payments.at(-1)?.certificate.signature ?? 'none',
  );
  expectEqual('collateral locked for the payer', await locked(world), lockedBefore);
  return `same response, same certificate, still ${eth(lockedBefore)} locked`;
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
    amount: PREMIUM_PRICE,
    timestamp: Math.floor(world.localnet.clock.nowMs() / 1000),
  });
  const asStranger = { ...claims, userAddress: parseAddress(stranger.address) };
  const { signature, scheme } = await signRequestClaims(stranger, { name, version, chainId }, asStranger);
  const verification = await facilitatorOf(world).verify(
    paymentFor(
      world,
      encodePaymentEnvelope({
        x402Version: 1,
        scheme: '4mica-credit',
        network: world.localnet.network,
        payload: { claims, signature, scheme },
      }),
    ),
  );
  expectEqual('verdict on the forged signature', verification.isValid, false);
  return `/verify: ${verification.invalidReason}`;
}

/** A request that costs more than the payer's free collateral. */
export async function exceedCollateral(world: World): Promise<string> {
  const lockedBefore = await locked(world);
  const response = await world.pay(world.api.expensiveUrl);
  expectEqual('status of a payment above the collateral', response.status, 402);
  const { error } = (await response.json()) as { error?: string };
  expectEqual('collateral locked for the payer', await locked(world), lockedBefore);
  return `${eth(EXPENSIVE_PRICE)} refused: ${error}`;
}

/** Collateral that the core has locked for the payer, in wei. */
export async function locked({ payer }: World): Promise<bigint> {
  const balance = await payer.rpc.getUserAssetBalance(payer.user.address, ETH_ASSET);
  if (balance === null) throw new DemoStepError('a balance of the payer', 'none');
  return balance.locked;
}

const facilitatorOf = ({ localnet }: World): FacilitatorClient =>
  new FacilitatorClient({ url: localnet.facilitatorUrl });

const paymentFor = (world: World, paymentPayload: unknown) => ({
  x402Version: 1 as const,
  paymentPayload,
  paymentRequirements: premiumRequirements(world, world.recipient.recipient.address),
});

const premiumRequirements = ({ api, localnet }: World, payTo: Address) => ({
  scheme: '4mica-credit',
  network: localnet.network,
  maxAmountRequired: PREMIUM_PRICE.toString(),
  resource: api.premiumUrl,
  description: 'Premium data',
  mimeType: 'application/json',
  payTo,
  maxTimeoutSeconds: 300,
  asset: ETH_ASSET,
  extra: { tabEndpoint: new URL('/x402/tab', api.premiumUrl).href },
});
