import {
  ADMIN_SCOPE_MANAGE_KEYS,
  AdminApiKeyInfoSchema,
  AuthNonceRequestSchema,
  AuthNonceSchema,
  AuthTokensSchema,
  AuthVerifyRequestSchema,
  CreateAdminApiKeyRequestSchema,
  CreatedAdminApiKeySchema,
  encodeWith,
  LogoutResponseSchema,
  parseWith,
  RefreshTokenRequestSchema,
  ValidationError,
} from '@fourmica/core-types';
import { errorCodes, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type * as z from 'zod';
import {
  createAdminApiKey,
  listAdminApiKeys,
  requireAdminApiKey,
  revokeAdminApiKey,
} from './admin-api-keys.js';
import { AuthRefusalError } from './auth-refusal.js';
import { clientNetwork } from './client-network.js';
import { endLogin, finishLogin, type LoginDependencies, refreshLogin, startLogin } from './login.js';
import { apiKeyOf } from './suspension-right.js';

/** A route of the auth module; what `handle` returns is sent as JSON. */
export interface AuthRoute {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

/**
 * The public login routes: `POST /auth/nonce`, `/auth/verify`, `/auth/refresh`, `/auth/logout`. They throw
 * {@link AuthRefusalError}, and their answers hold secrets, so they must not be cached.
 */
export function loginRoutes(dependencies: LoginDependencies): readonly AuthRoute[] {
  return [
    post('/auth/nonce', async (request) => {
      const { address } = readBody(request, AuthNonceRequestSchema);
      const challenge = await startLogin(dependencies, address, clientNetwork(request.ip));
      return encodeWith(AuthNonceSchema, challenge, 'response');
    }),
    post('/auth/verify', async (request) => {
      const body = readBody(request, AuthVerifyRequestSchema);
      return encodeWith(AuthTokensSchema, await finishLogin(dependencies, body), 'response');
    }),
    post('/auth/refresh', async (request) => {
      const { refreshToken } = readBody(request, RefreshTokenRequestSchema);
      return encodeWith(AuthTokensSchema, await refreshLogin(dependencies, refreshToken), 'response');
    }),
    post('/auth/logout', async (request) => {
      const { refreshToken } = readBody(request, RefreshTokenRequestSchema);
      const revoked = await endLogin(dependencies, refreshToken);
      return encodeWith(LogoutResponseSchema, { revoked }, 'response');
    }),
  ];
}

/** The routes that manage admin API keys; each needs an admin API key with the scope for it. */
export function adminApiKeyRoutes({
  db,
  clock,
}: Pick<LoginDependencies, 'db' | 'clock'>): readonly AuthRoute[] {
  const allow = (request: FastifyRequest) =>
    requireAdminApiKey(db, apiKeyOf(request.headers), ADMIN_SCOPE_MANAGE_KEYS);
  return [
    post('/core/admin/api-keys', async (request) => {
      await allow(request);
      const body = readBody(request, CreateAdminApiKeyRequestSchema);
      const key = await createAdminApiKey(db, body, clock.nowMs());
      return encodeWith(CreatedAdminApiKeySchema, key, 'response');
    }),
    {
      method: 'GET',
      url: '/core/admin/api-keys',
      handle: async (request) => {
        await allow(request);
        const keys = await listAdminApiKeys(db);
        return keys.map((key) => encodeWith(AdminApiKeyInfoSchema, key, 'response'));
      },
    },
    post('/core/admin/api-keys/:id/revoke', async (request) => {
      await allow(request);
      const { id } = request.params as Readonly<Record<'id', string>>;
      return encodeWith(AdminApiKeyInfoSchema, await revokeAdminApiKey(db, id, clock.nowMs()), 'response');
    }),
  ];
}

/** Fastify plugin with all routes of the auth module; errors that are not its own go to the handler around it. */
export async function authRoutes(app: FastifyInstance, dependencies: LoginDependencies): Promise<void> {
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof AuthRefusalError) return sendAuthRefusal(reply, error);
    throw error;
  });
  for (const { method, url, handle } of [...loginRoutes(dependencies), ...adminApiKeyRoutes(dependencies)]) {
    app.route({ method, url, handler: handle });
  }
}

/** Answers with the status and the text of a refusal of the auth module. */
export function sendAuthRefusal(reply: FastifyReply, error: AuthRefusalError): FastifyReply {
  const { retryAfterSecs } = error.context;
  if (retryAfterSecs !== undefined) reply.header('retry-after', String(retryAfterSecs));
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(error.status).send({ error: error.message });
}

const post = (url: string, handle: (request: FastifyRequest) => Promise<unknown>): AuthRoute => ({
  method: 'POST',
  url,
  handle: async (request, reply) => {
    reply.header('cache-control', 'no-store');
    return handle(request);
  },
});

/** Reads a body; a refused value is not repeated, because it may be a token. */
function readBody<Schema extends z.core.$ZodType>(request: FastifyRequest, schema: Schema): z.output<Schema> {
  if (request.body === undefined) throw new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE();
  try {
    return parseWith(schema, request.body, 'body');
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const { field, expected } = error.context;
    throw new AuthRefusalError('AUTH_BODY_SHAPE', `${field}: expected ${expected}`);
  }
}
