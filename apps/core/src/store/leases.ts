import { FourMicaError } from '@fourmica/core-types';
import { sql } from 'kysely';
import type { Queries, Tx } from './schema.js';

/** The right to do a singular task until it expires; the epoch grows with every change of hands. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly epoch: bigint;
}

/** Another process has taken the lease; nothing of the transaction may be kept. */
export class LeaseLostError extends FourMicaError<'LEASE_LOST', Lease> {
  constructor(lease: Lease) {
    super(
      'LEASE_LOST',
      `the lease ${lease.name} of epoch ${lease.epoch} has passed to another process`,
      lease,
    );
  }
}

/** Leases are timed by the database's clock, because processes' clocks may differ. */
const databaseTimeMs = sql<bigint>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/**
 * Takes a lease that is free, expired or already held by the holder; a renewal by the holder keeps the epoch.
 *
 * @returns undefined while another process holds it.
 */
export async function acquireLease(
  db: Queries,
  name: string,
  holder: string,
  ttlMs: number,
): Promise<Lease | undefined> {
  const { rows } = await sql<{ epoch: bigint }>`
    insert into leases as held (name, holder, epoch, expires_at_ms)
    values (${name}, ${holder}, 1, ${databaseTimeMs} + ${ttlMs}::bigint)
    on conflict (name) do update set
      epoch = case when held.holder = excluded.holder and held.expires_at_ms > ${databaseTimeMs}
        then held.epoch else held.epoch + 1 end,
      holder = excluded.holder,
      expires_at_ms = excluded.expires_at_ms
    where held.holder = excluded.holder or held.expires_at_ms <= ${databaseTimeMs}
    returning epoch`.execute(db);
  const row = rows[0];
  return row && { name, holder, epoch: row.epoch };
}

/** Takes a lease from whoever holds it: the new epoch keeps the holder before from writing anything more. */
export async function seizeLease(db: Queries, name: string, holder: string, ttlMs: number): Promise<Lease> {
  const { rows } = await sql<{ epoch: bigint }>`
    insert into leases as held (name, holder, epoch, expires_at_ms)
    values (${name}, ${holder}, 1, ${databaseTimeMs} + ${ttlMs}::bigint)
    on conflict (name) do update set
      epoch = held.epoch + 1, holder = excluded.holder, expires_at_ms = excluded.expires_at_ms
    returning epoch`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new RangeError(`the lease ${name} was not written`);
  return { name, holder, epoch: row.epoch };
}

/**
 * Checks inside a transaction that the lease still has the same epoch, locks it until the transaction ends and renews
 * it: a process that was paused and wakes up late can write nothing.
 *
 * @throws LeaseLostError
 */
export async function fence(tx: Tx, lease: Lease, ttlMs: number): Promise<void> {
  const { rows } = await sql`
    update leases set expires_at_ms = ${databaseTimeMs} + ${ttlMs}::bigint
    where name = ${lease.name} and holder = ${lease.holder} and epoch = ${lease.epoch}
    returning name`.execute(tx);
  if (rows.length === 0) throw new LeaseLostError(lease);
}

/** Gives a lease up, so that another process need not wait until it expires. */
export async function releaseLease(db: Queries, lease: Lease): Promise<void> {
  await sql`
    update leases set expires_at_ms = 0
    where name = ${lease.name} and holder = ${lease.holder} and epoch = ${lease.epoch}`.execute(db);
}

/** Ends every lease. For a database that only this process can use: whoever held a lease is gone. */
export async function expireLeases(db: Queries): Promise<void> {
  await db.updateTable('leases').set({ expires_at_ms: 0n }).execute();
}
