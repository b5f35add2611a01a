import { type Kysely, type Migration, sql } from 'kysely';

const statements = [
  `create table auth_nonces (
    address text not null,
    nonce text not null,
    client text not null,
    issued_at_ms bigint not null,
    expires_at_ms bigint not null,
    used_at_ms bigint,
    failed_attempts integer not null default 0,
    constraint auth_nonces_pkey primary key (address, nonce),
    constraint auth_nonces_address_form check (address ~ '^0x[0-9a-f]{40}$'),
    constraint auth_nonces_attempts_not_negative check (failed_attempts >= 0)
  )`,
  'create index auth_nonces_by_expiry on auth_nonces (expires_at_ms)',
  'create index auth_nonces_unused_by_client on auth_nonces (client, address) where used_at_ms is null',
  `create table auth_refresh_tokens (
    token_hash text not null,
    family_id uuid not null,
    address text not null,
    issued_at_ms bigint not null,
    expires_at_ms bigint not null,
    revoked_at_ms bigint,
    replaced_by text,
    constraint auth_refresh_tokens_pkey primary key (token_hash),
    constraint auth_refresh_tokens_hash_form check (token_hash ~ '^[0-9a-f]{64}$'),
    constraint auth_refresh_tokens_address_form check (address ~ '^0x[0-9a-f]{40}$'),
    constraint auth_refresh_tokens_replaced_is_revoked check (replaced_by is null or revoked_at_ms is not null)
  )`,
  'create index auth_refresh_tokens_by_family on auth_refresh_tokens (family_id) where revoked_at_ms is null',
  'create index auth_refresh_tokens_by_expiry on auth_refresh_tokens (expires_at_ms)',
  `create table wallet_roles (
    address text not null,
    role text not null,
    scopes text not null,
    status text not null,
    updated_at_ms bigint not null,
    constraint wallet_roles_pkey primary key (address),
    constraint wallet_roles_address_form check (address ~ '^0x[0-9a-f]{40}$'),
    constraint wallet_roles_role_known check (role in ('user', 'facilitator', 'admin')),
    constraint wallet_roles_status_known check (status in ('active', 'suspended', 'revoked')),
    constraint wallet_roles_scopes_are_json check (jsonb_typeof(scopes::jsonb) = 'array')
  )`,
  `create table admin_api_keys (
    id uuid not null,
    name text not null,
    scopes text not null,
    secret_hash text not null,
    created_at_ms bigint not null,
    revoked_at_ms bigint,
    constraint admin_api_keys_pkey primary key (id),
    constraint admin_api_keys_hash_form check (secret_hash ~ '^[0-9a-f]{64}$'),
    constraint admin_api_keys_scopes_are_json check (jsonb_typeof(scopes::jsonb) = 'array')
  )`,
];

/** Creates the tables of nonces, refresh tokens, wallet roles and admin API keys. */
export const authMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

/** The auth module's migrations by name, to be merged into the core's. */
export const AUTH_MIGRATIONS: Readonly<Record<string, Migration>> = { '0002-auth': authMigration };
