import { Hono } from 'hono';
import { beforeEach, describe, expect, it } from 'vitest';
import { paymentMiddleware } from './hono.js';
import {
  type FakeFacilitator,
  fakeFacilitator,
  OFFER,
  signedHeader,
} from './server/fake-facilitator.test-support.js';
import { createPaymentGate } from './server.js';
import { readReceipt } from './settlement.js';

describe('Hono middleware', () => {
  let facilitator: FakeFacilitator;
  let app: Hono;
  let runs: number;

  beforeEach(() => {
    facilitator = fakeFacilitator();
    runs = 0;
    app = new Hono();
    app.use(
      paymentMiddleware(
        createPaymentGate({
          facilitator: { url: 'http://facilitator.example', fetch: facilitator.fetch },
          clock: { nowMs: () => 1_700_000_000_000 },
          routes: {
            'GET /premium': { offers: [OFFER] },
            'POST /echo': { offers: [OFFER] },
            'GET /failing': { offers: [OFFER] },
            'GET /huge': { offers: [OFFER], maxResponseBytes: 10 },
            'GET /stream': { offers: [OFFER], settle: 'before', maxResponseBytes: 10 },
          },
        }),
      ),
    );
    app.get('/free', (c) => c.text('free'));
    app.get('/premium', (c) => c.json({ run: ++runs }, 200, { 'x-own': 'kept' }));
    app.post('/echo', async (c) => c.json(await c.req.json(), 201));
    app.get('/failing', () => {
      throw new Error('broken handler');
    });
    app.get('/huge', (c) => c.text('x'.repeat(11)));
    app.get('/stream', (c) => {
      runs++;
      return c.text('a long stream of words');
    });
    app.onError((_error, c) => c.json({ error: 'handled' }, 500));
  });

  const get = async (path: string, headers: Record<string, string> = {}) =>
    app.request(`http://api.example${path}`, { headers });
  const paid = async (reqId = 0n) => ({ 'X-PAYMENT': await signedHeader({ reqId }) });

  it('asks for payment, and only where it is due', async () => {
    const response = await get('/premium?a=1');
    expect(response.status).toBe(402);
    expect(await response.json()).toMatchObject({
      x402Version: 1,
      accepts: [
        { resource: 'http://api.example/premium?a=1', extra: { tabEndpoint: 'http://api.example/x402/tab' } },
      ],
    });
    expect(response.headers.has('payment-required')).toBe(true);
    expect(await (await get('/free')).text()).toBe('free');
  });

  it('serves a paid request once and repeats the stored response', async () => {
    const headers = await paid();
    const first = await get('/premium', headers);
    expect([first.status, await first.json(), first.headers.get('x-own')]).toEqual([200, { run: 1 }, 'kept']);
    expect(readReceipt(first.headers)).toMatchObject({ success: true });
    expect(first.headers.get('cache-control')).toBe('private');
    expect(await (await get('/premium', headers)).json()).toEqual({ run: 1 });
    expect(facilitator.calls).toEqual(['/verify', '/settle']);
  });

  it('leaves the body to the handler', async () => {
    const response = await app.request('http://api.example/echo', {
      method: 'POST',
      body: '{"a":1}',
      headers: { ...(await paid()), 'content-type': 'application/json' },
    });
    expect([response.status, await response.json()]).toEqual([201, { a: 1 }]);
  });

  it('settles nothing when the handler fails or answers too much', async () => {
    expect((await get('/failing', await paid())).status).toBe(500);
    expect((await get('/huge', await paid(1n))).status).toBe(500);
    expect(facilitator.calls).toEqual(['/verify', '/verify']);
  });

  it('settles first where a route streams, and does not run the handler twice', async () => {
    const headers = await paid();
    const first = await get('/stream', headers);
    expect(readReceipt(first.headers)).toMatchObject({ success: true });
    expect(await first.text()).toBe('a long stream of words');
    await expect.poll(async () => (await get('/stream', headers)).status, { timeout: 30_000 }).toBe(409);
    expect(runs).toBe(1);
    expect(facilitator.calls).toEqual(['/settle']);
  });

  it('serves the tab endpoint on POST only', async () => {
    const request = { method: 'POST', body: JSON.stringify({ userAddress: `0x${'11'.repeat(20)}` }) };
    expect((await app.request('http://api.example/x402/tab', request)).status).toBe(200);
    expect((await get('/x402/tab')).status).toBe(404);
    expect((await app.request('http://api.example/x402/tab', { method: 'POST', body: '{' })).status).toBe(
      400,
    );
  });
});
