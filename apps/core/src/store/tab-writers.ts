import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Queries } from './schema.js';

const POLL_MS = 10;

/**
 * Waits until every transaction has ended that had locked or written a row of `tabs` at the time of the call. Those that
 * do so later see what was committed before the call.
 *
 * @param timeoutMs - how long it waits, in milliseconds.
 * @returns false when some of them had not ended by then.
 */
export async function tabWritersEnded(db: Queries, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  const writers = await readTabWriters(db);
  for (let left = writers; left.length > 0; ) {
    if (performance.now() > deadline) return false;
    await setTimeout(POLL_MS);
    const running = new Set(await readTabWriters(db));
    left = writers.filter((writer) => running.has(writer));
  }
  return true;
}

/** Backups hold weaker locks on tables than these, for as long as they run. */
async function readTabWriters(db: Queries): Promise<string[]> {
  const { rows } = await sql<{ virtualtransaction: string }>`
    select virtualtransaction from pg_locks
    where relation = 'tabs'::regclass
      and database = (select oid from pg_database where datname = current_database())
      and mode in ('RowShareLock', 'RowExclusiveLock')`.execute(db);
  return rows.map(({ virtualtransaction }) => virtualtransaction);
}
