import { describe, expect, it } from 'vitest';
import { encodeHeader } from '../header.js';
import { X402PaymentRequired } from '../payment-required.js';
import { readReceipt } from '../settlement.js';
import { MemoryCertificateStore } from './certificate-store.js';
import {
  certificateFor,
  type FakeFacilitator,
  fakeFacilitator,
  OFFER,
  signedHeader,
} from './fake-facilitator.test-support.js';
import { createPaymentGate, type PaymentGate } from './gate.js';
import type { PaymentGateConfig } from './gate-config.js';
import type { BufferedResponse, GateRequest } from './messages.js';

const encoder = new TextEncoder();
const request = (headers: Readonly<Record<string, string>>, target = '/premium'): GateRequest => ({
  method: 'GET',
  target,
  origin: 'http://api.example',
  header: (name) => headers[name],
  body: new Uint8Array(),
});

interface Bench {
  readonly facilitator: FakeFacilitator;
  readonly gate: PaymentGate;
  readonly errors: unknown[];
  runs: number;
}

function bench(config: Partial<PaymentGateConfig> = {}): Bench {
  const facilitator = fakeFacilitator();
  const errors: unknown[] = [];
  const gate = createPaymentGate({
    facilitator: { url: 'http://facilitator.example', fetch: facilitator.fetch },
    routes: { 'GET /premium': { offers: [OFFER] }, 'GET /other': { offers: [OFFER] } },
    onError: (error) => errors.push(error),
    clock: { nowMs: () => 1_700_000_000_000 },
    ...config,
  });
  return { facilitator, gate, errors, runs: 0 };
}

/** Plays the adapter: runs the handler when the gate says so. */
async function call(on: Bench, header: string, target?: string): Promise<BufferedResponse> {
  const decision = await on.gate.authorize(request({ 'x-payment': header }, target));
  if (decision.kind === 'free') throw new Error('not a paid route');
  if (decision.kind === 'respond') return decision.response;
  on.runs++;
  return decision.payment.complete({ status: 200, headers: [], body: encoder.encode(`run ${on.runs}`) });
}

const textOf = ({ body }: BufferedResponse): string => new TextDecoder().decode(body);
const lost = (): never => {
  throw new TypeError('connection lost');
};
const never = (): Promise<Response> => new Promise(() => undefined);

describe('a facilitator that does not work', () => {
  it.each([
    ['is gone', lost],
    ['answers 500 and HTML', () => new Response('<h1>oops</h1>', { status: 500 })],
    ['answers 429', () => new Response('slow down', { status: 429 })],
    ['answers no JSON', () => new Response('ok')],
    ['answers something else', () => Response.json({ valid: 'yes' })],
    [
      'cannot reach its core',
      () => Response.json({ isValid: false, invalidReason: '4mica_core_unavailable' }),
    ],
  ])('and %s when verifying: 502, no work, and the payment stays usable', async (_what, answer) => {
    const on = bench();
    on.facilitator.next('/verify', answer);
    const header = await signedHeader();
    expect((await call(on, header)).status).toBe(502);
    expect(on.runs).toBe(0);
    expect((await call(on, header)).status).toBe(200);
  });

  it.each([
    ['is gone', lost],
    ['answers 500 and HTML', () => new Response('<h1>oops</h1>', { status: 500 })],
    [
      'keeps the certificate',
      () => Response.json({ success: true, network: 'eip155:31337', certificate: null }),
    ],
    ['cannot reach its core', () => Response.json({ success: false, errorReason: '4mica_core_unavailable' })],
  ])(
    'and %s when settling: 502, the work is kept, and settled once by the next copy',
    async (_what, answer) => {
      const on = bench();
      on.facilitator.next('/settle', answer);
      const header = await signedHeader();
      expect((await call(on, header)).status).toBe(502);
      const again = await call(on, header);
      expect([again.status, textOf(again)]).toEqual([200, 'run 1']);
      expect(on.runs).toBe(1);
      expect(on.facilitator.calls).toEqual(['/verify', '/settle', '/settle']);
    },
  );

  it('is given up after its time limit', async () => {
    const on = bench({
      facilitator: {
        url: 'http://facilitator.example',
        timeoutMs: 20,
        fetch: (_url, init) =>
          Promise.race([
            never(),
            new Promise<never>((_r, reject) =>
              init.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
            ),
          ]),
      },
    });
    expect((await call(on, await signedHeader())).status).toBe(502);
    expect(on.errors.at(-1)).toMatchObject({ code: 'HTTP_TIMEOUT' });
  });
});

