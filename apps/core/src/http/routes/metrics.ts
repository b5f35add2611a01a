import { createHash, timingSafeEqual } from 'node:crypto';
import type { Registry } from 'prom-client';
import { AuthRefusalError } from '../../auth/index.js';
import type { Route } from '../route.js';

/** Metrics for Prometheus, for who knows the token of the settings; without one the route does not exist. */
export const metricsRoutes = (registry: Registry, token: string | undefined): Route[] =>
  token === undefined
    ? []
    : [
        {
          method: 'GET',
          url: '/metrics',
          handle: async (request, reply) => {
            if (!isSameText(request.headers.authorization ?? '', `Bearer ${token}`)) {
              throw new AuthRefusalError('AUTH_UNAUTHENTICATED', 'invalid metrics token');
            }
            return reply.type(registry.contentType).send(await registry.metrics());
          },
        },
      ];

/** Compares in constant time; hashing makes the lengths equal. */
const isSameText = (a: string, b: string): boolean => timingSafeEqual(sha256(a), sha256(b));

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
