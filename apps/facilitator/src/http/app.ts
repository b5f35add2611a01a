import { ValidationError } from '@fourmica/core-types';
import {
  addRoutes,
  buildOpenApi,
  createApp,
  documentationRoutes,
  limitRequests,
  metricsRoutes,
  observeRequests,
  RateLimits,
  type Route,
  type TrustedProxies,
} from '@fourmica/http-service';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestLimits } from '../config/config.js';
import type { FacilitatorMetrics } from '../metrics.js';
import type { FacilitatedNetwork } from '../network/facilitated-network.js';
import type { PaymentService } from '../payments.js';
import type { TabService } from '../tabs.js';
import { type ApiKeyCheck, keyOfRequest } from './api-keys.js';
import { consumerOf } from './consumer.js';
import { ROUTE_DOCUMENTATION } from './documentation.js';
import { supportedKinds } from './supported.js';

/** What the routes need. */
export interface AppDeps {
  readonly networks: readonly FacilitatedNetwork[];
  readonly payments: PaymentService;
  readonly tabs: TabService;
  readonly scheme: string;
  readonly checkApiKey: ApiKeyCheck;
  readonly metrics: FacilitatorMetrics;
  readonly metricsToken: string | undefined;
  readonly limits: RequestLimits;
  readonly trustedProxies: TrustedProxies;
  readonly corsOrigins: readonly string[];
  readonly logger: FastifyBaseLogger;
}

const BODY_LIMIT = 64 * 1024;

/** Builds the HTTP interface of the facilitator. Every answer, errors included, is JSON. */
export function buildApp(deps: AppDeps): FastifyInstance {
  const { metrics, checkApiKey } = deps;
  const app = createApp({
    logger: deps.logger,
    bodyLimit: BODY_LIMIT,
    trustedProxies: deps.trustedProxies,
    corsOrigins: deps.corsOrigins,
    answerOf: (error) =>
      error instanceof ValidationError ? { status: 400, text: error.message } : undefined,
  });
  observeRequests(app, metrics.httpDuration);
  limitRequests(app, new RateLimits({ ...deps.limits }), async (request) => consumerOf(request, checkApiKey));
  const documented: Route[] = [
    ...publicRoutes(deps),
    ...paymentRoutes(deps).map((route) => guarded(route, checkApiKey)),
    ...documentationRoutes(() => openApi),
  ];
  const openApi = buildOpenApi({
    title: '4Mica x402 facilitator',
    description: 'Verifies x402 payments of the scheme 4mica-credit and settles them into certificates.',
    routes: documented,
    documentation: ROUTE_DOCUMENTATION,
  });
  addRoutes(app, [...documented, ...metricsRoutes(metrics.registry, deps.metricsToken)]);
  return app;
}

const publicRoutes = ({ networks, scheme }: AppDeps): Route[] => [
  {
    method: 'GET',
    url: '/',
    handle: async () => ({
      message: '4Mica x402 facilitator',
      supported: supportedKinds(networks, scheme),
      health: '/health',
      docs: '/docs',
    }),
  },
  { method: 'GET', url: '/health', handle: async () => ({ status: 'ok' }) },
  {
    method: 'GET',
    url: '/ready',
    handle: async (_request, reply) => {
      const usable = networks.map(({ network, known }) => [network, known === undefined ? 'fail' : 'ok']);
      const isReady = usable.some(([, word]) => word === 'ok');
      return reply
        .code(isReady ? 200 : 503)
        .send({ status: isReady ? 'ok' : 'fail', networks: Object.fromEntries(usable) });
    },
  },
  {
    method: 'GET',
    url: '/supported',
    handle: async () => ({ kinds: supportedKinds(networks, scheme), extensions: [], signers: {} }),
  },
];

const paymentRoutes = ({ tabs, payments, metrics, checkApiKey }: AppDeps): Route[] => [
  {
    method: 'POST',
    url: '/tabs',
    handle: async (request, reply) => {
      const { status, body } = await tabs.open(request.body);
      metrics.tabs.inc({ status: String(status) });
      return reply.code(status).send(body);
    },
  },
  {
    method: 'POST',
    url: '/verify',
    handle: async (request) => {
      const answer = await payments.verify(request.body);
      metrics.countPayment('verify', answer.isValid === true, answer.invalidReason);
      return answer;
    },
  },
  {
    method: 'POST',
    url: '/settle',
    handle: async (request) => {
      const answer = await payments.settle(request.body, isAuthenticated(checkApiKey, request));
      metrics.countPayment('settle', answer.success === true, answer.errorReason);
      return answer;
    },
  },
];

const isAuthenticated = (checkApiKey: ApiKeyCheck, { headers }: FastifyRequest): boolean =>
  checkApiKey(keyOfRequest(headers)) === 'authenticated';

/** Demands an API key before the body is looked at. */
const guarded = ({ method, url, handle }: Route, checkApiKey: ApiKeyCheck): Route => ({
  method,
  url,
  onRequest: async ({ headers }, reply) => {
    const verdict = checkApiKey(keyOfRequest(headers));
    if (verdict === 'open' || verdict === 'authenticated') return;
    await reply
      .code(401)
      .header('www-authenticate', 'Bearer')
      .send({ error: `${verdict} api key` });
  },
  handle,
});
