import { deployTestValidationRegistry } from '@fourmica/contracts';
import { type Address, ETH_ASSET, parseAddress, type RequestClaims } from '@fourmica/core-types';
import { createRequestClaims, createValidatedRequestClaims } from '@fourmica/eip712-claims';
import { CoreClient } from '@fourmica/rpc-client';
import {
  decodeHeader,
  encodePaymentEnvelope,
  type PaymentRequirementsV2,
  parsePaymentEnvelope,
  readReceipt,
  X402PaymentRequired,
} from '@fourmica/x402';
import { type PaidExchange, payingFetch } from '@fourmica/x402/client';
import { MemoryCertificateStore } from '@fourmica/x402/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, post } from './support/http.js';
import { CHAIN_ID, NETWORK, startNetwork, type TestNetwork } from './support/network.js';
import { type PaidApi, priced, startPaidApi } from './support/paid-api.js';
import { PRICE, payerWithCollateral, RECIPIENT, signedBy, type TestPayer } from './support/payer.js';

const JOB_HASH = `0x${'44'.repeat(32)}`;
const VALIDATOR = parseAddress(`0x${'22'.repeat(20)}`);

let network: TestNetwork;
let registry: Address;
let facilitator: string;
let core: CoreClient;
let api: PaidApi;
const store = new MemoryCertificateStore();

const policyExtra = () => ({
  validationRegistryAddress: registry,
  validatorAddress: VALIDATOR,
  validatorAgentId: '99',
  minValidationScore: 80,
  jobHash: JOB_HASH,
  requiredValidationTag: 'hard-finality',
});

beforeAll(async () => {
  network = await startNetwork({
    deployment: async (signer) => {
      registry = parseAddress((await deployTestValidationRegistry({ signer })).contractAddress);
      return { guaranteeV2: { trustedRegistries: [registry] } };
    },
    core: () => ({ acceptedGuaranteeVersions: [1, 2], trustedValidationRegistries: [registry] }),
  });
  facilitator = await network.startFacilitator();
  core = new CoreClient({ baseUrl: network.coreUrl });
  const offer = { network: 'localnet', payTo: RECIPIENT, price: PRICE };
  api = await startPaidApi(
    {
      facilitator: { url: facilitator },
      certificateStore: store,
      routes: {
        'GET /plain': priced({ offers: [{ ...offer, x402Versions: [2] }], description: 'plain data' }),
        'GET /both': priced({ offers: [offer] }),
        'GET /validated': priced({ offers: [{ ...offer, validation: policyExtra() }] }),
      },
    },
    (app) => app.use((request, response) => void response.json({ path: request.path })),
  );
});
afterAll(async () => {
  await api?.stop();
  await network?.stop();
});

async function payerOf() {
  const payer = await payerWithCollateral(network, 1_000_000n);
  const paid: PaidExchange[] = [];
  const policy = { assets: [{ asset: ETH_ASSET, maxPerRequest: PRICE }] };
  const pay = payingFetch(fetch, { payer: payer.x402, policy, onPaid: (exchange) => paid.push(exchange) });
  return { payer, pay, paid };
}

const claimsPaid = (paid: readonly PaidExchange[]): RequestClaims =>
  paid.at(-1)?.payment.payload.payload.claims as RequestClaims;

