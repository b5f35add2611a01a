import { TOKEN_SCOPES, WALLET_ROLES, WALLET_STATUSES } from '@fourmica/core-types/wallet-roles';
import { unauthenticated } from './auth-refusal.js';

export type Scope = (typeof TOKEN_SCOPES)[number];
export type Role = (typeof WALLET_ROLES)[number];
export type WalletStatus = (typeof WALLET_STATUSES)[number];

/** What a wallet may do, as it stands in its access token. */
export interface Grant {
  readonly role: Role;
  readonly scopes: readonly Scope[];
}

/** An entry of the role table as it was read. */
export interface WalletRoleRow {
  readonly role: string;
  readonly scopes: readonly string[];
  readonly status: string | null;
}

/** Compares names as the API does: without surrounding blanks, ASCII letters in any case. */
const canonical = (text: string): string => text.trim().toLowerCase();

const member =
  <Name extends string>(names: readonly Name[]) =>
  (text: string): Name | undefined =>
    names.find((name) => name === canonical(text));

export const parseScope = member(TOKEN_SCOPES);
export const parseRole = member(WALLET_ROLES);
export const parseWalletStatus = member(WALLET_STATUSES);

/**
 * Decides what a wallet may do from its entry in the role table; scopes and roles that nothing asks for are dropped.
 *
 * @param row - undefined for a wallet without an entry, which is a `user` with the default scopes.
 * @throws AuthRefusalError 401 when the entry does not allow a login.
 */
export function grantOf(row: WalletRoleRow | undefined, defaultScopes: readonly Scope[]): Grant {
  if (row === undefined) return { role: 'user', scopes: defaultScopes };
  if (row.status === null || canonical(row.status) === '')
    throw unauthenticated('wallet role status missing');
  const status = parseWalletStatus(row.status);
  if (status === undefined) throw unauthenticated('wallet role status invalid');
  if (status !== 'active') throw unauthenticated('wallet role not active');
  const scopes = row.scopes.map(parseScope).filter((scope) => scope !== undefined);
  return { role: parseRole(row.role) ?? 'user', scopes };
}
