import { parseAddress } from '@fourmica/core-types';
import { LocalAccountSigner } from '@fourmica/eip712-claims';
import { AuthSession, CoreClient, type Tracing } from '@fourmica/rpc-client';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Handler, startServer } from './support/server.js';

const exporter = new InMemorySpanExporter();
let tracing: Tracing;

beforeAll(() => {
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  // As the README shows it: nothing but the API package.
  tracing = {
    tracer: trace.getTracer('my-service'),
    inject: (headers) => propagation.inject(context.active(), headers),
  };
});
beforeEach(() => exporter.reset());
afterAll(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

describe('traces of OpenTelemetry', () => {
  it('show one span per call, inside the span of the caller, with its repetitions', async () => {
    let tries = 0;
    await using server = await startServer(() =>
      ++tries === 1
        ? { status: 503, json: { error: 'busy' }, headers: { 'retry-after': '0' } }
        : { json: null, headers: { 'x-request-id': 'r7' } },
    );
    const client = new CoreClient({ baseUrl: server.url, tracing });
    await trace.getTracer('my-service').startActiveSpan('my work', async (span) => {
      await client.getTab(42n);
      span.end();
    });
    const [call, work] = exporter.getFinishedSpans();
    expect(call).toMatchObject({
      name: 'GET /core/tabs/{tab_id}',
      kind: SpanKind.CLIENT,
      parentSpanContext: { spanId: work?.spanContext().spanId },
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'http.request.method': 'GET',
        'url.template': '/core/tabs/{tab_id}',
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(server.url).port),
        'http.response.status_code': 200,
        'http.response.header.x-request-id': 'r7',
        'http.request.resend_count': 1,
      },
      events: [
        { name: 'retry', attributes: { 'error.type': 'RPC_STATUS', 'http.response.status_code': 503 } },
      ],
    });
    const traceparent = `00-${call?.spanContext().traceId}-${call?.spanContext().spanId}-01`;
    expect(server.received.map(({ headers }) => headers.traceparent)).toEqual([traceparent, traceparent]);
  });

  it('show a failed call as failed', async () => {
    await using server = await startServer(() => ({ status: 400, json: { error: 'req_id not valid' } }));
    await expect(new CoreClient({ baseUrl: server.url, tracing }).getTab(1n)).rejects.toThrow('req_id');
    expect(exporter.getFinishedSpans()).toMatchObject([
      {
        status: { code: SpanStatusCode.ERROR, message: 'RPC_STATUS' },
        attributes: { 'error.type': 'RPC_STATUS', 'http.response.status_code': 400 },
      },
    ]);
  });

  it('end also when the call is aborted', async () => {
    await using server = await startServer(() => new Promise(() => undefined));
    const call = new CoreClient({ baseUrl: server.url, tracing }).getTab(1n, {
      signal: AbortSignal.timeout(20),
    });
    await expect(call).rejects.toThrow();
    expect(exporter.getFinishedSpans()).toHaveLength(1);
  });
});

describe('secrets', () => {
  const PRIVATE_KEY = '5a'.repeat(32);
  const ADMIN_KEY = `ak_${'0'.repeat(32)}.${'7'.repeat(64)}`;
  const tokens = { access_token: 'access-secret', refresh_token: 'refresh-secret', expires_in: 900 };

  /** A core that logs in, and otherwise repeats everything it was sent in its error. */
  const gossip =
    (isBroken: (url: string) => boolean): Handler =>
    (request) => {
      const everything = { status: 400, json: { error: JSON.stringify([request.headers, request.body]) } };
      if (isBroken(request.url)) return everything;
      if (request.url === '/auth/nonce') {
        return {
          json: {
            nonce: '0f9d0c3e7a444f0b9a557d0c3b1e6a10',
            siwe: {
              domain: '127.0.0.1',
              uri: `http://${request.headers.host}`,
              chainId: 31337,
              statement: '',
              expiration: '2026-05-04T10:05:00Z',
              issuedAt: '2026-05-04T10:00:00Z',
            },
          },
        };
      }
      return request.url.startsWith('/auth') ? { json: tokens } : everything;
    };

  it.each([
    ['a refused call', () => false],
    ['a refused login', (url: string) => url === '/auth/verify'],
    ['a refused logout', (url: string) => url === '/auth/logout'],
  ])('are in no event, span or error: %s', async (_, isBroken) => {
    await using server = await startServer(gossip(isBroken));
    const seen: unknown[] = [];
    const hooks = {
      onRequest: (event: object) => seen.push(event),
      onResponse: (event: object) => seen.push(event),
    };
    const signer = new LocalAccountSigner(PRIVATE_KEY);
    const session = new AuthSession({ authUrl: server.url, signer, hooks, tracing });
    const client = new CoreClient({ baseUrl: server.url, session, adminApiKey: ADMIN_KEY, hooks, tracing });
    const calls = [
      () => client.getTab(1n),
      () => client.getUserAssetBalance(signer.address, parseAddress(`0x${'00'.repeat(20)}`)),
      () => session.logout(),
    ];
    let failures = 0;
    for (const call of calls) {
      await call().catch((error: unknown) => {
        failures++;
        for (let cause = error; cause instanceof Error; cause = cause.cause) {
          seen.push(cause, cause.message, cause.stack);
        }
      });
    }
    expect(failures).toBeGreaterThanOrEqual(2);
    const spans = exporter.getFinishedSpans().map(({ name, attributes, events, status }) => ({
      name,
      attributes,
      events,
      status,
    }));
    const logged = JSON.stringify([seen, spans], (_key, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    const sent = server.received.map(({ headers, body }) => JSON.stringify([headers, body])).join();
    const signatures = [...sent.matchAll(/0x[0-9a-f]{130}/g)].map(([signature]) => signature);
    expect(sent).toContain(isBroken('/auth/verify') ? signer.address : ADMIN_KEY);
    expect(signatures.length).toBeGreaterThan(0);
    for (const secret of [PRIVATE_KEY, ADMIN_KEY, 'access-secret', 'refresh-secret', ...signatures]) {
      expect(logged).not.toContain(secret);
    }
  });
});
