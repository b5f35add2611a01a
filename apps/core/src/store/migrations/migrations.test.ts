import { PGlite } from '@electric-sql/pglite';
import { Kysely, type MigrationInfo, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { INT8_OID, NUMERIC_OID, parseIntegerColumn } from '../numeric.js';
import { PGliteDialect } from '../pglite-dialect.js';
import type { LedgerSchema, Queries } from '../schema.js';
import { migrateToLatest, migratorOf } from './index.js';

let db: Queries;

beforeEach(async () => {
  const parsers = { [INT8_OID]: parseIntegerColumn, [NUMERIC_OID]: parseIntegerColumn };
  db = new Kysely<LedgerSchema>({ dialect: new PGliteDialect(await PGlite.create({ parsers })) });
});

afterEach(async () => {
  await db.destroy();
});

const pendingMigrations = async (): Promise<readonly MigrationInfo[]> =>
  (await migratorOf(db).getMigrations()).filter(({ executedAt }) => executedAt === undefined);

describe('migrations', () => {
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
