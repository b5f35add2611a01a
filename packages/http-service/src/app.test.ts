import { once } from 'node:events';
import { connect } from 'node:net';
import { FourMicaError } from '@fourmica/core-types';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { type AppOptions, createApp } from './app.js';
import { listen } from './listen.js';
import { createServiceLogger } from './logger.js';
import { httpHistogram, metricsRoutes, observeRequests } from './metrics.js';
import { probeOf } from './probe.js';
import { limitRequests, RateLimits } from './rate-limits.js';
import { addRoutes } from './route.js';

const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

function appWith(options: Partial<AppOptions> = {}): FastifyInstance {
  const app = createApp({
    logger: createServiceLogger({ name: 'test', level: 'silent' }),
    bodyLimit: 100,
    trustedProxies: undefined,
    corsOrigins: [],
    answerOf: (error) =>
      error instanceof FourMicaError && error.code === 'FULL'
        ? { status: 507, text: error.message }
        : undefined,
    ...options,
  });
  apps.push(app);
  return app;
}

function appWithRoutes(options: Partial<AppOptions> = {}): FastifyInstance {
  const app = appWith(options);
  addRoutes(app, [
    { method: 'GET', url: '/ip', handle: async (request) => ({ ip: request.ip }) },
    { method: 'POST', url: '/echo', handle: async (request) => ({ got: request.body }) },
    {
      method: 'GET',
      url: '/bug',
      handle: async () => {
        throw new Error('postgres://core:password@db broke at line 7');
      },
    },
    {
      method: 'GET',
      url: '/full',
      handle: async () => {
        throw new FourMicaError('FULL', 'no room', {});
      },
    },
  ]);
  return app;
}

const post = (app: FastifyInstance, payload: string, type = 'application/json') =>
  app.inject({ method: 'POST', url: '/echo', payload, headers: { 'content-type': type } });

describe('a body', () => {
  it.each([
    ['no JSON', '{', 400],
    ['a repeated key', '{"a":1,"a":1}', 400],
    ['a repeated key in another spelling', '{"a":1,"\\u0061":2}', 400],
    ['__proto__', '{"__proto__":{"admin":true}}', 400],
    ['deep nesting', '['.repeat(40) + ']'.repeat(40), 400],
    ['nothing', '', 400],
    ['too many bytes', JSON.stringify('x'.repeat(100)), 413],
  ])('with %s is refused', async (_, text, status) => {
    const response = await post(appWithRoutes(), text);
    expect(response.statusCode).toBe(status);
    expect(response.json()).toEqual({ error: expect.any(String) });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])(
    'of type %s is refused',
    async (type) => {
      const response = await post(appWithRoutes(), '{}', type);
      expect([response.statusCode, response.json()]).toEqual([
        415,
        { error: 'unsupported content type, expected application/json' },
      ]);
    },
  );

  it('is read with its character set', async () => {
    expect((await post(appWithRoutes(), '{"a":1}', 'application/json; charset=utf-8')).json()).toEqual({
      got: { a: 1 },
    });
  });
});

describe('an error', () => {
  it('of the service gets its own status', async () => {
    const response = await appWithRoutes().inject('/full');
    expect([response.statusCode, response.json()]).toEqual([507, { error: 'no room' }]);
  });

  it('that nobody expected stays inside', async () => {
    const response = await appWithRoutes().inject('/bug');
    expect([response.statusCode, response.json()]).toEqual([500, { error: 'internal server error' }]);
    expect(response.body).not.toMatch(/password|line 7|\.ts/);
  });

  it.each([
    ['GET', '/nowhere', 404],
    ['DELETE', '/ip', 405],
    ['GET', '/%', 400],
    ['GET', `/${'x'.repeat(400)}`, 404],
  ] as const)('%s %s is JSON with status %i', async (method, url, status) => {
    const response = await appWithRoutes().inject({ method, url });
    expect([response.statusCode, Object.keys(response.json())]).toEqual([status, ['error']]);
  });
});