describe('x402 version 2', () => {
  it('is listed with both guarantee versions', async () => {
    const { body } = await get(`${facilitator}/supported`);
    expect(body.kinds).toContainEqual({ scheme: '4mica-credit', network: NETWORK, x402Version: 2 });
    expect(body.kinds).not.toContainEqual(expect.objectContaining({ network: 'localnet', x402Version: 2 }));
  });

  it('offers in the header, and in the body too where version 1 is offered', async () => {
    const plain = await fetch(`${api.url}/plain`);
    expect(plain.status).toBe(402);
    const required = X402PaymentRequired.fromHeader(plain.headers.get('payment-required') ?? '');
    expect(required).toEqual({
      x402Version: 2,
      error: 'PAYMENT-SIGNATURE header is required',
      resource: { url: `${api.url}/plain`, description: 'plain data', mimeType: 'application/json' },
      accepts: [
        {
          scheme: '4mica-credit',
          network: NETWORK,
          amount: PRICE.toString(),
          asset: ETH_ASSET,
          payTo: RECIPIENT,
          maxTimeoutSeconds: 300,
          extra: { tabEndpoint: `${api.url}/x402/tab` },
        },
      ],
    });
    expect(await plain.json()).toEqual({ error: 'PAYMENT-SIGNATURE header is required' });
    const both = await fetch(`${api.url}/both`);
    expect(both.headers.has('payment-required')).toBe(true);
    expect(await both.json()).toMatchObject({
      x402Version: 1,
      accepts: [{ maxAmountRequired: PRICE.toString() }],
    });
  });

  it('F-18: pays without a policy on a tab of guarantee version 1', async () => {
    const { payer, pay, paid } = await payerOf();
    const response = await pay(`${api.url}/plain`);
    expect([response.status, await response.json()]).toEqual([200, { path: '/plain' }]);
    expect(response.headers.has('x-payment-response')).toBe(false);
    expect(readReceipt(response.headers)).toMatchObject({
      success: true,
      payer: payer.address,
      network: NETWORK,
    });
    expect(paid[0]?.payment.payload).toMatchObject({ x402Version: 2, resource: { url: `${api.url}/plain` } });
    const claims = claimsPaid(paid);
    expect(claims.version).toBe(1);
    expect(await core.getTab(claims.tabId)).toMatchObject({
      acceptedGuaranteeVersion: 1,
      totalAmount: PRICE,
    });
  });

  it('pays with a policy on a tab of guarantee version 2, and gets a certificate that says so', async () => {
    const { pay, paid } = await payerOf();
    for (let i = 0; i < 2; i++) expect((await pay(`${api.url}/validated`)).status).toBe(200);
    const claims = claimsPaid(paid);
    expect(claims).toMatchObject({
      version: 2,
      reqId: 1n,
      validationChainId: CHAIN_ID,
      jobHash: JOB_HASH,
      validatorAgentId: 99n,
    });
    expect(await core.getTab(claims.tabId)).toMatchObject({
      acceptedGuaranteeVersion: 2,
      totalAmount: 2n * PRICE,
    });
    const record = await store.findLatest(NETWORK, claims.tabId);
    expect(record?.certificate?.claims).toMatch(/^0x0{63}2/);
  });

  it('keeps the tabs of both guarantee versions apart', async () => {
    const { pay, paid } = await payerOf();
    for (const path of ['/plain', '/validated', '/both'])
      expect((await pay(api.url + path)).status).toBe(200);
    const [plain, validated, both] = paid.map(({ payment }) => payment.payload.payload.claims);
    expect(validated?.tabId).not.toBe(plain?.tabId);
    expect([both?.tabId, both?.reqId]).toEqual([plain?.tabId, 1n]);
  });

  it('tells a refused payment why, in the headers of version 2', async () => {
    const payer = await payerWithCollateral(network, 1n);
    const pay = payingFetch(fetch, {
      payer: payer.x402,
      policy: { assets: [{ asset: ETH_ASSET, maxPerRequest: PRICE }] },
    });
    const response = await pay(`${api.url}/plain`);
    expect(response.status).toBe(402);
    expect(decodeHeader(response.headers.get('payment-required') ?? '', 'header')).toMatchObject({
      error: 'Not enough free collateral',
    });
  });
});

