import { setTimeout as sleep } from 'node:timers/promises';
import { ETH_ASSET } from '@fourmica/core-types';
import { CoreClient } from '@fourmica/rpc-client';
import { decodeHeader, parsePaymentRequiredV1, readReceipt, repaymentOf } from '@fourmica/x402';
import { type PaidExchange, type PayingFetchOptions, payingFetch } from '@fourmica/x402/client';
import { MemoryCertificateStore } from '@fourmica/x402/server';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post } from './support/http.js';
import { startNetwork, type TestNetwork } from './support/network.js';
import { type PaidApi, priced, startPaidApi } from './support/paid-api.js';
import {
  claimsOf,
  headerOf,
  openTab,
  PRICE,
  payerWithCollateral,
  RECIPIENT,
  signedBy,
  type TestPayer,
} from './support/payer.js';

const COLLATERAL = 1_000_000n;
const POLICY = { assets: [{ asset: ETH_ASSET, maxPerRequest: PRICE }] };

let network: TestNetwork;
let facilitator: string;
let core: CoreClient;
let api: PaidApi;
const store = new MemoryCertificateStore();

beforeAll(async () => {
  network = await startNetwork();
  facilitator = await network.startFacilitator();
  core = new CoreClient({ baseUrl: network.coreUrl });
  api = await startPaidApi(
    {
      facilitator: { url: facilitator },
      certificateStore: store,
      routes: {
        'GET /premium': priced(),
        'POST /echo': priced(),
        'GET /failing': priced(),
        'GET /flaky': priced(),
        'GET /huge': priced({ maxResponseBytes: 1000 }),
        'GET /slow': priced(),
        'GET /stream': priced({ settle: 'before', maxResponseBytes: 10 }),
        'GET /items/:id': priced(),
      },
    },
    (app, count) => {
      app.get('/free', (_request, response) => void response.json({ free: true }));
      app.get('/premium', (_request, response) => {
        response.set('cache-control', 'public, max-age=60').json({ run: count('/premium') });
      });
      app.post('/echo', express.json(), (request, response) => {
        count('/echo');
        response.status(201).json({ echoed: request.body });
      });
      app.get('/failing', (_request, response) => {
        count('/failing');
        response.status(503).json({ error: 'not today' });
      });
      app.get('/flaky', (_request, response) => {
        response.status(count('/flaky') % 2 === 1 ? 500 : 200).json({});
      });
      app.get('/huge', (_request, response) => {
        count('/huge');
        response.write('x'.repeat(600));
        response.end('x'.repeat(600));
      });
      app.get('/slow', async (_request, response) => {
        const run = count('/slow');
        await sleep(300);
        response.json({ run });
      });
      app.get('/stream', async (_request, response) => {
        count('/stream');
        response.write('one ');
        await sleep(50);
        response.end('two three four');
      });
      app.get('/items/:id', (request, response) => void response.json({ id: request.params.id }));
    },
  );
});
afterAll(async () => {
  await api?.stop();
  await network?.stop();
});

/** A payer with collateral, its fetch, and what it paid. */
async function payerOf(options: Partial<PayingFetchOptions> = {}) {
  const payer = await payerWithCollateral(network, COLLATERAL);
  const paid: PaidExchange[] = [];
  const pay = payingFetch(fetch, {
    payer: payer.x402,
    policy: POLICY,
    clock: network.clock,
    onPaid: (exchange) => paid.push(exchange),
    ...options,
  });
  return { payer, pay, paid };
}

const reqIdsOf = (paid: readonly PaidExchange[]): bigint[] =>
  paid.map(({ payment }) => payment.payload.payload.claims.reqId).sort((a, b) => Number(a - b));

/** Signs a payment by hand. */
async function signedHeader(payer: TestPayer, parts: { reqId?: number; amount?: bigint } = {}) {
  const { tabId = '' } = await openTab(facilitator, payer);
  const payment = await signedBy(
    payer,
    claimsOf(payer, { tabId, reqId: parts.reqId ?? 0, amount: parts.amount ?? PRICE }),
  );
  return { tabId, payment, headers: { 'X-PAYMENT': headerOf(payment) } };
}

