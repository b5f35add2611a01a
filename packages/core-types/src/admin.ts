import * as z from 'zod/mini';
import type { Address } from './address.js';
import { LowerCaseAddressSchema, SecondsSchema } from './schema.js';

/** Header that carries an admin API key. */
export const ADMIN_API_KEY_HEADER = 'x-api-key';
/** First characters of every admin API key. */
export const ADMIN_API_KEY_PREFIX = 'ak_';
/** Scope of an admin API key that may suspend users. */
export const ADMIN_SCOPE_SUSPEND_USERS = 'user_suspension:write';
/** Scope of an admin API key that may create, list and revoke admin API keys. */
export const ADMIN_SCOPE_MANAGE_KEYS = 'admin_api_keys:manage';

/** Scope of an admin API key that may have the rules of the ledger checked. */
export const ADMIN_SCOPE_CHECK_LEDGER = 'ledger:check';

/** Scope of an admin API key that may repair what the ledger holds of the chain. */
export const ADMIN_SCOPE_REPAIR_CHAIN = 'chain:repair';

/** Scope of an admin API key that may list and set the roles of wallets. */
export const ADMIN_SCOPE_MANAGE_ROLES = 'wallet_roles:manage';

/** Every scope that an admin API key can have. */
export const ADMIN_SCOPES = [
  ADMIN_SCOPE_MANAGE_KEYS,
  ADMIN_SCOPE_CHECK_LEDGER,
  ADMIN_SCOPE_REPAIR_CHAIN,
  ADMIN_SCOPE_SUSPEND_USERS,
  ADMIN_SCOPE_MANAGE_ROLES,
] as const;
/** A right of an admin API key. */
export type AdminScope = (typeof ADMIN_SCOPES)[number];

/** Body of `POST /core/users/{user}/suspension`. */
export const UserSuspensionRequestSchema = z.object({ suspended: z.boolean() });
export type UserSuspensionRequest = z.infer<typeof UserSuspensionRequestSchema>;

/** Whether a user may open tabs and get guarantees. */
export interface UserSuspensionInfo {
  readonly userAddress: Address;
  readonly suspended: boolean;
  /** Unix seconds. */
  readonly updatedAt: number;
}

/** Answer of `POST /core/users/{user}/suspension`, and as {@link UserSuspensionInfo}. */
export const UserSuspensionInfoSchema = z.codec(
  z.object({ user_address: LowerCaseAddressSchema, suspended: z.boolean(), updated_at: SecondsSchema }),
  z.custom<UserSuspensionInfo>(),
  {
    decode: (wire) => ({
      userAddress: wire.user_address,
      suspended: wire.suspended,
      updatedAt: wire.updated_at,
    }),
    encode: (info) => ({
      user_address: info.userAddress,
      suspended: info.suspended,
      updated_at: info.updatedAt,
    }),
  },
);

/** Body of `POST /core/admin/ledger-check`: the users behind `after`, from the first one on without it. */
export const LedgerCheckRequestSchema = z.object({ after: z.optional(LowerCaseAddressSchema) });

/** Answer of `POST /core/admin/ledger-check`; with `next` there is more to check behind that user. */
export const LedgerCheckSchema = z.object({
  ok: z.boolean(),
  violations: z.array(z.object({ rule: z.string(), detail: z.string() })),
  next: z.nullable(LowerCaseAddressSchema),
});
/** Whether the rules of a core's ledger hold, and what breaks them. */
export type LedgerCheck = Pick<z.output<typeof LedgerCheckSchema>, 'ok' | 'violations'>;

/** Body of `POST /core/admin/api-keys`; the core checks name and scopes and answers with its own texts. */
export const CreateAdminApiKeyRequestSchema = z.object({
  name: z.string().check(z.maxLength(200)),
  scopes: z.array(z.string().check(z.maxLength(100))).check(z.maxLength(100)),
});
export type CreateAdminApiKeyRequest = z.infer<typeof CreateAdminApiKeyRequestSchema>;

/** An admin API key without its secret. */
export interface AdminApiKeyInfo {
  /** UUID. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** Unix seconds. */
  readonly createdAt: number;
  /** Unix seconds; null while the key is valid. */
  readonly revokedAt: number | null;
}

/** An entry of `GET /core/admin/api-keys` and the answer of a revocation. */
export const AdminApiKeyInfoSchema = z.codec(
  z.object({
    id: z.string().check(z.minLength(1)),
    name: z.string(),
    scopes: z.array(z.string()),
    created_at: SecondsSchema,
    revoked_at: z.nullable(SecondsSchema),
  }),
  z.custom<AdminApiKeyInfo>(),
  {
    decode: (wire) => ({
      id: wire.id,
      name: wire.name,
      scopes: wire.scopes,
      createdAt: wire.created_at,
      revokedAt: wire.revoked_at,
    }),
    encode: (info) => ({
      id: info.id,
      name: info.name,
      scopes: [...info.scopes],
      created_at: info.createdAt,
      revoked_at: info.revokedAt,
    }),
  },
);

/** A new admin API key; the only answer that ever holds its text. */
export interface CreatedAdminApiKey {
  /** UUID. */
  readonly id: string;
  readonly name: string;
  /** Lower case, sorted, without duplicates. */
  readonly scopes: readonly string[];
  /** Unix seconds. */
  readonly createdAt: number;
  /** The whole key, a secret: `ak_`, 32 hex digits, a dot, 64 hex digits. */
  readonly apiKey: string;
}

/** Answer of `POST /core/admin/api-keys`, and as {@link CreatedAdminApiKey}. */
export const CreatedAdminApiKeySchema = z.codec(
  z.object({
    id: z.string().check(z.minLength(1)),
    name: z.string(),
    scopes: z.array(z.string()),
    created_at: SecondsSchema,
    api_key: z.string().check(z.minLength(1)),
  }),
  z.custom<CreatedAdminApiKey>(),
  {
    decode: (wire) => ({
      id: wire.id,
      name: wire.name,
      scopes: wire.scopes,
      createdAt: wire.created_at,
      apiKey: wire.api_key,
    }),
    encode: (key) => ({
      id: key.id,
      name: key.name,
      scopes: [...key.scopes],
      created_at: key.createdAt,
      api_key: key.apiKey,
    }),
  },
);