describe('settlement', () => {
  it('keeps the work back when it is refused, and says why', async () => {
    const on = bench();
    on.facilitator.next('/settle', () =>
      Response.json({ success: false, error: 'tab already closed', txHash: null }),
    );
    const response = await call(on, await signedHeader());
    expect(response.status).toBe(402);
    expect(JSON.parse(textOf(response))).toMatchObject({
      x402Version: 1,
      error: 'Settlement failed',
      details: 'tab already closed',
    });
  });

  it('keeps the work for the next copy when the payment came before its predecessor', async () => {
    const on = bench();
    on.facilitator.next('/settle', () =>
      Response.json({
        success: false,
        error: 'core guarantee request failed (400 Bad Request): req_id not valid',
      }),
    );
    const header = await signedHeader({ reqId: 1n });
    expect((await call(on, header)).status).toBe(402);
    expect(textOf(await call(on, header))).toBe('run 1');
  });

  it('refuses a certificate for another payment', async () => {
    const on = bench();
    const { decodePaymentHeader, encodePaymentEnvelope } = await import('../envelope.js');
    const other = encodePaymentEnvelope(decodePaymentHeader(await signedHeader({ reqId: 7n })));
    on.facilitator.next('/settle', () =>
      Response.json({ success: true, network: 'eip155:31337', certificate: certificateFor(other) }),
    );
    expect((await call(on, await signedHeader())).status).toBe(502);
    expect(on.errors).toEqual([expect.objectContaining({ code: 'CERTIFICATE_DIFFERS_FROM_REQUEST' })]);
  });

  it('verifies the signature of the certificate itself when it is told whom to trust', async () => {
    const on = bench({ trust: { publicKey: new Uint8Array(48), domains: {} } });
    expect((await call(on, await signedHeader())).status).toBe(502);
    expect(on.errors).toEqual([expect.objectContaining({ name: 'VerificationError' })]);
  });

  it('stores the certificate before anything leaves', async () => {
    const store = new MemoryCertificateStore();
    const failing = Object.assign(Object.create(store), {
      isDurable: true,
      find: store.find.bind(store),
      save: async () => Promise.reject(new Error('disk full')),
    });
    const on = bench({ certificateStore: failing });
    await expect(call(on, await signedHeader())).rejects.toThrow('disk full');
  });

  it('F-14: shows the certificate to the payer only when it is told that this is safe', async () => {
    const withExtra = (extra: object) => async (on: Bench, header: string) => {
      const { decodePaymentHeader, encodePaymentEnvelope } = await import('../envelope.js');
      const certificate = certificateFor(encodePaymentEnvelope(decodePaymentHeader(header)));
      on.facilitator.next('/settle', () =>
        Response.json({ success: true, network: 'eip155:31337', certificate, extra }),
      );
      const response = await call(on, header);
      return readReceipt(
        new Headers(response.headers.map(([name, value]): [string, string] => [name, value])),
      )?.certificate;
    };
    expect(await withExtra({})(bench(), await signedHeader())).toBeNull();
    expect(await withExtra({ certificateVisibility: 'strict' })(bench(), await signedHeader())).toBeNull();
    expect(await withExtra({ certificateVisibility: 'open' })(bench(), await signedHeader())).toHaveProperty(
      'claims',
    );
    expect(
      await withExtra({ certificateVisibility: 'open' })(
        bench({ certificateVisibility: 'strict' }),
        await signedHeader(),
      ),
    ).toBeNull();
  });
});

describe('a route that settles before its handler runs', () => {
  const before = (config: Partial<PaymentGateConfig> = {}) =>
    bench({
      routes: {
        'GET /premium': { offers: [OFFER], settle: 'before' },
        'GET /other': { offers: [OFFER], settle: 'before' },
      },
      ...config,
    });
  const paidRequest = async (on: Bench, header: string, target?: string) => {
    const decision = await on.gate.authorize(request({ 'x-payment': header }, target));
    if (decision.kind !== 'paid') throw new Error(`expected a paid request, got ${decision.kind}`);
    return decision.payment;
  };
  const answer = (status: number, text: string) => ({ status, headers: [], body: encoder.encode(text) });

  it('runs a handler that failed again for the same payment, and settles no second one', async () => {
    const store = new MemoryCertificateStore();
    const on = before({ certificateStore: store });
    const header = await signedHeader();
    const failed = await (await paidRequest(on, header)).complete(answer(500, 'broken'));
    expect(failed.status).toBe(500);
    (await paidRequest(on, header)).abandon();
    await (await paidRequest(on, header)).completeStreamed({ status: 503, headers: [] });
    const served = await (await paidRequest(on, header)).complete(answer(200, 'done'));
    expect(textOf(served)).toBe('done');
    const repeated = await call(on, header);
    expect([repeated.status, textOf(repeated), on.runs]).toEqual([200, 'done', 0]);
    expect(on.facilitator.calls).toEqual(Array(4).fill('/settle'));
    expect(await store.findLatest(OFFER.network, 1n)).toMatchObject({ reqId: 0n, status: 200 });
  });

  it('does not let a payment whose handler failed buy something else', async () => {
    const on = before();
    const header = await signedHeader();
    await (await paidRequest(on, header)).complete(answer(500, 'broken'));
    expect((await call(on, header, '/other')).status).toBe(409);
    expect(on.runs).toBe(0);
  });

  it('keeps a refusal of the handler, which is an answer', async () => {
    const on = before();
    const header = await signedHeader();
    await (await paidRequest(on, header)).complete(answer(404, 'no such item'));
    expect(await call(on, header)).toMatchObject({ status: 404 });
    expect(on.runs).toBe(0);
  });

  it('refuses payments from before a restart that it does not remember', async () => {
    const on = before();
    on.facilitator.next('/verify', () => Response.json({ isValid: true, extra: { alreadyIssued: true } }));
    expect((await call(on, await signedHeader({ timestamp: 1_699_999_999n }))).status).toBe(409);
    expect(on.facilitator.calls).toEqual(['/verify']);
  });
});

