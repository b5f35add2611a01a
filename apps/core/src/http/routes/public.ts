import {
  type CoreHealth,
  CorePublicParametersSchema,
  encodeWith,
  SupportedTokensSchema,
  withinTime,
} from '@fourmica/core-types';
import { sql } from 'kysely';
import type { HttpContext } from '../context.js';
import type { Route } from '../route.js';

/** Health, public parameters and tokens: open to everybody. */
export const publicRoutes = (context: HttpContext): Route[] => [
  {
    method: 'GET',
    url: '/core/health',
    handle: async (_request, reply) => {
      const [db, chain] = await Promise.all([
        holds(sql`select 1`.execute(context.db)),
        holds(context.checkChain()),
      ]);
      const health: CoreHealth = {
        status: db && chain ? 'ok' : 'fail',
        db: db ? 'ok' : 'fail',
        chain_rpc: chain ? 'ok' : 'fail',
      };
      return reply.code(health.status === 'ok' ? 200 : 503).send(health);
    },
  },
  {
    method: 'GET',
    url: '/core/public-params',
    handle: async () => encodeWith(CorePublicParametersSchema, context.publicParameters, 'public parameters'),
  },
  {
    method: 'GET',
    url: '/core/tokens',
    handle: async () => {
      const tokens = await context.readTokens();
      const { chainId } = context.publicParameters;
      return encodeWith(SupportedTokensSchema, { chainId, tokens }, 'tokens');
    },
  },
];

const HEALTH_TIMEOUT_MS = 3_000;

const holds = (check: Promise<unknown>): Promise<boolean> =>
  withinTime(check, HEALTH_TIMEOUT_MS, () => new Error('too slow')).then(
    () => true,
    () => false,
  );
