import type { Kysely } from 'kysely';

/** Columns of the auth tables as TypeScript sees them: int8 is bigint, addresses are lower-case text. */
export interface AuthTables {
  auth_nonces: AuthNoncesTable;
  auth_refresh_tokens: AuthRefreshTokensTable;
  wallet_roles: WalletRolesTable;
  admin_api_keys: AdminApiKeysTable;
}

/** The database, or a transaction in it. */
export type AuthDb = Kysely<AuthTables>;

/**
 * Shows a database that has the auth tables among others as one that has only them. Kysely's type is invariant in its
 * tables, so the compiler cannot see that more tables do no harm; that the auth tables are there it checks here.
 */
export const authTablesOf = <Tables extends AuthTables>(db: Kysely<Tables>): AuthDb =>
  db as unknown as AuthDb;

interface AuthNoncesTable {
  address: string;
  nonce: string;
  /** Where the nonce was asked for: an IPv4 address or an IPv6 /64 network. */
  client: string;
  issued_at_ms: bigint;
  expires_at_ms: bigint;
  used_at_ms: bigint | null;
  /** Wrong signatures that were presented with it. */
  failed_attempts: number;
}

interface AuthRefreshTokensTable {
  /** Lower-case hex SHA-256 of the whole token text. */
  token_hash: string;
  /** The login that the token descends from. */
  family_id: string;
  address: string;
  issued_at_ms: bigint;
  expires_at_ms: bigint;
  revoked_at_ms: bigint | null;
  /** Hash of the token that took its place. */
  replaced_by: string | null;
}

interface WalletRolesTable {
  address: string;
  role: string;
  /** JSON array of texts. */
  scopes: string;
  status: string;
  updated_at_ms: bigint;
}

interface AdminApiKeysTable {
  id: string;
  name: string;
  /** JSON array of texts. */
  scopes: string;
  /** Lower-case hex SHA-256 of the secret part. */
  secret_hash: string;
  created_at_ms: bigint;
  revoked_at_ms: bigint | null;
}
