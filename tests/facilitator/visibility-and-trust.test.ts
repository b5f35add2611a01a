import { guaranteeDomain, loadBls, signCertificate } from '@fourmica/bls-cert';
import { legacyCore4MicaArtifact } from '@fourmica/contracts/test-artifacts';
import { bytesToHex, hexToBytes, type RequestClaims, type RequestClaimsV1 } from '@fourmica/core-types';
import { parsePaymentEnvelope } from '@fourmica/x402';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Alteration, alteredCore } from './support/altered-core.js';
import { get, post } from './support/http.js';
import { BLS_SECRET_KEY, CHAIN_ID, NETWORK, startNetwork, type TestNetwork } from './support/network.js';
import { priced, startPaidApi } from './support/paid-api.js';
import {
  bodyOf,
  claimsOf,
  headerOf,
  openTab,
  payerWithCollateral,
  RECIPIENT,
  signedBy,
} from './support/payer.js';

/** The point at infinity, which verifies under careless implementations. */
const INFINITY_SIGNATURE = `0xc0${'00'.repeat(95)}`;

let network: TestNetwork;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network?.stop());

describe('F-14: on a contract on which an early certificate closes the whole tab', () => {
  const API_KEY = 'key-of-a-resource-server';

  let legacy: TestNetwork;
  beforeAll(async () => {
    legacy = await startNetwork({
      deployment: { artifact: legacyCore4MicaArtifact },
      core: { certificateVisibility: 'open' },
    });
  });
  afterAll(() => legacy?.stop());

  it('an anonymous caller of /settle gets no certificate', async () => {
    const facilitator = await legacy.startFacilitator();
    const payer = await payerWithCollateral(legacy, 10_000n);
    const { tabId = '' } = await openTab(facilitator, payer);
    const { body } = await post(
      `${facilitator}/settle`,
      bodyOf(await signedBy(payer, claimsOf(payer, { tabId, reqId: 0 }))),
    );
    expect(body).toMatchObject({
      success: true,
      certificate: null,
      extra: { certificate: null, certificateVisibility: 'strict' },
    });
  });

  it('a caller with a key gets it, and does not pass it on to the payer', async () => {
    const facilitator = await legacy.startFacilitator({ apiKeys: [API_KEY, 'key-of-another-shop'] });
    const payer = await payerWithCollateral(legacy, 10_000n);
    const api = await startPaidApi(
      { facilitator: { url: facilitator, apiKey: API_KEY }, routes: { 'GET /premium': priced() } },
      (app) => app.get('/premium', (_request, response) => void response.json({})),
    );
    try {
      const tab = await post(`${api.url}/x402/tab`, { userAddress: payer.address });
      const payment = await signedBy(payer, claimsOf(payer, { tabId: String(tab.body.tabId), reqId: 0 }));
      const response = await fetch(`${api.url}/premium`, { headers: { 'X-PAYMENT': headerOf(payment) } });
      expect(response.status).toBe(200);
      const receipt = JSON.parse(atob(response.headers.get('x-payment-response') ?? ''));
      expect(receipt).toMatchObject({ success: true, extra: { repayment: { totalAmount: '1000' } } });
      expect(JSON.stringify(receipt)).not.toContain('certificate');
      const headers = { authorization: `Bearer ${API_KEY}` };
      const settled = await post(`${facilitator}/settle`, bodyOf(payment), headers);
      expect(settled.body.certificate).toHaveProperty('claims');
      for (const [wrong, error] of [
        [{}, 'missing api key'],
        [{ 'x-api-key': 'guess' }, 'invalid api key'],
      ] as const) {
        expect(await post(`${facilitator}/settle`, bodyOf(payment), wrong)).toEqual({
          status: 401,
          body: { error },
        });
      }
    } finally {
      await api.stop();
    }
  });

  it('a server without a key serves nothing, because it would not be paid', async () => {
    const facilitator = await legacy.startFacilitator();
    const payer = await payerWithCollateral(legacy, 10_000n);
    const api = await startPaidApi(
      { facilitator: { url: facilitator }, routes: { 'GET /premium': priced() } },
      (app) => app.get('/premium', (_request, response) => void response.json({ secret: true })),
    );
    try {
      const { tabId = '' } = await openTab(facilitator, payer);
      const payment = await signedBy(payer, claimsOf(payer, { tabId, reqId: 0 }));
      const response = await fetch(`${api.url}/premium`, { headers: { 'X-PAYMENT': headerOf(payment) } });
      expect([response.status, (await response.json()).error]).toEqual([
        502,
        expect.stringContaining('API key'),
      ]);
    } finally {
      await api.stop();
    }
  });
});

