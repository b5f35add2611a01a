import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, post } from './support/http.js';
import { startNetwork, type TestNetwork } from './support/network.js';
import {
  bodyOf,
  claimsOf,
  openTab,
  payerWithCollateral,
  RECIPIENT,
  signedBy,
  type TestPayer,
} from './support/payer.js';

const KEY = 'key-of-a-resource-server';
const DEAD = { network: 'eip155:84532', coreApiUrl: 'http://127.0.0.1:9' };

let network: TestNetwork;
let payer: TestPayer;

beforeAll(async () => {
  network = await startNetwork();
  payer = await payerWithCollateral(network, 10_000n);
});
afterAll(() => network?.stop());

const local = () => ({ network: 'eip155:31337', coreApiUrl: network.coreUrl, rpcUrl: network.rpcUrl });
const tabRequest = () => ({ userAddress: payer.address, recipientAddress: RECIPIENT });

/** What a real payment of this tab looks like to `/verify` and `/settle`. */
const paymentOf = async (tabId: string, reqId: string) =>
  bodyOf(await signedBy(payer, claimsOf(payer, { tabId, reqId })));

describe('the OpenAPI document', () => {
  it('describes every answer to the last member', async () => {
    const url = await network.startFacilitator();
    const { body: document } = await get(`${url}/openapi.json`);
    const ajv = new Ajv2020({ strict: false });
    const paths = document.paths as Record<string, Record<string, { responses: Record<string, object> }>>;
    const check = (method: string, path: string, answer: unknown) => {
      const response = paths[path]?.[method]?.responses['200'] as
        | { content: { 'application/json': { schema: object } } }
        | undefined;
      const validate = ajv.compile(response?.content['application/json'].schema ?? false);
      expect([path, validate(answer), validate.errors]).toEqual([path, true, null]);
    };
    for (const path of ['/', '/health', '/ready', '/supported']) {
      const { status, body } = await get(url + path);
      expect(status).toBe(200);
      check('get', path, body);
    }
    const tab = await openTab(url, payer);
    check('post', '/tabs', tab);
    const payment = await paymentOf(tab.tabId as string, tab.nextReqId as string);
    for (const body of [payment, payment, {}, { ...payment, x402Version: 2 }]) {
      check('post', '/verify', (await post(`${url}/verify`, body)).body);
      check('post', '/settle', (await post(`${url}/settle`, body)).body);
    }
    expect((await post(`${url}/verify`, payment)).body).toMatchObject({ extra: { alreadyIssued: true } });
  });

  it('is also a page that loads nothing', async () => {
    const response = await fetch(`${await network.startFacilitator()}/docs`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; frame-ancestors 'none'$/,
    );
    const page = await response.text();
    expect(page).toContain('<b>POST</b> /settle');
    expect(page).not.toMatch(/<script|src=/);
  });
});

describe('readiness', () => {
  it('names the networks that can be used, and fails when none can', async () => {
    const some = await network.startFacilitator({ networks: [local(), DEAD] });
    expect(await get(`${some}/ready`)).toEqual({
      status: 200,
      body: { status: 'ok', networks: { 'eip155:31337': 'ok', 'eip155:84532': 'fail' } },
    });
    const none = await network.startFacilitator({ networks: [DEAD] });
    expect(await get(`${none}/ready`)).toMatchObject({ status: 503, body: { status: 'fail' } });
    expect(await get(`${none}/health`)).toMatchObject({ status: 200 });
  });
});

describe('metrics', () => {
  it('count payments by result and show which networks are up, to who knows the token', async () => {
    const metricsToken = 'token-of-the-monitoring';
    const url = await network.startFacilitator({
      networks: [local(), DEAD],
      metricsToken,
    });
    const tab = await openTab(url, payer);
    const payment = await paymentOf(tab.tabId as string, tab.nextReqId as string);
    await post(`${url}/verify`, payment);
    await post(`${url}/settle`, payment);
    await post(`${url}/verify`, {});
    const deadRequirements = { ...payment.paymentRequirements, network: DEAD.network };
    const deadPayload = { ...payment.paymentPayload, network: DEAD.network };
    await post(`${url}/settle`, { paymentPayload: deadPayload, paymentRequirements: deadRequirements });
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    const headers = { authorization: `Bearer ${metricsToken}` };
    const text = await (await fetch(`${url}/metrics`, { headers })).text();
    for (const line of [
      'facilitator_tabs_total{status="200"} 1',
      'facilitator_payments_total{operation="verify",result="accepted"} 1',
      'facilitator_payments_total{operation="verify",result="refused"} 1',
      'facilitator_payments_total{operation="settle",result="accepted"} 1',
      'facilitator_payments_total{operation="settle",result="unavailable"} 1',
      'facilitator_network_up{network="eip155:31337"} 1',
      'facilitator_network_up{network="eip155:84532"} 0',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).toMatch(/facilitator_http_request_duration_seconds_count\{[^}]*route="\/settle"[^}]*\} 2/);
  });

  it('do not exist without a token', async () => {
    expect(await get(`${await network.startFacilitator()}/metrics`)).toMatchObject({ status: 404 });
  });
});

describe('rate limits', () => {
  it('F-13: hold off strangers by their address, and resource servers by their key', async () => {
    const url = await network.startFacilitator({ apiKeys: [KEY], rateLimits: { address: 2, key: 3 } });
    const ask = async (headers: Record<string, string>) => {
      const { status } = await post(`${url}/tabs`, tabRequest(), headers);
      return status;
    };
    expect(await ask({})).toBe(401);
    expect(await ask({ 'x-api-key': 'a wrong key' })).toBe(401);
    expect(await ask({ 'x-forwarded-for': '198.51.100.1' })).toBe(429);
    const refused = await fetch(`${url}/supported`);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    for (let i = 0; i < 3; i++) expect(await ask({ authorization: `Bearer ${KEY}` })).toBe(200);
    expect(await ask({ 'x-api-key': KEY })).toBe(429);
    expect((await get(`${url}/health`)).status).toBe(200);
  });

  it('believe the proxies that are named', async () => {
    const url = await network.startFacilitator({ rateLimits: { address: 1 }, trustedProxies: ['loopback'] });
    const from = async (address: string) =>
      (await fetch(`${url}/supported`, { headers: { 'x-forwarded-for': address } })).status;
    expect([await from('198.51.100.1'), await from('198.51.100.2'), await from('198.51.100.1')]).toEqual([
      200, 200, 429,
    ]);
  });
});
