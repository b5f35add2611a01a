import { type Address, lowerCaseAddress, parseWireAddress } from '@fourmica/core-types';
import type { WalletRoleEntry, WalletRoleEntrySchema } from '@fourmica/core-types/wallet-roles';
import type { Paging, Slice } from '@fourmica/http-service';
import type * as z from 'zod/mini';
import { type Grant, grantOf, type Role, type Scope, type WalletStatus } from './grant.js';
import { readTexts, writeTexts } from './json-texts.js';
import { revokeTokensOf } from './refresh-tokens.js';
import type { AuthDb } from './tables.js';

/**
 * Reads what a wallet may do.
 *
 * @throws AuthRefusalError 401 when its entry does not allow a login.
 */
export async function readGrant(
  db: AuthDb,
  address: string,
  defaultScopes: readonly Scope[],
): Promise<Grant> {
  const row = await db
    .selectFrom('wallet_roles')
    .select(['role', 'scopes', 'status'])
    .where('address', '=', address)
    .executeTakeFirst();
  return grantOf(row && { ...row, scopes: readTexts(row.scopes) }, defaultScopes);
}

/** Tells whether a wallet has an entry in the role table. */
export async function hasWalletRole(db: AuthDb, address: Address): Promise<boolean> {
  const row = await db
    .selectFrom('wallet_roles')
    .select('address')
    .where('address', '=', lowerCaseAddress(address))
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Writes a wallet's entry in the role table. It counts from the wallet's next login or refresh; a status that forbids
 * logins ends the present ones.
 */
export async function setWalletRole(db: AuthDb, entry: WalletRoleEntry, nowMs: number): Promise<void> {
  const address = lowerCaseAddress(entry.address);
  const values = {
    role: entry.role,
    scopes: writeTexts(entry.scopes),
    status: entry.status,
    updated_at_ms: BigInt(nowMs),
  };
  await db.transaction().execute(async (tx) => {
    await tx
      .insertInto('wallet_roles')
      .values({ address, ...values })
      .onConflict((conflict) => conflict.column('address').doUpdateSet(values))
      .execute();
    if (entry.status !== 'active') await revokeTokensOf(tx, address, nowMs);
  });
}

/** Lists a part of the role table by address; the position is an address. */
export async function listWalletRoles(
  db: AuthDb,
  { limit, after }: Slice<string>,
): Promise<z.output<typeof WalletRoleEntrySchema>[]> {
  const query = db.selectFrom('wallet_roles').selectAll().orderBy('address').limit(limit);
  const rows = await (after === undefined ? query : query.where('address', '>', after)).execute();
  return rows.map((row) => ({
    address: parseWireAddress(row.address),
    role: row.role as Role,
    scopes: readTexts(row.scopes) as Scope[],
    status: row.status as WalletStatus,
  }));
}

/** Where a part of the role table ends. */
export const WALLET_ROLE_PAGING: Paging<{ readonly address: Address }, string> = {
  write: ({ address }) => lowerCaseAddress(address),
  read: (text) => (/^0x[0-9a-f]{40}$/.test(text) ? text : undefined),
};
