import { readFile } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { createCore, createLogger, type DatabaseConfig } from '@fourmica/core';
import { startPostgres, tempDir } from '@fourmica/test-support';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { coreConfig } from './support/core.js';
import { DATABASES } from './support/database.js';

const FIRST_FORM = await readFile(new URL('./support/first-form.sql', import.meta.url), 'utf8');
const PAYER = `0x${'a'.repeat(40)}`;

let chain: TestChain;
beforeAll(async () => {
  chain = await startChain();
});
afterAll(() => chain?.stop());

type RowsOf = (sql: string) => Promise<unknown[]>;

/** Works with SQL in a database that no core uses; several statements give the rows of the last one. */
async function inDatabase<T>(config: DatabaseConfig, work: (rowsOf: RowsOf) => Promise<T>): Promise<T> {
  if (config.kind === 'pglite') {
    const database = await PGlite.create({ dataDir: config.dataDir ?? '' });
    try {
      return await work(async (sql) => (await database.exec(sql)).at(-1)?.rows ?? []);
    } finally {
      await database.close();
    }
  }
  const client = new pg.Client({ connectionString: config.url });
  await client.connect();
  try {
    return await work(async (sql) => [await client.query(sql)].flat().at(-1)?.rows ?? []);
  } finally {
    await client.end();
  }
}

/** Lets a core bring a database to the newest form, and returns what its rules do not allow. */
async function upgrade(database: DatabaseConfig) {
  const core = await createCore(coreConfig(chain, { database }), { logger: createLogger('silent') });
  const violations = await core.checkInvariants();
  await core.close();
  return violations;
}

/** Columns, rules and indexes of all tables. */
const FORM = `
  select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
    || coalesce(column_default, '') || coalesce(numeric_precision::text, '') as line
    from information_schema.columns where table_schema = 'public'
  union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
    where connamespace = 'public'::regnamespace
  union all select indexdef from pg_indexes where schemaname = 'public'
  order by line`;

describe.each(DATABASES)('a filled ledger of the first form on %s', (kind) => {
  let old: DatabaseConfig;
  let fresh: DatabaseConfig;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    if (kind === 'pglite') {
      const directory = await tempDir();
      old = { kind, dataDir: `${directory.path}/old` };
      fresh = { kind, dataDir: `${directory.path}/fresh` };
      remove = directory.remove;
      return;
    }
    const server = await startPostgres();
    old = { kind, url: await server.createDatabase() };
    fresh = { kind, url: await server.createDatabase() };
    remove = server.stop;
  });
  afterAll(() => remove?.());

  it('gets the newest form without losing a row', async () => {
    await inDatabase(old, (query) => query(FIRST_FORM));
    await expect(upgrade(old)).rejects.toMatchObject({
      code: 'DATABASE_OF_OTHER_CONTRACT',
      context: { held: { chainId: 31337n } },
    });
    const contract = chain.contractAddress.toLowerCase();
    await inDatabase(old, (query) => query(`update ledger_state set contract_address = '${contract}'`));
    expect(await upgrade(old)).toEqual([]);
    expect(await upgrade(fresh)).toEqual([]);
    const newestForm = await inDatabase(fresh, (query) => query(FORM));
    await inDatabase(old, async (query) => {
      expect(newestForm.length).toBeGreaterThan(200);
      expect(await query(FORM)).toEqual(newestForm);

      const rowsOf = (table: string, columns: string) => query(`select ${columns} from ${table} order by 1`);
      expect(await rowsOf('users', 'user_address, is_suspended')).toEqual([
        { user_address: PAYER, is_suspended: false },
        { user_address: `0x${'b'.repeat(40)}`, is_suspended: true },
      ]);
      expect(await rowsOf('balances', 'total::text, locked::text, pending_withdrawal::text')).toEqual([
        { total: String(2n ** 256n - 1n), locked: '30', pending_withdrawal: '5' },
      ]);
      expect(await rowsOf('tabs', 'tab_id::text, total_amount::text, paid_amount::text, status')).toEqual([
        { tab_id: '7', total_amount: '40', paid_amount: '10', status: 'OPEN' },
      ]);
      // The old release had reserved it; the new one has signed it.
      const signed = 'certificate_claims is not null as signed';
      expect(await rowsOf('guarantees', `req_id::text, amount::text, claims_hash, ${signed}`)).toEqual([
        { req_id: '0', amount: '40', claims_hash: 'hash of the claims', signed: true },
      ]);
      expect(await rowsOf('payments', 'amount::text, counted_amount::text, state')).toEqual([
        { amount: '10', counted_amount: '10', state: 'FINALIZED' },
      ]);
      expect(await rowsOf('collateral_events', 'event_type, tab_id::text')).toEqual([
        { event_type: 'UNLOCK', tab_id: '7' },
      ]);
      expect(await rowsOf('chain_events', 'log_index, status, error, applied_at_block::text')).toEqual([
        { log_index: 3, status: 'APPLIED', error: null, applied_at_block: '95' },
        { log_index: 4, status: 'QUARANTINED', error: 'tab 9 is unknown', applied_at_block: null },
      ]);
      expect(await rowsOf('chain_blocks', 'block_number::text, block_timestamp::text')).toEqual([
        { block_number: '100', block_timestamp: '1234' },
      ]);
      expect(await rowsOf('wallet_roles', 'role, status')).toEqual([
        { role: 'facilitator', status: 'suspended' },
      ]);
      expect(await rowsOf('admin_api_keys', 'name, revoked_at_ms::text')).toEqual([
        { name: 'support', revoked_at_ms: '2' },
      ]);
    });
  });
});
