import { ETH_ASSET } from '@fourmica/core-types';
import { LocalAccountSigner } from '@fourmica/eip712-claims';
import { describe, expect, it } from 'vitest';
import { decodePaymentHeader } from '../envelope.js';
import { encodeHeader } from '../header.js';
import { type PayingFetchOptions, payingFetch } from './paying-fetch.js';
import { createPayer } from './payment-signer.js';

const SIGNER = new LocalAccountSigner(`0x${'01'.repeat(32)}`);
const PAYER = createPayer(SIGNER, { name: '4mica', version: '1', chainId: 31337n });
const RECIPIENT = '0xabCDEF1234567890ABcDEF1234567890aBCDeF12';
const API = 'https://api.example';

interface Seen {
  readonly url: string;
  readonly payment: ReturnType<typeof decodePaymentHeader> | undefined;
  readonly header: string | undefined;
}

interface Behaviour {
  readonly offer?: object;
  readonly tab?: (calls: number) => Response;
  /** The answer to a paid request; throwing is a lost connection. */
  readonly paid?: (seen: Seen, calls: number) => Response | Promise<Response>;
}

const OFFER = {
  scheme: '4mica-credit',
  network: 'eip155:31337',
  maxAmountRequired: '100',
  payTo: RECIPIENT,
  asset: ETH_ASSET,
  extra: { tabEndpoint: `${API}/tab` },
};
const tabAnswer = (more: object = {}) =>
  Response.json({ tabId: '0x1', userAddress: SIGNER.address, nextReqId: '0x0', ttlSeconds: 3600, ...more });
const served = () =>
  new Response('served', {
    headers: {
      'X-PAYMENT-RESPONSE': encodeHeader({ success: true, transaction: '', network: 'eip155:31337' }),
    },
  });

const conflict = (reason: string) =>
  Response.json({ x402Version: 1, error: reason, accepts: [OFFER] }, { status: 402 });
const taken = (reqId: bigint) => conflict(`another guarantee with req_id ${reqId} already exists`);

/** A paid API that behaves as told, in the place of the network. */
function hostileApi(behaviour: Behaviour = {}) {
  const paidRequests: Seen[] = [];
  const urls: string[] = [];
  let tabCalls = 0;
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    urls.push(url);
    if (url === `${API}/tab`) return (behaviour.tab ?? (() => tabAnswer()))(++tabCalls);
    const header = new Headers(init.headers).get('x-payment') ?? undefined;
    if (header === undefined) {
      return Response.json(
        { x402Version: 1, error: 'pay', accepts: [{ ...OFFER, ...behaviour.offer }] },
        { status: 402 },
      );
    }
    const seen = { url, header, payment: decodePaymentHeader(header) };
    paidRequests.push(seen);
    return (behaviour.paid ?? served)(seen, paidRequests.length);
  };
  return { fetch, paidRequests, urls };
}

const payerOf = (
  api: { fetch: (url: string, init: RequestInit) => Promise<Response> },
  options: Partial<PayingFetchOptions> = {},
) =>
  payingFetch(api.fetch, {
    payer: PAYER,
    policy: { assets: [{ asset: ETH_ASSET, maxPerRequest: 100 }] },
    ...options,
  });

function abortIn(ms: number, reason: Error): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), ms);
  return controller.signal;
}

const code = (expected: string) => expect.objectContaining({ name: 'X402Error', code: expected });
const reqIds = (api: { paidRequests: readonly Seen[] }) =>
  api.paidRequests.map(({ payment }) => payment?.payload.claims.reqId);