/** Starts a facilitator of a core whose answers are changed on the way, and runs a test with it. */
async function withAlteredCore(
  alter: Alteration,
  run: (facilitator: string, network: TestNetwork) => Promise<void>,
): Promise<void> {
  const core = await alteredCore(network.coreUrl, alter);
  try {
    const networks = [{ network: NETWORK, coreApiUrl: core.url, rpcUrl: network.rpcUrl }];
    await run(await network.startFacilitator({ networks }), network);
  } finally {
    await core.stop();
  }
}

const alterJson =
  (path: string, change: (body: Record<string, unknown>) => unknown): Alteration =>
  (requested, { status, text }) =>
    requested === path && status === 200
      ? { status, text: JSON.stringify(change(JSON.parse(text))) }
      : undefined;

async function signedBody(facilitator: string, on: TestNetwork) {
  const payer = await payerWithCollateral(on, 10_000n);
  const { tabId = '' } = await openTab(facilitator, payer);
  return bodyOf(await signedBy(payer, claimsOf(payer, { tabId, reqId: 0 })));
}

describe('F-8: what the contract says counts, not what the core says', () => {
  const otherKey = async () => bytesToHex((await loadBls()).publicKeyOf(hexToBytes(`0x${'02'.repeat(32)}`)));

  it('refuses to start when the core signs with another key than the contract verifies with', async () => {
    const public_key = await otherKey();
    const alter = alterJson('/core/public-params', (params) => ({ ...params, public_key }));
    await expect(withAlteredCore(alter, async () => undefined)).rejects.toMatchObject({
      code: 'NETWORK_MISCONFIGURED',
      message: expect.stringContaining('verifies with'),
    });
  });

  it.each([
    [{ chain_id: 1 }, 'chain 1'],
    [{ contract_address: RECIPIENT }, RECIPIENT],
    [
      {
        max_accepted_guarantee_version: 2,
        accepted_guarantee_versions: [1, 2],
        trusted_validation_registries: [RECIPIENT],
      },
      'guarantee version 2',
    ],
    [
      { max_accepted_guarantee_version: 3, accepted_guarantee_versions: [3] },
      'neither guarantee version 1 nor 2',
    ],
  ])('refuses to start when the core says %j', async (wrong, message) => {
    const alter = alterJson('/core/public-params', (params) => ({ ...params, ...wrong }));
    await expect(withAlteredCore(alter, async () => undefined)).rejects.toMatchObject({
      code: 'NETWORK_MISCONFIGURED',
      message: expect.stringContaining(message),
    });
  });

  it('refuses a version 1 certificate of another contract', async () => {
    const secretKey = hexToBytes(BLS_SECRET_KEY);
    const foreign = new Map<string, string>();
    const alter: Alteration = (path) =>
      path === '/core/guarantees' ? { status: 200, text: foreign.get('certificate') ?? '' } : undefined;
    await withAlteredCore(alter, async (facilitator, on) => {
      const body = await signedBody(facilitator, on);
      const { claims } = parsePaymentEnvelope(body.paymentPayload).payload;
      const certificate = await signCertificate(secretKey, {
        ...(claims as RequestClaimsV1),
        totalAmount: claims.amount,
        domain: guaranteeDomain(1, CHAIN_ID, RECIPIENT),
      });
      foreign.set('certificate', JSON.stringify(certificate));
      const { body: answer } = await post(`${facilitator}/settle`, body);
      expect(answer).toMatchObject({ success: false, error: expect.stringContaining('domain') });
      expect(JSON.stringify(answer)).not.toContain(certificate.signature);
    });
  });

  it.each([
    [
      'another payment',
      (claims: RequestClaims) => ({ amount: claims.amount - 1n, totalAmount: claims.amount }),
      'certificate values differ from requested claims',
    ],
    [
      'another time',
      (claims: RequestClaims) => ({ timestamp: claims.timestamp - 1n, totalAmount: claims.amount }),
      'certificate values differ from requested claims',
    ],
    [
      'a total below its amount',
      () => ({ totalAmount: 1n }),
      'certificate values differ from requested claims',
    ],
  ])('refuses a certificate for %s', async (_what, change, error) => {
    let text = '';
    const alter: Alteration = (path) => (path === '/core/guarantees' ? { status: 200, text } : undefined);
    await withAlteredCore(alter, async (facilitator, on) => {
      const body = await signedBody(facilitator, on);
      const { claims } = parsePaymentEnvelope(body.paymentPayload).payload;
      const certificate = await signCertificate(hexToBytes(BLS_SECRET_KEY), {
        ...(claims as RequestClaimsV1),
        domain: guaranteeDomain(1, CHAIN_ID, on.contractAddress),
        ...change(claims),
      });
      text = JSON.stringify(certificate);
      expect((await post(`${facilitator}/settle`, body)).body).toMatchObject({ success: false, error });
    });
  });

  it('refuses a certificate that somebody else signed', async () => {
    const alter = alterJson('/core/guarantees', (certificate) => ({
      ...certificate,
      signature: INFINITY_SIGNATURE,
    }));
    await withAlteredCore(alter, async (facilitator, on) => {
      const { body } = await post(`${facilitator}/settle`, await signedBody(facilitator, on));
      expect(body).toMatchObject({ success: false, error: expect.stringMatching(/signature/) });
    });
  });

  it('refuses to start when no Ethereum node is known', async () => {
    await expect(
      network.startFacilitator({ networks: [{ network: NETWORK, coreApiUrl: network.coreUrl }] }),
    ).rejects.toMatchObject({ code: 'NETWORK_MISCONFIGURED', message: expect.stringContaining('rpcUrl') });
  });
});

