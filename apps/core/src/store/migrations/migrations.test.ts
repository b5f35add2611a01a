import { PGlite } from '@electric-sql/pglite';
import { parseAddress } from '@fourmica/core-types';
import { Kysely, type MigrationInfo, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCursor, readPositions } from '../chain-blocks.js';
import { removeChainEventsAfter } from '../chain-events.js';
import { checkInvariants } from '../invariants.js';
import { INT8_OID, NUMERIC_OID, parseIntegerColumn } from '../numeric.js';
import { PGliteDialect } from '../pglite-dialect.js';
import type { LedgerSchema, Queries } from '../schema.js';
import { migrateToLatest, migratorOf } from './index.js';

const CHAIN_ID = 31337n;
const CONTRACT = parseAddress(`0x${'cc'.repeat(20)}`);
const PAYER = `0x${'aa'.repeat(20)}`;
const RECIPIENT = `0x${'bb'.repeat(20)}`;
const ETH = `0x${'00'.repeat(20)}`;
const HASH = `0x${'11'.repeat(32)}`;
const START_TIMEOUT_MS = 60_000;
const LARGEST = 2n ** 256n - 1n;

let db: Queries;

beforeEach(async () => {
  const parsers = { [INT8_OID]: parseIntegerColumn, [NUMERIC_OID]: parseIntegerColumn };
  db = new Kysely<LedgerSchema>({ dialect: new PGliteDialect(await PGlite.create({ parsers })) });
}, START_TIMEOUT_MS);

afterEach(async () => {
  await db.destroy();
});

/** Rows as the first release wrote them. */
async function fillFirstForm(): Promise<void> {
  for (const user of [PAYER, RECIPIENT]) {
    await sql`insert into users values (${user}, false, 1, 1)`.execute(db);
  }
  await sql`insert into balances values (${PAYER}, ${ETH}, ${LARGEST}, 30, 5, 1700, 4, 1)`.execute(db);
  await sql`insert into tabs values (${PAYER}, 7, ${RECIPIENT}, ${ETH}, 1, 1000, 86400, 'OPEN', 'PENDING',
    40, 10, 0, 0, 1000, false, 1, 1)`.execute(db);
  await sql`insert into guarantees values (${PAYER}, 7, 0, 1, 40, 40, 1000, ${HASH}, '{}', null, null, 1)`.execute(
    db,
  );
  await sql`insert into payments values (${PAYER}, ${HASH}, 7, ${RECIPIENT}, ${ETH}, 10, ${HASH}, null, 90, ${HASH},
    'FINALIZED', 10, ${HASH}, 1, 0, null, 1, 1)`.execute(db);
  await sql`insert into collateral_events values (${PAYER}, 'one', ${ETH}, 10, 'UNLOCK', 7, null, ${HASH}, 1)`.execute(
    db,
  );
  await sql`insert into chain_events values (${CHAIN_ID}, ${HASH}, ${HASH}, 3, 95, ${CONTRACT.toLowerCase()},
    'CollateralDeposited', '{}', 'APPLIED', null, 1)`.execute(db);
  await sql`insert into chain_events values (${CHAIN_ID}, ${HASH}, ${HASH}, 4, 96, ${CONTRACT.toLowerCase()},
    'RecipientRemunerated', '{}', 'QUARANTINED', 'tab 9 is unknown', 1)`.execute(db);
  await sql`insert into chain_cursors values (${CONTRACT.toLowerCase()}, ${CHAIN_ID}, 100, ${HASH}, 1234, 1)`.execute(
    db,
  );
}

const pendingMigrations = async (): Promise<readonly MigrationInfo[]> =>
  (await migratorOf(db).getMigrations()).filter(({ executedAt }) => executedAt === undefined);

describe('migrations', { timeout: START_TIMEOUT_MS }, () => {
  it('bring a filled ledger of the first form to the newest one without losing a row', async () => {
    const { error } = await migratorOf(db).migrateTo('0002-auth');
    expect(error).toBeUndefined();
    await fillFirstForm();
    await migrateToLatest(db);

    expect(await pendingMigrations()).toEqual([]);
    expect(await readCursor(db, CONTRACT, CHAIN_ID)).toEqual({
      blockNumber: 100n,
      blockHash: HASH,
      blockTimestamp: 1234n,
    });
    expect(await readPositions(db, CONTRACT, CHAIN_ID)).toHaveLength(1);
    expect(await checkInvariants(db)).toEqual([]);
    const balance = await db.selectFrom('balances').selectAll().executeTakeFirstOrThrow();
    expect(balance).toMatchObject({ total: LARGEST, locked: 30n, pending_withdrawal: 5n });
    const payment = await db.selectFrom('payments').selectAll().executeTakeFirstOrThrow();
    expect(payment).toMatchObject({ payment_id: HASH, state: 'FINALIZED', counted_amount: 10n });
    const events = await db.selectFrom('chain_events').selectAll().orderBy('log_index').execute();
    expect(events.map(({ status, applied_at_block }) => [status, applied_at_block])).toEqual([
      ['APPLIED', 95n],
      ['QUARANTINED', null],
    ]);
    expect(await db.selectFrom('collateral_events').selectAll().execute()).toHaveLength(1);
    expect(await db.transaction().execute((tx) => removeChainEventsAfter(tx, 95n))).toBe(1);
  });

  it('do nothing the second time', async () => {
    await migrateToLatest(db);
    await migrateToLatest(db);
    expect(await pendingMigrations()).toEqual([]);
  });

  it('of a newer release are refused, and nothing is changed', async () => {
    await migrateToLatest(db);
    await sql`insert into kysely_migration values ('9999-later', '2026-01-01')`.execute(db);
    await expect(migrateToLatest(db)).rejects.toMatchObject({ code: 'DATABASE_MIGRATION_FAILED' });
  });
});