describe('T-20: what a hostile server asks for', () => {
  const policy = {
    assets: [{ asset: ETH_ASSET, maxPerRequest: 100 }],
    recipients: [RECIPIENT],
    networks: ['eip155:31337'],
    maxTtlSeconds: 3600,
  };

  it.each([
    ['more than a request may cost', { offer: { maxAmountRequired: '101' } }],
    ['nothing at all', { offer: { maxAmountRequired: '0' } }],
    ['another asset', { offer: { asset: `0x${'33'.repeat(20)}` } }],
    ['another recipient', { offer: { payTo: `0x${'44'.repeat(20)}` } }],
    ['another network', { offer: { network: 'eip155:1' } }],
    ['a tab that lives too long', { tab: () => tabAnswer({ ttlSeconds: 3601 }) }],
    ['a tab of unknown life', { tab: () => tabAnswer({ ttlSeconds: undefined }) }],
  ])('is not signed: %s', async (_what, behaviour) => {
    const api = hostileApi(behaviour);
    await expect(payerOf(api, { policy })(`${API}/premium`)).rejects.toEqual(code('SPENDING_POLICY'));
    expect(api.paidRequests).toEqual([]);
  });

  it.each([
    ['maxPerRequest', { amount: 101n, allowed: 100n }, { offer: { maxAmountRequired: '101' } }],
    ['assets', {}, { offer: { asset: `0x${'33'.repeat(20)}` } }],
    ['recipients', {}, { offer: { payTo: `0x${'44'.repeat(20)}` } }],
    ['networks', {}, { offer: { network: 'eip155:1' } }],
    ['maxTtlSeconds', {}, { tab: () => tabAnswer({ ttlSeconds: 3601 }) }],
  ])('tells programs which limit forbids it: %s', async (limit, amounts, behaviour) => {
    const paying = payerOf(hostileApi(behaviour), { policy })(`${API}/premium`);
    await expect(paying).rejects.toMatchObject({ context: { field: `policy.${limit}`, ...amounts } });
  });

  it.each([
    ['on another origin', 'https://evil.example/tab'],
    ['on a cloud metadata address', 'http://169.254.169.254/latest'],
    ['that is no URL', '/tab'],
  ])('is not called: a tab endpoint %s', async (_what, tabEndpoint) => {
    const api = hostileApi({ offer: { extra: { tabEndpoint } } });
    await expect(payerOf(api)(`${API}/premium`)).rejects.toEqual(code('TAB_ENDPOINT_REFUSED'));
    expect(api.urls).toEqual([`${API}/premium`]);
  });

  it.each([
    ['of another payer', { userAddress: RECIPIENT }],
    ['of another recipient', { recipientAddress: SIGNER.address }],
    ['in another asset', { assetAddress: RECIPIENT }],
    ['of another version', { guaranteeVersion: 2 }],
    ['without a next reqId', { nextReqId: undefined }],
    ['without an id', { tabId: null }],
  ])('is not signed: a tab %s', async (_what, answer) => {
    const api = hostileApi({ tab: () => tabAnswer(answer) });
    await expect(payerOf(api)(`${API}/premium`)).rejects.toEqual(code('TAB_ANSWER_INVALID'));
    expect(api.paidRequests).toEqual([]);
  });

  it('adds up over a tab and a window, and every signature counts until its reqId is consumed', async () => {
    const failing = { paid: () => new Response('no', { status: 500 }) };
    const perTab = { assets: [{ asset: ETH_ASSET, maxPerRequest: 100, maxPerTab: 250 }] };
    const api = hostileApi(failing);
    const pay = payerOf(api, { policy: perTab });
    expect((await pay(`${API}/a`)).status).toBe(500);
    expect((await pay(`${API}/b`)).status).toBe(500);
    await expect(pay(`${API}/c`)).rejects.toMatchObject({
      code: 'SPENDING_POLICY',
      context: { field: 'policy.maxPerTab', amount: 300n, allowed: 250n },
    });
    expect(reqIds(api)).toEqual([0n, 0n]);

    let now = 0;
    const perWindow = {
      assets: [{ asset: ETH_ASSET, maxPerRequest: 100, maxPerWindow: 200 }],
      windowSeconds: 60,
    };
    const paying = payerOf(hostileApi({ tab: (calls) => tabAnswer({ tabId: calls }) }), {
      policy: perWindow,
      clock: { nowMs: () => now },
    });
    await paying(`${API}/a`);
    await paying(`${API}/b`);
    await expect(paying(`${API}/c`)).rejects.toMatchObject({
      code: 'SPENDING_POLICY',
      context: { field: 'policy.maxPerWindow', amount: 300n, allowed: 200n },
    });
    now = 61_000;
    expect((await paying(`${API}/c`)).status).toBe(200);
  });

  it('counts a reqId once when it is consumed, whatever was signed for it before', async () => {
    const policy = { assets: [{ asset: ETH_ASSET, maxPerRequest: 100, maxPerTab: 300 }] };
    const api = hostileApi({
      paid: (_seen, calls) => (calls === 1 ? new Response('no', { status: 500 }) : served()),
    });
    const pay = payerOf(api, { policy });
    for (const path of ['a', 'b', 'c', 'd']) await pay(`${API}/${path}`);
    expect(reqIds(api)).toEqual([0n, 0n, 1n, 2n]);
    await expect(pay(`${API}/e`)).rejects.toEqual(code('SPENDING_POLICY'));
  });
});

