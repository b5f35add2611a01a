import {
  type Address,
  ETH_ASSET,
  type RequestClaims,
  type SignedClaims,
  type UintLike,
} from '@fourmica/core-types';
import { createRequestClaims, LocalAccountSigner, signRequestClaims } from '@fourmica/eip712-claims';
import { AuthSession, CoreClient } from '@fourmica/rpc-client';
import {
  encodePaymentEnvelope,
  encodePaymentHeader,
  type PaymentEnvelopeV1,
  type PaymentRequirementsV1,
} from '@fourmica/x402';
import { createPayer, type Payer as X402Payer } from '@fourmica/x402/client';
import { post, until } from './http.js';
import { DOMAIN, NETWORK, type TestNetwork } from './network.js';

export const RECIPIENT = '0xabCDEF1234567890ABcDEF1234567890aBCDeF12' as Address;
export const PRICE = 1_000n;

/** A payer with collateral. */
export interface TestPayer {
  readonly address: Address;
  readonly privateKey: string;
  readonly signer: LocalAccountSigner;
  readonly x402: X402Payer;
}

const sessionOf = (network: TestNetwork, signer: LocalAccountSigner): AuthSession =>
  new AuthSession({ authUrl: network.coreUrl, signer, clock: network.clock });

export async function payerWithCollateral(network: TestNetwork, wei: bigint): Promise<TestPayer> {
  const { privateKey } = await network.fundedWallet();
  const signer = new LocalAccountSigner(privateKey);
  await (await network.gatewayOf(privateKey)).deposit(wei);
  const session = network.isLoginRequired ? sessionOf(network, signer) : undefined;
  const core = new CoreClient({ baseUrl: network.coreUrl, session });
  await until(
    () => core.getUserAssetBalance(signer.address, ETH_ASSET),
    (balance) => balance?.total === wei,
    'the deposit in the core',
  );
  return { address: signer.address, privateKey, signer, x402: createPayer(signer, DOMAIN) };
}

export const requirementsV1 = (more: Partial<PaymentRequirementsV1> = {}): PaymentRequirementsV1 => ({
  scheme: '4mica-credit',
  network: NETWORK,
  maxAmountRequired: PRICE.toString(),
  resource: 'https://api.example/premium',
  description: '',
  mimeType: 'application/json',
  payTo: RECIPIENT,
  maxTimeoutSeconds: 300,
  asset: ETH_ASSET,
  extra: { tabEndpoint: 'https://api.example/x402/tab' },
  ...more,
});

/** Asks a facilitator for the payer's tab. */
export async function openTab(facilitatorUrl: string, payer: TestPayer): Promise<Record<string, string>> {
  const { status, body } = await post(`${facilitatorUrl}/tabs`, {
    userAddress: payer.address,
    recipientAddress: RECIPIENT,
    network: NETWORK,
  });
  if (status !== 200) throw new Error(`no tab: ${status} ${JSON.stringify(body)}`);
  return body as Record<string, string>;
}

export interface ClaimParts {
  readonly tabId: UintLike;
  readonly reqId: UintLike;
  readonly amount?: UintLike;
  readonly timestamp?: UintLike;
}

export const claimsOf = (payer: TestPayer, parts: ClaimParts): RequestClaims =>
  createRequestClaims({
    userAddress: payer.address,
    recipientAddress: RECIPIENT,
    tabId: parts.tabId,
    reqId: parts.reqId,
    amount: parts.amount ?? PRICE,
    timestamp: parts.timestamp ?? Math.floor(Date.now() / 1000),
  });

export async function signedBy(payer: TestPayer, claims: RequestClaims): Promise<SignedClaims> {
  return { claims, ...(await signRequestClaims(payer.signer, DOMAIN, claims)) };
}

export const envelopeOf = (payload: SignedClaims): PaymentEnvelopeV1 => ({
  x402Version: 1,
  scheme: '4mica-credit',
  network: NETWORK,
  payload,
});

/** The body of `/verify` and `/settle`. */
export const bodyOf = (payload: SignedClaims, requirements: PaymentRequirementsV1 = requirementsV1()) => ({
  x402Version: 1,
  paymentPayload: encodePaymentEnvelope(envelopeOf(payload)),
  paymentRequirements: requirements,
});

export const headerOf = (payload: SignedClaims): string => encodePaymentHeader(envelopeOf(payload));