describe('after a restart without a durable store', () => {
  it('refuses payments that were settled before, because they could buy anything again', async () => {
    const on = bench();
    on.facilitator.next('/verify', () => Response.json({ isValid: true, extra: { alreadyIssued: true } }));
    expect((await call(on, await signedHeader({ timestamp: 1_699_999_999n }))).status).toBe(409);
    expect(on.runs).toBe(0);
  });
});

describe('payment headers', () => {
  it('that are both present, or of the wrong version, are refused', async () => {
    const on = bench();
    const header = await signedHeader();
    for (const headers of [
      { 'x-payment': header, 'payment-signature': header },
      { 'payment-signature': header },
    ]) {
      const decision = await on.gate.authorize(request(headers));
      expect(decision).toMatchObject({ kind: 'respond', response: { status: 400 } });
    }
    const tooLong = encodeHeader({ x: 'x'.repeat(20_000) });
    expect(await call(on, tooLong)).toMatchObject({ status: 400 });
  });

  it('cannot be used for another route of the same price', async () => {
    const on = bench();
    const header = await signedHeader();
    expect((await call(on, header)).status).toBe(200);
    expect((await call(on, header, '/other')).status).toBe(409);
    expect((await call(on, header, '/premium?page=2')).status).toBe(409);
  });
});

describe('versions of x402', () => {
  const offered = async (kinds: object[]) => {
    const on = bench({
      facilitator: { url: 'http://facilitator.example', fetch: async () => Response.json({ kinds }) },
    });
    const decision = await on.gate.authorize(request({}));
    const response = decision.kind === 'respond' ? decision.response : undefined;
    const isV1 = JSON.parse(textOf(response as BufferedResponse)).x402Version === 1;
    return { v1: isV1, v2: response?.headers.some(([name]) => name === 'PAYMENT-REQUIRED') };
  };
  const kind = (x402Version: number, network = 'eip155:31337') => ({
    scheme: '4mica-credit',
    network,
    x402Version,
  });

  it('are those that the facilitator takes on the network, both when it does not tell', async () => {
    expect(await offered([kind(1), kind(2, 'eip155:1')])).toEqual({ v1: true, v2: false });
    expect(await offered([kind(2)])).toEqual({ v1: false, v2: true });
    expect(await offered([])).toEqual({ v1: true, v2: true });
  });

  it('describe a route by its pattern when it has no description, in both', async () => {
    const route = { offers: [OFFER], description: '' };
    const decision = await bench({ routes: { 'GET /premium': route } }).gate.authorize(request({}));
    if (decision.kind !== 'respond') throw new Error('expected a 402');
    const { response } = decision;
    const [, header = ''] = response.headers.find(([name]) => name === 'PAYMENT-REQUIRED') ?? [];
    const described = { description: 'GET /premium', mimeType: 'application/json' };
    expect(X402PaymentRequired.fromHeader(header).resource).toMatchObject(described);
    expect(JSON.parse(textOf(response)).accepts).toMatchObject([described]);
  });
});

describe('configuration', () => {
  const routes = (offer: object, key = 'GET /premium') => ({ [key]: { offers: [{ ...OFFER, ...offer }] } });

  it.each([
    ['a price with a fraction', { routes: routes({ price: '0.01' }) }, 'price'],
    ['a price of nothing', { routes: routes({ price: 0 }) }, 'price'],
    ['a mistyped recipient', { routes: routes({ payTo: OFFER.payTo.replace('abCD', 'ABCD') }) }, 'payTo'],
    ['an unknown network', { routes: routes({ network: 'base-mainnet' }) }, 'network'],
    [
      'half a validation policy',
      { routes: routes({ validation: { jobHash: `0x${'11'.repeat(32)}` } }) },
      'validationRegistryAddress',
    ],
    ['a route without a method', { routes: routes({}, '/premium') }, 'GET /premium'],
    ['no routes', { routes: {} }, 'routes'],
    ['a facilitator that is no URL', { facilitator: { url: 'facilitator' } }, 'facilitator.url'],
  ])('refuses %s', (_what, config, name) => {
    expect(() => bench(config)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(name) }),
    );
  });
});
