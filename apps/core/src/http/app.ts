import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { HttpContext } from './context.js';
import { handleError } from './errors.js';
import { acceptStrictJson, BODY_LIMIT } from './input.js';
import { addRoutes } from './route.js';
import { guaranteeRoutes } from './routes/guarantees.js';
import { partyRoutes } from './routes/parties.js';
import { publicRoutes } from './routes/public.js';
import { suspensionRoutes } from './routes/suspension.js';
import { tabRoutes } from './routes/tabs.js';

const REQUEST_TIMEOUT_MS = 30_000;
const MAX_PARAM_LENGTH = 300;

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
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((_request, reply) => {
    reply.code(404).send({ error: 'not found' });
  });
  addRoutes(app, [
    ...publicRoutes(context),
    ...tabRoutes(context),
    ...guaranteeRoutes(context),
    ...partyRoutes(context),
    ...suspensionRoutes(context),
    ...context.authRoutes,
  ]);
  return app;
}
