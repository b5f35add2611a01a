import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';
import type { Route } from './route.js';
import { isSameSecret } from './secret-compare.js';

/** Buckets for the durations of requests and queries, in seconds. */
export const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Creates the histogram of an app's requests, `<prefix>_http_request_duration_seconds`. */
export const httpHistogram = (registry: Registry, prefix: string) =>
  new Histogram({
    name: `${prefix}_http_request_duration_seconds`,
    help: 'Time from a request to its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: LATENCY_BUCKETS,
    registers: [registry],
  });

/** Observes every answer of an app by the pattern of its route, never by its path, which clients choose. */
export function observeRequests(
  app: FastifyInstance,
  histogram: Histogram<'method' | 'route' | 'status'>,
): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const labels = { method: request.method, route, status: reply.statusCode };
    histogram.observe(labels, reply.elapsedTime / 1000);
  });
}

/** `GET /metrics` for Prometheus, for who knows the token; without one in the settings the route does not exist. */
export const metricsRoutes = (registry: Registry, token: string | undefined): Route[] =>
  token === undefined
    ? []
    : [
        {
          method: 'GET',
          url: '/metrics',
          handle: async ({ headers }, reply) => {
            if (!isSameSecret(`Bearer ${token}`, headers.authorization ?? '')) {
              reply.header('www-authenticate', 'Bearer');
              return reply.code(401).send({ error: 'invalid metrics token' });
            }
            return reply.type(registry.contentType).send(await registry.metrics());
          },
        },
      ];
