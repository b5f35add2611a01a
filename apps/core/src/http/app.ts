import { FourMicaError } from '@fourmica/core-types';
import {
  addRoutes,
  buildOpenApi,
  createApp,
  documentationRoutes,
  limitRequests,
  MAX_PAGE_ENTRIES,
  metricsRoutes,
  observeRequests,
  type Route,
} from '@fourmica/http-service';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { consumerOf } from './consumer.js';
import type { HttpContext } from './context.js';
import { ROUTE_DOCUMENTATION } from './documentation.js';
import { answerOf } from './errors.js';
import { chainRepairRoutes } from './routes/chain-repair.js';
import { guaranteeRoutes } from './routes/guarantees.js';
import { ledgerCheckRoutes } from './routes/ledger-check.js';
import { partyRoutes } from './routes/parties.js';
import { publicRoutes } from './routes/public.js';
import { suspensionRoutes } from './routes/suspension.js';
import { tabRoutes } from './routes/tabs.js';

/** Largest body in bytes. */
const BODY_LIMIT = 2 * 1024 * 1024;

/** Builds the HTTP API. Every answer, errors included, is JSON. */
export function buildApp(context: HttpContext, logger: FastifyBaseLogger): FastifyInstance {
  const { metrics } = context;
  const app = createApp({
    logger,
    bodyLimit: BODY_LIMIT,
    trustedProxies: context.trustedProxies,
    corsOrigins: context.corsOrigins,
    answerOf: (error) => {
      if (error instanceof FourMicaError) metrics.refusals.inc({ code: error.code });
      return answerOf(error);
    },
  });
  observeRequests(app, metrics.httpDuration);
  limitRequests(app, context.rateLimits, (request) => consumerOf(request, context.resolveCaller));
  const documented: Route[] = [
    ...publicRoutes(context),
    ...tabRoutes(context),
    ...guaranteeRoutes(context),
    ...partyRoutes(context),
    ...suspensionRoutes(context),
    ...ledgerCheckRoutes(context),
    ...chainRepairRoutes(context),
    ...context.authRoutes,
    ...documentationRoutes(() => openApi),
  ];
  const openApi = buildOpenApi({
    title: '4Mica core',
    description:
      'Integers of 256 bits are 0x hex text in answers, decimal or 0x hex text in requests. ' +
      `Lists answer at most ${MAX_PAGE_ENTRIES} entries; \`limit\` asks for fewer, and while there is more the \`Link\` header names the next part.`,
    routes: documented,
    documentation: ROUTE_DOCUMENTATION,
  });
  addRoutes(app, [...documented, ...metricsRoutes(metrics.registry, context.metricsToken)]);
  return app;
}
