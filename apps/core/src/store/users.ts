import type { Address } from '@fourmica/core-types';
import type { PartyStanding } from '../domain/guarantee.js';
import { column } from './rows.js';
import type { Queries, Tx } from './schema.js';

/** Makes parties known; does nothing for those that already are. */
export async function ensureUsers(tx: Tx, users: readonly Address[], nowMs: bigint): Promise<void> {
  if (users.length === 0) return;
  await tx
    .insertInto('users')
    .values(
      // In one order everywhere, so that two transactions never wait for each other's new users.
      users
        .map(column)
        .sort()
        .map((user) => ({ user_address: user, created_at_ms: nowMs, updated_at_ms: nowMs })),
    )
    .onConflict((conflict) => conflict.column('user_address').doNothing())
    .execute();
}

/** Makes a party known; does nothing when it already is. */
export const ensureUser = (tx: Tx, user: Address, nowMs: bigint): Promise<void> =>
  ensureUsers(tx, [user], nowMs);

/** Reads how parties stand, in one query. */
export async function readStandings(
  db: Queries,
  parties: readonly Address[],
): Promise<(party: Address) => PartyStanding> {
  const rows = await db
    .selectFrom('users')
    .select(['user_address', 'is_suspended'])
    .where('user_address', 'in', parties.map(column))
    .execute();
  return standingsOf(new Map(rows.map((row) => [row.user_address, row.is_suspended])));
}

/** Tells how parties stand by whether those that are known are suspended. */
export const standingsOf =
  (suspensions: ReadonlyMap<string, boolean>) =>
  (party: Address): PartyStanding => {
    const isSuspended = suspensions.get(column(party));
    if (isSuspended === undefined) return 'unknown';
    return isSuspended ? 'suspended' : 'active';
  };

/** Suspends or reactivates a party, known or not. */
export async function setSuspended(
  db: Queries,
  user: Address,
  isSuspended: boolean,
  nowMs: bigint,
): Promise<void> {
  await db
    .insertInto('users')
    .values({
      user_address: column(user),
      is_suspended: isSuspended,
      created_at_ms: nowMs,
      updated_at_ms: nowMs,
    })
    .onConflict((conflict) =>
      conflict.column('user_address').doUpdateSet({ is_suspended: isSuspended, updated_at_ms: nowMs }),
    )
    .execute();
}