describe('an unpaid request', () => {
  it('gets 402 with the offers, and nothing else', async () => {
    const response = await fetch(`${api.url}/premium?a=1`);
    expect(response.status).toBe(402);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const required = parsePaymentRequiredV1(await response.json());
    expect(required).toEqual({
      x402Version: 1,
      error: 'X-PAYMENT header is required',
      accepts: [
        {
          scheme: '4mica-credit',
          network: 'eip155:31337',
          maxAmountRequired: '1000',
          resource: `${api.url}/premium?a=1`,
          description: 'GET /premium',
          mimeType: 'application/json',
          payTo: RECIPIENT,
          maxTimeoutSeconds: 300,
          asset: ETH_ASSET,
          extra: { tabEndpoint: `${api.url}/x402/tab` },
        },
      ],
    });
  });

  it.each(['/premium/', '//premium', '/PREMIUM', '/%70remium', '/items/a%2Fb', '/items/%'])(
    'is not free under %s',
    async (path) => {
      expect((await fetch(api.url + path)).status).toBe(402);
    },
  );

  it('is let through where nothing costs money', async () => {
    expect(await (await fetch(`${api.url}/free`)).json()).toEqual({ free: true });
    expect((await fetch(`${api.url}/premium`, { method: 'HEAD' })).status).toBe(402);
  });
});

describe('a paying client', () => {
  it('pays one request after the other on one tab, and gets receipts without surprises', async () => {
    const { payer, pay, paid } = await payerOf();
    for (let i = 0; i < 3; i++) {
      const response = await pay(`${api.url}/premium`);
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('private, max-age=60');
      const receipt = readReceipt(response.headers);
      const repayment = receipt && repaymentOf(receipt);
      expect(receipt).toMatchObject({
        success: true,
        payer: payer.address,
        transaction: '',
        network: 'eip155:31337',
      });
      expect(repayment).toMatchObject({
        totalAmount: String(BigInt(i + 1) * PRICE),
        recipient: RECIPIENT,
        asset: ETH_ASSET,
      });
    }
    expect(reqIdsOf(paid)).toEqual([0n, 1n, 2n]);
    const tabId = paid[0]?.payment.payload.payload.claims.tabId as bigint;
    expect(await core.getTab(tabId)).toMatchObject({ totalAmount: 3n * PRICE });
    const latest = await store.findLatest('eip155:31337', tabId);
    expect(latest).toMatchObject({
      reqId: 2n,
      certificate: { signature: expect.stringMatching(/^0x[0-9a-f]{192}$/) },
    });
  });

  it('pays twenty requests at the same time on one tab: every reqId once, no gap', async () => {
    const { pay, paid } = await payerOf();
    const responses = await Promise.all(Array.from({ length: 20 }, (_, i) => pay(`${api.url}/items/${i}`)));
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(reqIdsOf(paid)).toEqual(Array.from({ length: 20 }, (_, i) => BigInt(i)));
  });

  it('sends the body again with the payment', async () => {
    const { pay } = await payerOf();
    const body = JSON.stringify({ question: 'why' });
    const response = await pay(`${api.url}/echo`, { method: 'POST', body, headers: JSON_TYPE });
    expect([response.status, await response.json()]).toEqual([201, { echoed: { question: 'why' } }]);
  });

  it('uses the reqId of a request that failed for the next one', async () => {
    const { pay, paid } = await payerOf();
    expect((await pay(`${api.url}/failing`)).status).toBe(503);
    expect((await pay(`${api.url}/premium`)).status).toBe(200);
    expect(reqIdsOf(paid)).toEqual([0n, 0n]);
  });

  it('recovers when another process used its reqId: refreshes the tab and signs once more', async () => {
    const { payer, pay, paid } = await payerOf();
    await pay(`${api.url}/premium`);
    const elsewhere = await signedHeader(payer, { reqId: 1 });
    expect((await fetch(`${api.url}/items/other`, { headers: elsewhere.headers })).status).toBe(200);
    expect((await pay(`${api.url}/premium`)).status).toBe(200);
    expect(reqIdsOf(paid)).toEqual([0n, 2n]);
  });

  it('gets the server’s 402 back when its collateral does not suffice', async () => {
    const payer = await payerWithCollateral(network, PRICE - 1n);
    const pay = payingFetch(fetch, { payer: payer.x402, policy: POLICY });
    const response = await pay(`${api.url}/premium`);
    expect([response.status, (await response.json()).error]).toEqual([402, 'Not enough free collateral']);
  });
});