describe('a browser', () => {
  it('is told to do nothing with an answer, also with an error', async () => {
    const app = appWithRoutes();
    for (const url of ['/ip', '/nowhere', '/bug']) {
      expect((await app.inject(url)).headers).toMatchObject({
        'content-security-policy': "default-src 'none';frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': 'max-age=31536000',
        'cache-control': 'no-store',
      });
    }
  });

  it('is named by an id of its own that the client hears, whatever the client calls it', async () => {
    const app = appWithRoutes();
    const ids = await Promise.all(
      ['/ip', '/nowhere', '/bug'].map(
        async (url) =>
          (await app.inject({ url, headers: { 'x-request-id': 'mine' } })).headers['x-request-id'],
      ),
    );
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(ids).size).toBe(3);
  });

  it('lets no page of another origin read an answer, unless it is listed', async () => {
    const ask = async (corsOrigins: string[], origin: string) => {
      const { headers } = await appWithRoutes({ corsOrigins }).inject({ url: '/ip', headers: { origin } });
      return headers['access-control-allow-origin'];
    };
    expect(await ask([], 'https://app.example')).toBeUndefined();
    expect(await ask(['https://app.example'], 'https://app.example')).toBe('https://app.example');
    expect(await ask(['https://app.example'], 'https://evil.example')).toBeUndefined();
    expect(await ask(['*'], 'https://evil.example')).toBe('*');
    const read = await appWithRoutes({ corsOrigins: ['*'], exposedHeaders: ['x-payment'] }).inject({
      url: '/ip',
      headers: { origin: 'https://app.example' },
    });
    expect(read.headers['access-control-expose-headers']).toBe('retry-after, link, x-request-id, x-payment');
    const preflight = {
      method: 'OPTIONS',
      url: '/echo',
      headers: { origin: 'https://app.example' },
    } as const;
    expect((await appWithRoutes().inject(preflight)).statusCode).toBe(404);
  });
});

describe("a client's address", () => {
  const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' };
  it.each([
    ['is never taken from headers by default', undefined, '127.0.0.1'],
    ['is what a trusted proxy saw', ['127.0.0.1'], '203.0.113.9'],
    ['is what one proxy saw', 1, '203.0.113.9'],
    ['is what the first of two proxies saw', 2, '198.51.100.1'],
    ['is that of a connection from elsewhere', ['10.0.0.0/8'], '127.0.0.1'],
  ])('%s', async (_, trustedProxies, expected) => {
    const response = await appWithRoutes({ trustedProxies }).inject({ url: '/ip', headers });
    expect(response.json()).toEqual({ ip: expected });
  });
});

describe('a rate limit', () => {
  it('answers 429 with Retry-After and all headers before a body is read, for each consumer apart', async () => {
    const app = appWith({ corsOrigins: ['*'] });
    limitRequests(app, new RateLimits({ few: 2 }), async ({ ip, method }) =>
      method === 'GET' ? undefined : { limit: 'few', key: ip },
    );
    addRoutes(app, [
      { method: 'POST', url: '/echo', handle: async () => ({}) },
      { method: 'GET', url: '/free', handle: async () => ({}) },
    ]);
    const ask = (remoteAddress: string) =>
      app.inject({
        method: 'POST',
        url: '/echo',
        remoteAddress,
        payload: '{',
        headers: { 'content-type': 'application/json', origin: 'https://app.example' },
      });
    expect((await ask('192.0.2.1')).statusCode).toBe(400);
    expect((await ask('192.0.2.1')).statusCode).toBe(400);
    const refused = await ask('192.0.2.1');
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toEqual({
      error: expect.stringMatching(/^too many requests, please retry in \d+ s$/),
    });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(refused.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    });
    expect((await ask('192.0.2.2')).statusCode).toBe(400);
    for (let i = 0; i < 5; i++) expect((await app.inject('/free')).statusCode).toBe(200);
  });

  it('of 0 is none', async () => {
    const limits = new RateLimits({ none: 0 });
    expect(limits.isOff).toBe(true);
    await limits.count({ limit: 'none', key: 'a' });
  });
});

