export * from './access-rules.js';
export { signAccessToken, type TokenSubject, verifyAccessToken } from './access-token.js';
export * from './admin-api-keys.js';
export { apiKeyOf, type CredentialHeaders, requireAdminRight } from './admin-right.js';
export {
  type AuthConfig,
  AuthConfigError,
  type AuthSettings,
  type AuthSurroundings,
  resolveAuthConfig,
} from './auth-config.js';
export {
  AUTH_REFUSAL_STATUS,
  type AuthRefusalCode,
  AuthRefusalError,
  answerOfAuthRefusal,
} from './auth-refusal.js';
export { adminApiKeyRoutes, loginRoutes, walletRoleRoutes } from './auth-routes.js';
export { ANONYMOUS, authenticateCaller, type Caller } from './caller.js';
export type { Role, Scope, WalletStatus } from './grant.js';
export type { LoginDependencies } from './login.js';
export { AUTH_MIGRATIONS, authMigration } from './migrations.js';
export type { ContractCaller } from './siwe-signature.js';
export { type AuthDb, type AuthTables, authTablesOf } from './tables.js';
export { hasWalletRole, listWalletRoles, readGrant, setWalletRole } from './wallet-roles.js';
