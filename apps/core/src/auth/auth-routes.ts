import {
  ADMIN_SCOPE_MANAGE_KEYS,
  ADMIN_SCOPE_MANAGE_ROLES,
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
import { WalletRoleEntrySchema } from '@fourmica/core-types/wallet-roles';
import { clientNetwork, type Route, readPage } from '@fourmica/http-service';
import { errorCodes, type FastifyRequest } from 'fastify';
import type * as z from 'zod';
import {
  ADMIN_API_KEY_PAGING,
  adminApiKeyInfo,
  createAdminApiKey,
  listAdminApiKeys,
  requireAdminApiKey,
  revokeAdminApiKey,
} from './admin-api-keys.js';
import { apiKeyOf } from './admin-right.js';
import { AuthRefusalError } from './auth-refusal.js';
import { endLogin, finishLogin, type LoginDependencies, refreshLogin, startLogin } from './login.js';
import { listWalletRoles, setWalletRole, WALLET_ROLE_PAGING } from './wallet-roles.js';

/**
 * The public login routes: `POST /auth/nonce`, `/auth/verify`, `/auth/refresh`, `/auth/logout`. They throw
 * {@link AuthRefusalError}.
 */
export function loginRoutes(dependencies: LoginDependencies): readonly Route[] {
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
export function adminApiKeyRoutes({ db, clock }: Pick<LoginDependencies, 'db' | 'clock'>): readonly Route[] {
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
      handle: async (request, reply) => {
        await allow(request);
        const keys = await readPage(request, reply, ADMIN_API_KEY_PAGING, (slice) =>
          listAdminApiKeys(db, slice),
        );
        return keys.map((key) => encodeWith(AdminApiKeyInfoSchema, adminApiKeyInfo(key), 'response'));
      },
    },
    post('/core/admin/api-keys/:id/revoke', async (request) => {
      await allow(request);
      const { id } = request.params as Readonly<Record<'id', string>>;
      return encodeWith(AdminApiKeyInfoSchema, await revokeAdminApiKey(db, id, clock.nowMs()), 'response');
    }),
  ];
}

/** The routes that manage the role table; each needs an admin API key with the scope for it. */
export function walletRoleRoutes({ db, clock }: Pick<LoginDependencies, 'db' | 'clock'>): readonly Route[] {
  const allow = (request: FastifyRequest) =>
    requireAdminApiKey(db, apiKeyOf(request.headers), ADMIN_SCOPE_MANAGE_ROLES);
  return [
    {
      method: 'GET',
      url: '/core/admin/wallet-roles',
      handle: async (request, reply) => {
        await allow(request);
        const entries = await readPage(request, reply, WALLET_ROLE_PAGING, (slice) =>
          listWalletRoles(db, slice),
        );
        return entries.map((entry) => encodeWith(WalletRoleEntrySchema, entry, 'response'));
      },
    },
    post('/core/admin/wallet-roles', async (request) => {
      await allow(request);
      const entry = readBody(request, WalletRoleEntrySchema);
      await setWalletRole(db, entry, clock.nowMs());
      return encodeWith(WalletRoleEntrySchema, entry, 'response');
    }),
  ];
}

const post = (url: string, handle: (request: FastifyRequest) => Promise<unknown>): Route => ({
  method: 'POST',
  url,
  handle,
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
