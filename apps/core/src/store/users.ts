import type { Address } from '@fourmica/core-types';
import type { PartyStanding } from '../domain/guarantee.js';
import { column } from './rows.js';
import type { Queries, Tx } from './schema.js';

/** Makes a party known; does nothing when it already is. */
export async function ensureUser(tx: Tx, user: Address, nowMs: bigint): Promise<void> {
  await tx
    .insertInto('users')
    .values({ user_address: column(user), created_at_ms: nowMs, updated_at_ms: nowMs })
    .onConflict((conflict) => conflict.column('user_address').doNothing())
    .execute();
}

/** Reads how two parties stand, in one query. */
export async function readStandings(
  db: Queries,
  user: Address,
  recipient: Address,
): Promise<{ user: PartyStanding; recipient: PartyStanding }> {
  const rows = await db
    .selectFrom('users')
    .select(['user_address', 'is_suspended'])
    .where('user_address', 'in', [column(user), column(recipient)])
    .execute();
  const standingOf = (party: Address): PartyStanding => {
    const row = rows.find((candidate) => candidate.user_address === column(party));
    if (row === undefined) return 'unknown';
    return row.is_suspended ? 'suspended' : 'active';
  };
  return { user: standingOf(user), recipient: standingOf(recipient) };
}

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