const JSON_TYPE = { 'content-type': 'application/json' };

describe('the same payment again', () => {
  it('gets the stored response for the same request, and 409 for another one', async () => {
    const { payer } = await payerOf();
    const { tabId, headers } = await signedHeader(payer);
    const first = await fetch(`${api.url}/premium`, { headers });
    const again = await fetch(`${api.url}/premium`, { headers });
    expect(await again.text()).toBe(await first.text());
    expect(again.headers.get('x-payment-response')).toBe(first.headers.get('x-payment-response'));
    const elsewhere = await fetch(`${api.url}/items/1`, { headers });
    expect([elsewhere.status, (await elsewhere.json()).error]).toEqual([
      409,
      expect.stringContaining('another request'),
    ]);
    expect(await core.getTab(tabId)).toMatchObject({ totalAmount: PRICE });
  });

  it('runs the handler once when copies arrive at the same time', async () => {
    const { payer } = await payerOf();
    const { headers } = await signedHeader(payer);
    const before = api.runs.get('/slow') ?? 0;
    const responses = await Promise.all(
      Array.from({ length: 5 }, () => fetch(`${api.url}/slow`, { headers })),
    );
    const bodies = await Promise.all(responses.map((response) => response.text()));
    expect(new Set(bodies).size).toBe(1);
    expect(api.runs.get('/slow')).toBe(before + 1);
  });

  it('is usable again after the handler failed, because nothing was settled', async () => {
    const { payer } = await payerOf();
    const { tabId, headers } = await signedHeader(payer);
    expect((await fetch(`${api.url}/flaky`, { headers })).status).toBe(500);
    expect(await core.getTabGuarantees(tabId)).toEqual([]);
    expect((await fetch(`${api.url}/flaky`, { headers })).status).toBe(200);
  });
});

describe('the server', () => {
  it('charges nothing for a response that is too large to be held back', async () => {
    const { payer } = await payerOf();
    const { tabId, headers } = await signedHeader(payer);
    const response = await fetch(`${api.url}/huge`, { headers });
    expect([response.status, (await response.json()).error]).toEqual([
      500,
      expect.stringContaining('1000 bytes'),
    ]);
    expect(await core.getTabGuarantees(tabId)).toEqual([]);
  });

  it('settles first where a route streams, and does not run the handler twice', async () => {
    const { payer } = await payerOf();
    const { headers } = await signedHeader(payer);
    const response = await fetch(`${api.url}/stream`, { headers });
    expect(readReceipt(response.headers)).toMatchObject({ success: true });
    expect(await response.text()).toBe('one two three four');
    const before = api.runs.get('/stream');
    expect((await fetch(`${api.url}/stream`, { headers })).status).toBe(409);
    expect(api.runs.get('/stream')).toBe(before);
  });

  it('F-1: does no work for a forged signature', async () => {
    const { payer } = await payerOf();
    const { payment } = await signedHeader(payer);
    const before = api.runs.get('/premium') ?? 0;
    const forged = headerOf({
      ...payment,
      claims: { ...payment.claims, timestamp: payment.claims.timestamp - 1n },
    });
    const response = await fetch(`${api.url}/premium`, { headers: { 'X-PAYMENT': forged } });
    expect([response.status, (await response.json()).error]).toEqual([402, 'Invalid signature']);
    expect(api.runs.get('/premium') ?? 0).toBe(before);
  });

  it('takes no payment that pays less, or somebody else', async () => {
    const { payer } = await payerOf();
    const { headers } = await signedHeader(payer, { amount: PRICE - 1n });
    const response = await fetch(`${api.url}/premium`, { headers });
    expect([response.status, (await response.json()).error]).toEqual([
      402,
      expect.stringContaining('does not match an offer'),
    ]);
  });

  it.each([
    ['no base64', '%%%'],
    ['no JSON', btoa('x')],
    ['an unknown version', btoa('{"x402Version":3}')],
  ])('answers 400 to a header that is %s', async (_what, header) => {
    const response = await fetch(`${api.url}/premium`, { headers: { 'X-PAYMENT': header } });
    expect([response.status, (await response.json()).error]).toEqual([400, expect.any(String)]);
  });
});