describe('a paid request without an answer', () => {
  it('is sent again with the same bytes', async () => {
    const api = hostileApi({
      paid: (_seen, calls) => {
        if (calls < 3) throw new TypeError('connection lost');
        return served();
      },
    });
    expect((await payerOf(api)(`${API}/premium`)).status).toBe(200);
    expect(new Set(api.paidRequests.map(({ header }) => header)).size).toBe(1);
    expect(api.paidRequests).toHaveLength(3);
  });

  it('is an unknown outcome in the end, and the same request sends the same payment', async () => {
    let isDown = true;
    const api = hostileApi({
      paid: () => {
        if (isDown) throw new TypeError('connection lost');
        return served();
      },
    });
    const pay = payerOf(api, { maxRetries: 0 });
    await expect(pay(`${API}/a`)).rejects.toMatchObject({
      code: 'PAYMENT_OUTCOME_UNKNOWN',
      context: { tabId: 1n, reqId: 0n },
    });
    isDown = false;
    await pay(`${API}/a`);
    expect(api.paidRequests[1]?.header).toBe(api.paidRequests[0]?.header);
  });

  it('leaves its reqId to the next payment, so that only one of the two can be charged', async () => {
    const charged = new Set<string>();
    let isDown = true;
    const api = hostileApi({
      tab: () => tabAnswer({ nextReqId: charged.size }),
      paid: ({ payment, header = '' }) => {
        if (isDown) throw new TypeError('connection lost');
        const reqId = payment?.payload.claims.reqId ?? 0n;
        if (reqId < charged.size && !charged.has(header)) return taken(reqId);
        charged.add(header);
        return served();
      },
    });
    let now = 0;
    const pay = payerOf(api, { maxRetries: 0, clock: { nowMs: () => (now += 1_000) } });
    const lost = await Promise.allSettled(['a', 'b', 'c'].map((path) => pay(`${API}/${path}`)));
    expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    isDown = false;
    expect((await pay(`${API}/d`)).status).toBe(200);
    expect((await pay(`${API}/a`)).status).toBe(200);
    expect(reqIds(api).slice(3)).toEqual([0n, 0n, 1n]);
    expect(charged.size).toBe(2);
  });

  it.each([500, 502, 503])(
    'or with a %i is repeated with the same payment, not a second one',
    async (status) => {
      const api = hostileApi({
        paid: (_seen, calls) => (calls === 1 ? new Response('broken', { status }) : served()),
      });
      const pay = payerOf(api, { maxRetries: 0 });
      expect((await pay(`${API}/a`)).status).toBe(status);
      expect((await pay(`${API}/a`)).status).toBe(200);
      expect(api.paidRequests[1]?.header).toBe(api.paidRequests[0]?.header);
    },
  );

  it('ends after its time limit', async () => {
    const api = hostileApi({ paid: () => new Promise(() => undefined) });
    const slow = (url: string, init: RequestInit): Promise<Response> =>
      Promise.race([
        api.fetch(url, init),
        new Promise<Response>((_resolve, reject) =>
          init.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
        ),
      ]);
    await expect(payerOf({ fetch: slow }, { timeoutMs: 20, maxRetries: 0 })(`${API}/a`)).rejects.toEqual(
      code('PAYMENT_OUTCOME_UNKNOWN'),
    );
  });
});