describe('F-2: a validation policy cannot be left out', () => {
  const requirements = (extra: object): PaymentRequirementsV2 => ({
    scheme: '4mica-credit',
    network: NETWORK,
    amount: PRICE.toString(),
    asset: ETH_ASSET,
    payTo: RECIPIENT,
    maxTimeoutSeconds: 300,
    extra: { tabEndpoint: 'https://api.example/x402/tab', ...extra },
  });

  async function tabOf(payer: TestPayer, guaranteeVersion: 1 | 2) {
    const request = {
      userAddress: payer.address,
      recipientAddress: RECIPIENT,
      network: NETWORK,
      guaranteeVersion,
    };
    return String((await post(`${facilitator}/tabs`, request)).body.tabId);
  }

  const intentOf = (payer: TestPayer, tabId: string) => ({
    userAddress: payer.address,
    recipientAddress: RECIPIENT,
    tabId,
    reqId: 0,
    amount: PRICE,
    timestamp: Math.floor(Date.now() / 1000),
  });

  async function reasonOf(
    payer: TestPayer,
    claims: RequestClaims,
    accepted: PaymentRequirementsV2,
    own = accepted,
  ) {
    const payload = await signedBy(payer, claims);
    const paymentPayload = encodePaymentEnvelope({ x402Version: 2, accepted, payload });
    const { body } = await post(`${facilitator}/verify`, {
      x402Version: 2,
      paymentPayload,
      paymentRequirements: own,
    });
    return body.invalidReason;
  }

  it('by signing version 1 claims', async () => {
    const { payer } = await payerOf();
    const claims = createRequestClaims(intentOf(payer, await tabOf(payer, 1)));
    expect(await reasonOf(payer, claims, requirements(policyExtra()))).toBe(
      'claims version v1 does not satisfy the validation policy',
    );
    expect(await reasonOf(payer, claims, requirements({ jobHash: JOB_HASH }))).toBe(
      'claims version v1 does not satisfy the validation policy',
    );
    expect(await reasonOf(payer, claims, requirements({}))).toBeNull();
  });

  it.each([
    ['minValidationScore', 79, 'min validation score 79 does not match requirement 80'],
    ['validatorAgentId', '98', 'validator agent id 98 does not match requirement 99'],
    ['validatorAddress', RECIPIENT, `validator address ${RECIPIENT} does not match requirement ${VALIDATOR}`],
    [
      'jobHash',
      `0x${'45'.repeat(32)}`,
      `job hash '0x${'45'.repeat(32)}' does not match requirement '${JOB_HASH}'`,
    ],
    ['requiredValidationTag', '', "required validation tag '' does not match requirement 'hard-finality'"],
    ['validationChainId', 1n, `validation chain id 1 does not match payment network ${NETWORK}`],
    ['validationRegistryAddress', RECIPIENT, /^validation registry .* does not match requirement/],
  ])('by signing another %s', async (member, value, reason) => {
    const { payer } = await payerOf();
    const policy = { ...policyExtra(), validationChainId: CHAIN_ID, [member]: value };
    const claims = createValidatedRequestClaims(intentOf(payer, await tabOf(payer, 2)), policy);
    const found = await reasonOf(payer, claims, requirements(policyExtra()));
    expect(found).toEqual(reason instanceof RegExp ? expect.stringMatching(reason) : reason);
  });

  it('by changing the copy of the offer', async () => {
    const { payer } = await payerOf();
    const claims = createValidatedRequestClaims(intentOf(payer, await tabOf(payer, 2)), {
      ...policyExtra(),
      validationChainId: CHAIN_ID,
    });
    const own = requirements(policyExtra());
    expect(await reasonOf(payer, claims, { ...own, amount: '1' }, own)).toBe(
      'accepted requirements do not match paymentRequirements',
    );
    expect(await reasonOf(payer, claims, { ...own, amount: '0x3e8' }, own)).toBeNull();
    const elsewhere = { ...own, extra: { ...own.extra, validationChainId: 1 } };
    expect(await reasonOf(payer, claims, elsewhere)).toBe(
      `validationChainId 1 does not match payment network ${NETWORK}`,
    );
  });

  it('at the resource server, whatever the payer says it accepted', async () => {
    const { payer, pay, paid } = await payerOf();
    expect((await pay(`${api.url}/plain`)).status).toBe(200);
    const { tabId } = claimsPaid(paid);
    const header = paid[0]?.payment.header ?? '';
    const { payload } = parsePaymentEnvelope(decodeHeader(header, 'header'));
    const claims = { ...payload.claims, tabId, reqId: 1n };
    const required = X402PaymentRequired.fromHeader(
      (await fetch(`${api.url}/validated`)).headers.get('payment-required') ?? '',
    );
    const envelope = {
      x402Version: 2 as const,
      accepted: required.accepts[0] as PaymentRequirementsV2,
      payload: await signedBy(payer, claims),
    };
    const response = await fetch(`${api.url}/validated`, {
      headers: { 'PAYMENT-SIGNATURE': btoa(JSON.stringify(encodePaymentEnvelope(envelope))) },
    });
    expect(response.status).toBe(402);
  });
});
