import { type Address, type AdminScope, type Clock, FourMicaError } from '@fourmica/core-types';
import { TOKEN_SCOPES } from '@fourmica/core-types/wallet-roles';
import type { Route } from '@fourmica/http-service';
import type { FastifyRequest } from 'fastify';
import {
  type AuthConfig,
  adminApiKeyRoutes,
  authenticateCaller,
  authTablesOf,
  bootstrapAdminApiKey,
  type Caller,
  type ContractCaller,
  hasWalletRole,
  loginRoutes,
  type Role,
  requireAdminRight,
  resolveAuthConfig,
  setWalletRole,
  walletRoleRoutes,
} from './auth/index.js';
import type { CoreConfig } from './config/config.js';
import type { Queries } from './store/schema.js';

/** Who may do what, as the routes ask for it. */
export interface AccessControl {
  readonly routes: readonly Route[];
  readonly resolveCaller: (request: FastifyRequest) => Promise<Caller>;
  readonly requireAdminRight: (request: FastifyRequest, scope: AdminScope) => Promise<void>;
}

/** Checks the settings of logins; it needs nothing but them, so that a mistake is found before anything is opened. */
export const authConfigOf = (config: CoreConfig, port: () => number): AuthConfig =>
  resolveAuthConfig(config.auth ?? {}, {
    authMode: config.authMode,
    chainId: config.chainId,
    host: config.host,
    port,
  });

/** Enters the roles and the key of the settings into the database and builds the login. */
export async function openAccessControl(
  queries: Queries,
  parts: {
    readonly core: CoreConfig;
    readonly auth: AuthConfig;
    readonly clock: Clock;
    readonly provider: ContractCaller;
  },
): Promise<AccessControl> {
  const { core, auth: config, clock, provider } = parts;
  const db = authTablesOf(queries);
  await enterRoles(queries, core, clock);
  if (core.adminSeedKey !== undefined) await bootstrapAdminApiKey(db, core.adminSeedKey, clock.nowMs());
  const dependencies = { db, clock, config, provider };
  return {
    routes: [
      ...loginRoutes(dependencies),
      ...adminApiKeyRoutes(dependencies),
      ...walletRoleRoutes(dependencies),
    ],
    resolveCaller: oncePerRequest(({ headers }) => authenticateCaller(headers, config, clock.nowMs())),
    requireAdminRight: ({ headers }, scope) => requireAdminRight(headers, scope, dependencies),
  };
}

/** The rate limit and the route ask who the caller is; the token is checked once. */
function oncePerRequest(
  resolve: (request: FastifyRequest) => Promise<Caller>,
): (request: FastifyRequest) => Promise<Caller> {
  const callers = new WeakMap<FastifyRequest, Promise<Caller>>();
  return (request) => {
    const known = callers.get(request);
    if (known !== undefined) return known;
    const caller = resolve(request);
    callers.set(request, caller);
    return caller;
  };
}

/** Existing entries stay as they are, so that a suspension outlives a restart. */
async function enterRoles(queries: Queries, core: CoreConfig, clock: Clock): Promise<void> {
  const wanted = new Map<Address, Role>();
  for (const address of core.facilitatorAddresses ?? []) wanted.set(address, 'facilitator');
  for (const address of core.adminAddresses ?? []) {
    if (wanted.has(address)) {
      throw new FourMicaError(
        'CONFIG_INVALID',
        `AUTH_ADMIN_ADDRESSES: ${address} is also in AUTH_FACILITATOR_ADDRESSES; a wallet has one role`,
        { address },
      );
    }
    wanted.set(address, 'admin');
  }
  if (wanted.size === 0) return;
  const db = authTablesOf(queries);
  for (const [address, role] of wanted) {
    if (await hasWalletRole(db, address)) continue;
    await setWalletRole(db, { address, role, scopes: TOKEN_SCOPES, status: 'active' }, clock.nowMs());
  }
}