describe('a payment that does not fit its tab', () => {
  it('signs once more when the reqId is taken, and not a third time', async () => {
    const api = hostileApi({
      tab: (calls) => tabAnswer({ nextReqId: (calls - 1) * 5 }),
      paid: ({ payment }) => taken(payment?.payload.claims.reqId ?? 0n),
    });
    expect((await payerOf(api)(`${API}/premium`)).status).toBe(402);
    expect(reqIds(api)).toEqual([0n, 5n]);
  });

  it('sends the same bytes when the turn has come', async () => {
    const api = hostileApi({
      paid: (_seen, calls) => (calls === 1 ? conflict('req_id not valid') : served()),
    });
    expect((await payerOf(api)(`${API}/premium`)).status).toBe(200);
    expect(api.paidRequests[1]?.header).toBe(api.paidRequests[0]?.header);
  });

  it('goes on on the new tab when the old one is closed', async () => {
    const api = hostileApi({
      tab: (calls) => tabAnswer({ tabId: calls }),
      paid: (_seen, calls) =>
        calls === 1 ? conflict('core guarantee request failed (409 Conflict): tab already closed') : served(),
    });
    expect((await payerOf(api)(`${API}/premium`)).status).toBe(200);
    expect(api.paidRequests.map(({ payment }) => payment?.payload.claims.tabId)).toEqual([1n, 2n]);
  });

  it.each([
    ['signs once more what is older than the first payment of its tab', 2_001_000, [1_999n, 2_001n], 200],
    ['does so once only, also when the clock stays behind', 1_999_500, [1_999n, 1_999n], 402],
  ])('%s', async (_, laterMs, timestamps, status) => {
    const api = hostileApi({
      tab: () => tabAnswer({ nextReqId: 1, startTimestamp: 2_000 }),
      paid: ({ payment }) =>
        (payment?.payload.claims.timestamp ?? 0n) < 2_000n ? conflict('start timestamp modified') : served(),
    });
    const clock = { nowMs: () => (api.paidRequests.length === 0 ? 1_999_000 : laterMs) };
    expect((await payerOf(api, { clock })(`${API}/premium`)).status).toBe(status);
    expect(api.paidRequests.map(({ payment }) => payment?.payload.claims.timestamp)).toEqual(timestamps);
    expect(reqIds(api)).toEqual([1n, 1n]);
  });

  it('waits as long as earlier payments are under way, however long they take', async () => {
    let next = 0n;
    let finishFirst: () => void = () => undefined;
    const firstIsDone = new Promise<void>((resolve) => {
      finishFirst = resolve;
    });
    const api = hostileApi({
      tab: () => tabAnswer({ nextReqId: next.toString() }),
      paid: async ({ payment, url }) => {
        if (url === `${API}/slow`) await firstIsDone;
        if (payment?.payload.claims.reqId !== next) return conflict('req_id not valid');
        next++;
        return served();
      },
    });
    const pay = payerOf(api);
    const slow = pay(`${API}/slow`);
    while (api.paidRequests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const fast = pay(`${API}/fast`);
    while (api.paidRequests.length === 1) await new Promise((resolve) => setTimeout(resolve, 1));
    finishFirst();
    expect((await Promise.all([slow, fast])).map(({ status }) => status)).toEqual([200, 200]);
    expect(reqIds(api)).toEqual([0n, 1n, 1n]);
  });

  it('waits for the payment that takes the reqId of a failed one', async () => {
    let next = 0n;
    const api = hostileApi({
      tab: () => tabAnswer({ nextReqId: next.toString() }),
      paid: ({ payment, url }) => {
        if (url === `${API}/0`) return conflict('Not enough free collateral');
        if (payment?.payload.claims.reqId !== next) return conflict('req_id not valid');
        next++;
        return served();
      },
    });
    const pay = payerOf(api, { maxInFlightPerTab: 4 });
    const responses = await Promise.all(Array.from({ length: 12 }, (_, i) => pay(`${API}/${i}`)));
    expect(responses.map(({ status }) => status)).toEqual([402, ...Array(11).fill(200)]);
    expect(next).toBe(11n);
  });

  it('ends for a caller who gives up, and is no obstacle for the others', async () => {
    const api = hostileApi({ paid: () => new Promise(() => undefined) });
    const pay = payerOf(api, { maxInFlightPerTab: 1 });
    void pay(`${API}/holds-the-tab`);
    while (api.paidRequests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const reason = new Error('enough');
    const waiting = pay(`${API}/waits`, { signal: abortIn(20, reason) });
    await expect(waiting).rejects.toBe(reason);
  });

  it.each([0, 65, 1.5])('has no window of %d', (maxInFlightPerTab) => {
    expect(() => payerOf(hostileApi(), { maxInFlightPerTab })).toThrow('maxInFlightPerTab');
  });

  it('is nothing else: another refusal is returned', async () => {
    const api = hostileApi({ paid: () => conflict('Not enough free collateral') });
    expect((await payerOf(api)(`${API}/premium`)).status).toBe(402);
    expect(api.paidRequests).toHaveLength(1);
  });
});

describe('redirects', () => {
  const redirect = (location: string, status = 307) => new Response(null, { status, headers: { location } });

  it('do not carry the payment to another origin', async () => {
    const api = hostileApi({ paid: () => redirect('https://evil.example/') });
    await expect(payerOf(api)(`${API}/premium`)).rejects.toEqual(code('REDIRECT_REFUSED'));
    expect(api.urls.some((url) => url.startsWith('https://evil.example'))).toBe(false);
  });

  it('carry it on the same origin, but not for ever', async () => {
    const api = hostileApi({ paid: (seen) => (seen.url.endsWith('/new') ? served() : redirect('/new')) });
    expect((await payerOf(api)(`${API}/old`)).status).toBe(200);
    const loop = hostileApi({ paid: () => redirect('/again') });
    await expect(payerOf(loop)(`${API}/old`)).rejects.toEqual(code('REDIRECT_REFUSED'));
  });
});

describe('a server that is not there', () => {
  it('is told by a typed error, and nothing was signed', async () => {
    const cause = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') });
    const request = payerOf({ fetch: () => Promise.reject(cause) })(`${API}/premium?key=secret`);
    await expect(request).rejects.toMatchObject({ name: 'X402Error', code: 'HTTP_UNREACHABLE', cause });
    await expect(request).rejects.toThrow(
      'https://api.example/premium could not be reached: connect ECONNREFUSED 127.0.0.1:1; check the URL',
    );
  });

  it('is not what a caller hears who gave up', async () => {
    const reason = new Error('enough');
    const fetch = (_url: string, init: RequestInit) =>
      new Promise<Response>((_resolve, reject) =>
        init.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
      );
    await expect(payerOf({ fetch })(`${API}/a`, { signal: abortIn(5, reason) })).rejects.toBe(reason);
  });
});

describe('what is none of its business', () => {
  it.each([
    ['a 402 without x402', () => new Response('pay me', { status: 402 })],
    [
      'offers of another scheme only',
      () => Response.json({ x402Version: 1, accepts: [{ ...OFFER, scheme: 'exact' }] }, { status: 402 }),
    ],
    [
      'a broken version 2 header',
      () => new Response('x', { status: 402, headers: { 'PAYMENT-REQUIRED': '%%%' } }),
    ],
    ['more than 64 KiB', () => new Response('x'.repeat(70_000), { status: 402 })],
    ['200', () => new Response('free')],
  ])('is returned unread: %s', async (_what, answer) => {
    const expected = await answer().text();
    const response = await payerOf({ fetch: async () => answer() })(`${API}/premium`);
    expect(await response.text()).toBe(expected);
  });

  it('a request that carries a payment already', async () => {
    const api = hostileApi({ paid: () => new Response('', { status: 402 }) });
    await payerOf(api)(`${API}/premium`);
    const own = api.paidRequests[0]?.header ?? '';
    const before = api.urls.length;
    expect((await payerOf(api)(`${API}/premium`, { headers: { 'X-PAYMENT': own } })).status).toBe(402);
    expect(api.urls.length).toBe(before + 1);
  });
});

it('does not load BLS on the payer’s side', async () => {
  const { readFile } = await import('node:fs/promises');
  const seen = new Set<string>();
  const visit = async (path: URL): Promise<void> => {
    if (seen.has(path.href)) return;
    seen.add(path.href);
    const source = await readFile(path, 'utf8');
    expect(source, path.href).not.toContain('@fourmica/bls-cert');
    for (const [, specifier = ''] of source.matchAll(/from '(\.[^']+)\.js'/g))
      await visit(new URL(`${specifier}.ts`, path));
  };
  await visit(new URL('../client.ts', import.meta.url));
  expect(seen.size).toBeGreaterThan(10);
});