describe('F-6: answers of the core that cannot be read', () => {
  it.each([
    ['no JSON', 'certainly'],
    ['no next reqId', JSON.stringify({ id: '0x1' })],
  ])('are 502 on /tabs: %s', async (_what, text) => {
    const alter: Alteration = (path) => (path === '/core/payment-tabs' ? { status: 200, text } : undefined);
    await withAlteredCore(alter, async (facilitator, on) => {
      const { address } = await payerWithCollateral(on, 1n);
      const answer = await post(`${facilitator}/tabs`, { userAddress: address, recipientAddress: RECIPIENT });
      expect(answer).toMatchObject({ status: 502, body: { error: expect.any(String) } });
    });
  });

  it('are a retryable failure on /settle', async () => {
    const alter: Alteration = (path) =>
      path === '/core/guarantees' ? { status: 200, text: '{}' } : undefined;
    await withAlteredCore(alter, async (facilitator, on) => {
      expect((await post(`${facilitator}/settle`, await signedBody(facilitator, on))).body).toMatchObject({
        success: false,
        error: expect.stringMatching(/^failed to decode guarantee response: /),
        errorReason: '4mica_core_unavailable',
      });
    });
  });
});

describe('F-17: a network whose core does not answer', () => {
  it('is unavailable alone: the facilitator starts, tells so, and serves the other network', async () => {
    const facilitator = await network.startFacilitator({
      networks: [
        { network: 'eip155:84532', coreApiUrl: 'http://127.0.0.1:9', rpcUrl: network.rpcUrl },
        { network: NETWORK, coreApiUrl: network.coreUrl, rpcUrl: network.rpcUrl },
      ],
    });
    const { body } = await get(`${facilitator}/supported`);
    expect((body.kinds as { network: string }[]).map(({ network: name }) => name)).toEqual([
      NETWORK,
      'localnet',
    ]);
    const payer = await payerWithCollateral(network, 10_000n);
    await openTab(facilitator, payer);
    const tab = await post(`${facilitator}/tabs`, {
      userAddress: payer.address,
      recipientAddress: payer.address,
      network: 'eip155:84532',
    });
    expect(tab).toMatchObject({ status: 502, body: { error: expect.any(String) } });
    const payment = await signedBy(payer, claimsOf(payer, { tabId: 1n, reqId: 0 }));
    const there = {
      ...bodyOf(payment),
      paymentRequirements: { ...bodyOf(payment).paymentRequirements, network: 'eip155:84532' },
    };
    expect((await post(`${facilitator}/verify`, there)).body).toMatchObject({
      isValid: false,
      invalidReason: '4mica_core_unavailable',
    });
    expect((await post(`${facilitator}/settle`, there)).body).toMatchObject({
      success: false,
      errorReason: '4mica_core_unavailable',
      network: 'eip155:84532',
    });
  });

  it('answers a retryable reason when the core goes away', async () => {
    const core = await alteredCore(network.coreUrl, () => undefined);
    const networks = [{ network: NETWORK, coreApiUrl: core.url, rpcUrl: network.rpcUrl }];
    const facilitator = await network.startFacilitator({ networks });
    const payment = await signedBody(facilitator, network);
    await core.stop();
    expect((await post(`${facilitator}/verify`, payment)).body).toMatchObject({
      invalidReason: '4mica_core_unavailable',
    });
    expect((await post(`${facilitator}/settle`, payment)).body).toMatchObject({
      errorReason: '4mica_core_unavailable',
    });
  });
});
