import { parseStrictJson, shortNameOfNetwork, ValidationError } from '@fourmica/core-types';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyRequest,
} from 'fastify';
import type { FacilitatedNetwork } from '../network/facilitated-network.js';
import type { PaymentService } from '../payments.js';
import type { TabService } from '../tabs.js';
import { type ApiKeyCheck, keyOfRequest } from './api-keys.js';

/** What the routes need. */
export interface AppDeps {
  readonly networks: readonly FacilitatedNetwork[];
  readonly payments: PaymentService;
  readonly tabs: TabService;
  readonly scheme: string;
  readonly checkApiKey: ApiKeyCheck;
  readonly logger: FastifyBaseLogger;
}

const BODY_LIMIT = 64 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;

/** Builds the HTTP interface of the facilitator. Every answer, errors included, is JSON. */
export function buildApp(deps: AppDeps): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    loggerInstance: deps.logger,
    forceCloseConnections: 'idle',
  }) as unknown as FastifyInstance;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, parseStrictJson(String(text), 'body'));
    } catch (error) {
      done(error as Error);
    }
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error instanceof ValidationError ? 400 : (error.statusCode ?? 500);
    if (status >= 500) request.log.error({ err: error }, 'request failed');
    return reply.status(status).send({ error: status >= 500 ? 'internal server error' : error.message });
  });
  app.setNotFoundHandler((request, reply) =>
    reply.status(404).send({ error: `no such route: ${request.method} ${request.url.split('?', 1)[0]}` }),
  );
  addRoutes(app, deps);
  return app;
}

function addRoutes(app: FastifyInstance, deps: AppDeps): void {
  app.get('/', async () => ({
    message: '4Mica x402 facilitator',
    supported: await supportedKinds(deps),
    health: '/health',
    docs: 'GET /supported, POST /tabs, POST /verify, POST /settle',
  }));
  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/supported', async () => ({ kinds: await supportedKinds(deps), extensions: [], signers: {} }));

  app.register(async (guarded) => {
    guarded.addHook('onRequest', async (request, reply) => {
      const verdict = deps.checkApiKey(keyOfRequest(request.headers));
      if (verdict === 'missing' || verdict === 'invalid')
        return reply.status(401).send({ error: `${verdict} api key` });
      return undefined;
    });
    guarded.post('/tabs', async (request, reply) => {
      const { status, body } = await deps.tabs.open(request.body);
      return reply.status(status).send(body);
    });
    guarded.post('/verify', async (request) => deps.payments.verify(request.body));
    guarded.post('/settle', async (request) =>
      deps.payments.settle(request.body, isAuthenticated(deps, request)),
    );
  });
}

const isAuthenticated = ({ checkApiKey }: AppDeps, { headers }: FastifyRequest): boolean =>
  checkApiKey(keyOfRequest(headers)) === 'authenticated';

/** One kind per network and version that can be used now; version 1 under the short name of the network too. */
async function supportedKinds({ networks, scheme }: AppDeps): Promise<object[]> {
  return networks.flatMap(({ network, known }) =>
    (known?.versions ?? []).flatMap((x402Version) => {
      const shortName = x402Version === 1 ? shortNameOfNetwork(network) : undefined;
      const names = shortName === undefined ? [network] : [network, shortName];
      return names.map((name) => ({ scheme, network: name, x402Version }));
    }),
  );
}
