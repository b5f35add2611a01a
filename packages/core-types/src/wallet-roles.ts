import * as z from 'zod/mini';
import type { Address } from './address.js';
import { LowerCaseAddressSchema } from './schema.js';

/** Scopes of access tokens (4Mica wire spec: auth, section 8). */
export const TOKEN_SCOPES = ['tab:create', 'tab:read', 'guarantee:issue'] as const;
/** Roles of wallets: `user` is everybody, `facilitator` acts for any recipient, `admin` administers the core. */
export const WALLET_ROLES = ['user', 'facilitator', 'admin'] as const;
/** Only `active` wallets can log in. */
export const WALLET_STATUSES = ['active', 'suspended', 'revoked'] as const;

/** An entry of `GET /core/admin/wallet-roles`, the body of a `POST` there, and its answer. */
export const WalletRoleEntrySchema = z.object({
  address: LowerCaseAddressSchema,
  role: z.enum(WALLET_ROLES),
  scopes: z.array(z.enum(TOKEN_SCOPES)).check(z.maxLength(TOKEN_SCOPES.length)),
  status: z.enum(WALLET_STATUSES),
});
/** What a wallet may do at a core, and whether it may log in. */
export interface WalletRoleEntry {
  readonly address: Address;
  readonly role: (typeof WALLET_ROLES)[number];
  readonly scopes: readonly (typeof TOKEN_SCOPES)[number][];
  readonly status: (typeof WALLET_STATUSES)[number];
}
