import { sql } from 'kysely';
import { checkLocked, type InvariantViolation } from './invariants.js';
import type { Queries } from './schema.js';
import { type UserRange, usersAfter } from './user-range.js';

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
  const range = await usersAfter(db, afterUser, payers);
  if (range === undefined) return { violations: [], lastUser: undefined };
  const violations = [...(await checkLocked(db, range)), ...(await checkNewest(db, range))];
  return { violations, lastUser: range.isEnd ? undefined : range.last };
}

async function checkNewest(db: Queries, { after, last }: UserRange): Promise<InvariantViolation[]> {
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
