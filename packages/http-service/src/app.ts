import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
} from 'fastify';
import { commonAnswerOf, type ErrorAnswer, INTERNAL_ERROR } from './errors.js';
import { acceptStrictJson } from './strict-body.js';
import type { TrustedProxies } from './trust-proxy.js';

/** How long a client may take, in milliseconds. */
export interface RequestTimeouts {
  /** From the start of a connection or request to the end of its headers. */
  readonly headers: number;
  /** To the end of its body. */
  readonly request: number;
  /** From the end of the headers to the answer; above the one for the body. */
  readonly handler: number;
  /** How often the first two are looked at. */
  readonly checkEvery: number;
}

/** What makes one HTTP service different from another. */
export interface AppOptions {
  readonly logger: FastifyBaseLogger;
  /** Bytes. */
  readonly bodyLimit: number;
  readonly trustedProxies: TrustedProxies;
  /** Origins whose pages may call; `*` = every one, empty = none. */
  readonly corsOrigins: readonly string[];
  /** Response headers that pages may read besides the simple ones. */
  readonly exposedHeaders?: readonly string[];
  /** Explains the service's own errors; what stays undefined becomes 500 and is logged. */
  readonly answerOf: (error: unknown) => ErrorAnswer | undefined;
  /** Default {@link DEFAULT_TIMEOUTS}. */
  readonly timeouts?: RequestTimeouts;
}

export const DEFAULT_TIMEOUTS: RequestTimeouts = {
  headers: 10_000,
  request: 30_000,
  handler: 60_000,
  checkEvery: 5_000,
};

/** Payments travel in headers of at most this size, in bytes. */
const MAX_HEADER_BYTES = 16 * 1024;
const REQUEST_ID_HEADER = 'x-request-id';
const MAX_PATH_MEMBER_LENGTH = 300;
const CORS_MAX_AGE_SECS = 600;

/**
 * Creates an HTTP app with everything but routes: strict JSON bodies, limits of size and time, security headers, origins,
 * and an answer `{"error": text}` to whatever goes wrong, without stack traces.
 */
export function createApp(options: AppOptions): FastifyInstance {
  const { logger, bodyLimit, trustedProxies, corsOrigins, timeouts = DEFAULT_TIMEOUTS } = options;
  const app = Fastify({
    loggerInstance: logger,
    logController: new Fastify.LogController({ disableRequestLogging: true }),
    bodyLimit,
    trustProxy: trustOf(trustedProxies),
    requestTimeout: timeouts.request,
    handlerTimeout: timeouts.handler,
    http: {
      headersTimeout: timeouts.headers,
      connectionsCheckingInterval: timeouts.checkEvery,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    routerOptions: { maxParamLength: MAX_PATH_MEMBER_LENGTH },
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    clientErrorHandler: answerClientError,
    frameworkErrors: answerBadUrl,
  });
  acceptStrictJson(app, bodyLimit);
  showRequestId(app);
  addSecurityHeaders(app);
  if (corsOrigins.length > 0) addCors(app, corsOrigins, options.exposedHeaders ?? []);
  if (trustedProxies === undefined) warnOfProxy(app);
  app.setErrorHandler((error, request, reply) => {
    const answer = options.answerOf(error) ?? commonAnswerOf(error) ?? INTERNAL_ERROR;
    if (answer.status >= 500) request.log.error({ err: error }, 'request failed');
    return reply
      .code(answer.status)
      .headers(answer.headers ?? {})
      .send({ error: answer.text });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }));
  return app;
}

/** What Fastify asks about each proxy on the way, the nearest one first. */
function trustOf(proxies: TrustedProxies): false | string[] | ((address: string, hop: number) => boolean) {
  if (proxies === undefined) return false;
  return typeof proxies === 'number' ? (_address, hop) => hop < proxies : [...proxies];
}

/** Nothing that a service answers may be framed, run, stored or guessed at by a browser. */
function addSecurityHeaders(app: FastifyInstance): void {
  app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: { includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
}

/** The log names a request by an id that its client also gets, so that the two can be matched. */
function showRequestId(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header(REQUEST_ID_HEADER, request.id);
  });
}

function addCors(app: FastifyInstance, origins: readonly string[], exposedHeaders: readonly string[]): void {
  app.register(cors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'POST'],
    exposedHeaders: ['retry-after', 'link', REQUEST_ID_HEADER, ...exposedHeaders],
    maxAge: CORS_MAX_AGE_SECS,
  });
}

/** Behind a proxy that is not named, all clients have one address and share its rate limit. */
function warnOfProxy(app: FastifyInstance): void {
  let isWarned = false;
  app.addHook('onRequest', async (request) => {
    if (isWarned || request.headers['x-forwarded-for'] === undefined) return;
    isWarned = true;
    request.log.warn(
      { from: request.ip },
      'a request came with x-forwarded-for, which is ignored; if it came through your own proxy, set TRUST_PROXY',
    );
  });
}

function answerBadUrl(_error: FastifyError, _request: unknown, reply: FastifyReply): void {
  reply.code(400).send({ error: 'malformed URL' });
}

const CLIENT_ERRORS: Readonly<Record<string, ErrorAnswer>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, text: 'the request took too long to arrive' },
  HPE_HEADER_OVERFLOW: { status: 431, text: 'the headers of the request are too large' },
};
const MALFORMED_REQUEST: ErrorAnswer = { status: 400, text: 'malformed HTTP request' };

/** Answers what never became a request, and ends the connection. */
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { status, text } = CLIENT_ERRORS[error.code ?? ''] ?? MALFORMED_REQUEST;
  const body = JSON.stringify({ error: text });
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  }
  socket.destroy();
}
