import cors from '@fastify/cors';
import { FourMicaError } from '@fourmica/core-types';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { HttpContext } from './context.js';
import { handleError } from './errors.js';
import { acceptStrictJson, BODY_LIMIT } from './input.js';
import { buildOpenApi } from './openapi.js';
import { addRoutes, type Route } from './route.js';
import { guaranteeRoutes } from './routes/guarantees.js';
import { metricsRoutes } from './routes/metrics.js';
import { partyRoutes } from './routes/parties.js';
import { publicRoutes } from './routes/public.js';
import { suspensionRoutes } from './routes/suspension.js';
import { tabRoutes } from './routes/tabs.js';

const REQUEST_TIMEOUT_MS = 30_000;
const MAX_PARAM_LENGTH = 300;
const CORS_MAX_AGE_SECS = 600;

/** Builds the HTTP API. Every answer, errors included, is JSON. */
export function buildApp(context: HttpContext, logger: FastifyBaseLogger): FastifyInstance {
  const app = Fastify({
    loggerInstance: logger,
    logController: new Fastify.LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  });
  acceptStrictJson(app);
  if (context.corsOrigins.length > 0) {
    const origin = context.corsOrigins.includes('*') ? '*' : [...context.corsOrigins];
    app.register(cors, { origin, methods: ['GET', 'POST'], maxAge: CORS_MAX_AGE_SECS });
  }
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof FourMicaError) context.metrics.refusals.inc({ code: error.code });
    handleError(error, request, reply);
  });
  app.addHook('onResponse', async (request, reply) => {
    const labels = {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
    };
    context.metrics.httpDuration.observe(labels, reply.elapsedTime / 1000);
  });
  app.setNotFoundHandler((_request, reply) => {
    reply.code(404).send({ error: 'not found' });
  });
  const documented: Route[] = [
    ...publicRoutes(context),
    ...tabRoutes(context),
    ...guaranteeRoutes(context),
    ...partyRoutes(context),
    ...suspensionRoutes(context),
    ...context.authRoutes,
    { method: 'GET', url: '/openapi.json', handle: async () => openApi },
  ];
  const openApi = buildOpenApi(documented);
  addRoutes(app, [...documented, ...metricsRoutes(context.metrics.registry, context.metricsToken)]);
  return app;
}