describe('the tab endpoint', () => {
  const tabRequest = async (more: object) => {
    const { payer } = await payerOf();
    return { payer, answer: await post(`${api.url}/x402/tab`, { userAddress: payer.address, ...more }) };
  };

  it('F-15: takes recipient, asset and network from its own configuration', async () => {
    const hostile = {
      recipientAddress: `0x${'66'.repeat(20)}`,
      network: 'eip155:1',
      guaranteeVersion: 2,
      x402Version: 1,
    };
    const { payer, answer } = await tabRequest(hostile);
    expect(answer).toMatchObject({
      status: 200,
      body: { userAddress: payer.address, recipientAddress: RECIPIENT, nextReqId: '0x0' },
    });
    for (const wrong of [
      { payTo: `0x${'66'.repeat(20)}` },
      { asset: `0x${'66'.repeat(20)}` },
      { network: 'eip155:1' },
      { scheme: 'exact' },
    ]) {
      const paymentRequirements = {
        scheme: '4mica-credit',
        network: 'eip155:31337',
        asset: ETH_ASSET,
        payTo: RECIPIENT,
        ...wrong,
      };
      const { answer: refused } = await tabRequest({ paymentRequirements });
      expect(refused).toMatchObject({
        status: 400,
        body: { error: expect.stringContaining('paymentRequirements') },
      });
    }
  });

  it('F-16: answers POST only, and passes status and words of the facilitator on', async () => {
    expect((await fetch(`${api.url}/x402/tab`)).status).toBe(404);
    const unknown = await post(`${api.url}/x402/tab`, { userAddress: `0x${'12'.repeat(20)}` });
    expect(unknown).toEqual({ status: 400, body: { error: 'user not registered' } });
    expect(await post(`${api.url}/x402/tab`, {})).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('userAddress') },
    });
  });
});

describe('certificates and payers', () => {
  it('F-14: the receipt shows the certificate only where the contract pays incrementally', async () => {
    const { payer } = await payerOf();
    const open = await fetch(`${api.url}/premium`, { headers: (await signedHeader(payer)).headers });
    expect(decodeHeader(open.headers.get('x-payment-response') ?? '', 'receipt')).toHaveProperty(
      'extra.certificate.claims',
    );
    const strict = await startPaidApi(
      {
        facilitator: { url: facilitator },
        routes: { 'GET /premium': priced() },
        certificateVisibility: 'strict',
      },
      (app) => app.get('/premium', (_request, response) => void response.json({})),
    );
    try {
      const response = await fetch(`${strict.url}/premium`, {
        headers: (await signedHeader(payer, { reqId: 1 })).headers,
      });
      expect(response.status).toBe(200);
      expect(decodeHeader(response.headers.get('x-payment-response') ?? '', 'receipt')).not.toHaveProperty(
        'extra.certificate',
      );
    } finally {
      await strict.stop();
    }
  });
});
