import { type Address, lowerCaseAddress, parseWireAddress } from '@fourmica/core-types';
import { type Grant, grantOf, type Role, type Scope, type WalletStatus } from './grant.js';
import { readTexts, writeTexts } from './json-texts.js';
import { revokeTokensOf } from './refresh-tokens.js';
import type { AuthDb } from './tables.js';

/** An entry of the role table. */
export interface WalletRole {
  readonly address: Address;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  readonly status: WalletStatus;
}

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

/**
 * Writes a wallet's entry in the role table. It counts from the wallet's next login or refresh; a status that forbids
 * logins ends the present ones.
 */
export async function setWalletRole(db: AuthDb, entry: WalletRole, nowMs: number): Promise<void> {
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

/** Lists the role table by address. */
export async function listWalletRoles(db: AuthDb): Promise<readonly WalletRole[]> {
  const rows = await db.selectFrom('wallet_roles').selectAll().orderBy('address').execute();
  return rows.map((row) => ({
    address: parseWireAddress(row.address),
    role: row.role as Role,
    scopes: readTexts(row.scopes) as readonly Scope[],
    status: row.status as WalletStatus,
  }));
}