describe('metrics', () => {
  it('are shown to who knows the token, and name routes, not paths', async () => {
    const registry = new Registry();
    const app = appWith();
    observeRequests(app, httpHistogram(registry, 'test'));
    addRoutes(app, [
      { method: 'GET', url: '/tabs/:id', handle: async () => ({}) },
      ...metricsRoutes(registry, 'a token of the monitoring'),
    ]);
    await app.inject('/tabs/12345');
    await app.inject('/nowhere/12345');
    expect((await app.inject('/metrics')).statusCode).toBe(401);
    const read = (authorization: string) => app.inject({ url: '/metrics', headers: { authorization } });
    expect((await read('Bearer another')).statusCode).toBe(401);
    const text = (await read('Bearer a token of the monitoring')).body;
    expect(text).toContain(
      'test_http_request_duration_seconds_count{method="GET",route="/tabs/:id",status="200"} 1',
    );
    expect(text).toContain('route="none",status="404"');
    expect(text).not.toContain('12345');
  });

  it('do not exist without a token', () => {
    expect(metricsRoutes(new Registry(), undefined)).toEqual([]);
  });
});

describe('a probe', () => {
  it('asks once for all who ask at the same time', async () => {
    let calls = 0;
    const probe = probeOf(async () => {
      calls++;
    });
    expect(await Promise.all([probe(), probe(), probe()])).toEqual([true, true, true]);
    expect(calls).toBe(1);
    expect(await probeOf(() => Promise.reject(new Error('down')))()).toBe(false);
  });
});

describe('a connection', () => {
  /** Only the limit under test is short: a busy machine may take its time for everything else. */
  const patient = { headers: 60_000, request: 60_000, handler: 60_000, checkEvery: 50 };

  /** Sends raw bytes, says nothing more, and returns all that comes back until the connection ends. */
  async function send(port: number, text: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString();
    });
    socket.write(text);
    await once(socket, 'close');
    return received;
  }

  async function serve(limits: Partial<typeof patient> = {}): Promise<number> {
    const app = appWithRoutes({ timeouts: { ...patient, ...limits } });
    app.get('/forever', () => new Promise(() => undefined));
    const options = { host: '127.0.0.1', port: 0, hostSetting: 'HOST', portSetting: 'PORT' };
    return Number(new URL(await listen(app, options)).port);
  }

  it.each([
    ['whose headers come too slowly', 'GET /ip HTTP/1.1\r\nHost: a\r\nX-Slow: ', 408, { headers: 200 }],
    [
      'whose body comes too slowly',
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
      408,
      { headers: 200, request: 400 },
    ],
    [
      'with too many headers',
      `GET /ip HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`,
      431,
      {},
    ],
    ['that speaks no HTTP', 'HELLO\r\n\r\n', 400, {}],
    [
      'that smuggles two lengths',
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      {},
    ],
  ])('%s is ended with JSON', async (_, text, status, limits) => {
    const answer = await send(await serve(limits), text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toEqual({ error: expect.any(String) });
  });

  it('is answered although a handler hangs', async () => {
    const response = await fetch(`http://127.0.0.1:${await serve({ handler: 300 })}/forever`);
    expect([response.status, await response.json()]).toEqual([
      503,
      { error: 'the request took too long, please retry' },
    ]);
  });

  it('cannot be had twice on one port', async () => {
    const port = await serve();
    await expect(
      listen(appWith(), { host: '127.0.0.1', port, hostSetting: 'HOST', portSetting: 'PORT' }),
    ).rejects.toMatchObject({ code: 'PORT_IN_USE', message: expect.stringMatching(/^PORT: /) });
    await expect(
      listen(appWith(), { host: '192.0.2.1', port: 0, hostSetting: 'HOST', portSetting: 'PORT' }),
    ).rejects.toMatchObject({ code: 'HOST_UNKNOWN', message: expect.stringMatching(/^HOST: /) });
  });
});
