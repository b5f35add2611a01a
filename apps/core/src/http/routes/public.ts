import {
  type CoreHealth,
  CorePublicParametersSchema,
  type CoreReadiness,
  encodeWith,
  SupportedTokensSchema,
} from '@fourmica/core-types';
import type { Route } from '@fourmica/http-service';
import type { HttpContext } from '../context.js';

const word = (holds: boolean): 'ok' | 'fail' => (holds ? 'ok' : 'fail');

/** Health, readiness, public parameters and tokens: open to everybody. */
export const publicRoutes = (context: HttpContext): Route[] => [
  {
    method: 'GET',
    url: '/core/health',
    handle: async (_request, reply) => {
      const { database, chain } = context.probes;
      const [isDatabaseUp, isChainUp] = await Promise.all([database(), chain()]);
      const health: CoreHealth = {
        status: word(isDatabaseUp && isChainUp),
        db: word(isDatabaseUp),
        chain_rpc: word(isChainUp),
      };
      return reply.code(health.status === 'ok' ? 200 : 503).send(health);
    },
  },
  {
    method: 'GET',
    url: '/core/ready',
    handle: async (_request, reply) => {
      const { database, chainView } = context.probes;
      const [isDatabaseUp, isViewFresh] = await Promise.all([database(), chainView()]);
      const isIssuing = context.stopReason() === undefined;
      const readiness: CoreReadiness = {
        status: word(isDatabaseUp && isViewFresh && isIssuing),
        db: word(isDatabaseUp),
        chain_view: word(isViewFresh),
        issuing: word(isIssuing),
      };
      return reply.code(readiness.status === 'ok' ? 200 : 503).send(readiness);
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
