import { sql } from 'kysely';
import type { InvariantViolation } from './invariants.js';
import type { Queries } from './schema.js';

/** What a look at a part of the ledger found. */
export interface AuditedSlice {
  readonly violations: readonly InvariantViolation[];
  /** Where the next look goes on; undefined after the last payer. */
  readonly lastUser: string | undefined;
}

/**
 * Checks the payers after a given one: that what a balance has locked is what its unreleased tabs secure, and that a tab
 * stands where its newest guarantee says. Each statement sees one moment of the ledger, and its cost is bounded by the
 * payers' tabs, whatever the number of guarantees.
 *
 * @param afterUser - lower-case address, empty for the first look.
 */
export async function auditSlice(db: Queries, afterUser: string, payers: number): Promise<AuditedSlice> {
  const users = await db
    .selectFrom('users')
    .select('user_address')
    .where('user_address', '>', afterUser)
    .orderBy('user_address')
    .limit(payers)
    .execute();
  const lastUser = users.at(-1)?.user_address;
  if (lastUser === undefined) return { violations: [], lastUser };
  const violations = [
    ...(await auditLocks(db, afterUser, lastUser)),
    ...(await auditTabs(db, afterUser, lastUser)),
  ];
  return { violations, lastUser: users.length < payers ? undefined : lastUser };
}

async function auditLocks(db: Queries, after: string, last: string): Promise<InvariantViolation[]> {
  const { rows } = await sql<{ user_address: string; asset_address: string; locked: bigint; sum: bigint }>`
    with open_tabs as (
      select user_address, asset_address,
        sum(greatest(total_amount - paid_amount - remunerated_amount, 0)) as sum
      from tabs where not is_released and user_address > ${after} and user_address <= ${last}
      group by user_address, asset_address),
    held as (select * from balances where user_address > ${after} and user_address <= ${last})
    select user_address, asset_address, coalesce(b.locked, 0) as locked, coalesce(t.sum, 0) as sum
    from held b full join open_tabs t using (user_address, asset_address)
    where coalesce(b.locked, 0) <> coalesce(t.sum, 0)`.execute(db);
  return rows.map((row) => ({
    rule: 'LOCKED_IS_SUM_OF_TABS',
    detail: `user ${row.user_address}, asset ${row.asset_address}: locked ${row.locked}, unreleased tabs ${row.sum}`,
  }));
}

async function auditTabs(db: Queries, after: string, last: string): Promise<InvariantViolation[]> {
  const { rows } = await sql<{ tab_id: bigint; total_amount: bigint; newest: bigint | null }>`
    select t.tab_id, t.total_amount, g.total_amount as newest
    from tabs t left join guarantees g
      on g.user_address = t.user_address and g.tab_id = t.tab_id and g.req_id = t.last_req_id
    where t.user_address > ${after} and t.user_address <= ${last}
      and t.total_amount <> coalesce(g.total_amount, 0)`.execute(db);
  return rows.map((row) => ({
    rule: 'TAB_TOTAL_IS_SUM_OF_GUARANTEES',
    detail: `tab ${row.tab_id}: total ${row.total_amount}, its newest guarantee says ${row.newest}`,
  }));
}

/** Counts balances with less collateral than guarantees secure, because the chain moved money first. */
export async function countOverdrawn(db: Queries): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`
    select count(*) as count from balances where total < locked`.execute(db);
  return Number(rows[0]?.count ?? 0n);
}

/** Counts events that wait for an operator. */
export async function countQuarantined(db: Queries): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`
    select count(*) as count from chain_events where status = 'QUARANTINED'`.execute(db);
  return Number(rows[0]?.count ?? 0n);
}
