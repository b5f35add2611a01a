import { PGlite } from '@electric-sql/pglite';
import { Kysely, sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditSlice, countOverdrawn, countQuarantined } from './audit.js';
import { checkInvariants } from './invariants.js';
import { migrateToLatest } from './migrations/index.js';
import { INT8_OID, NUMERIC_OID, parseIntegerColumn } from './numeric.js';
import { PGliteDialect } from './pglite-dialect.js';
import type { LedgerSchema, Queries } from './schema.js';

const ETH = `0x${'00'.repeat(20)}`;
const RECIPIENT = `0x${'ff'.repeat(20)}`;
const TIMEOUT_MS = 60_000;
const payer = (number: number): string => `0x${number.toString(16).padStart(40, '0')}`;

let db: Queries;

beforeAll(async () => {
  const parsers = { [INT8_OID]: parseIntegerColumn, [NUMERIC_OID]: parseIntegerColumn };
  db = new Kysely<LedgerSchema>({ dialect: new PGliteDialect(await PGlite.create({ parsers })) });
  await migrateToLatest(db);
  for (let number = 1; number <= 5; number++) {
    const user = payer(number);
    await sql`insert into users values (${user}, false, 1, 1)`.execute(db);
    await sql`insert into balances values (${user}, ${ETH}, 100, 30, 0, null, 1, 1)`.execute(db);
    await sql`insert into tabs values (${user}, ${number}, ${RECIPIENT}, ${ETH}, 1, 1000, 86400, 'OPEN', 'PENDING',
      40, 10, 0, 0, 1000, false, 1, 1)`.execute(db);
    await sql`insert into guarantees (user_address, tab_id, req_id, guarantee_version, amount, total_amount,
      claims_timestamp, claims_hash, request, created_at_ms)
      values (${user}, ${number}, 0, 1, 40, 40, 1000, 'hash', '{}', 1)`.execute(db);
  }
}, TIMEOUT_MS);

afterAll(async () => {
  await db.destroy();
});

/** Looks at all payers, two at a time. */
async function auditAll() {
  const details: string[] = [];
  let after: string | undefined = '';
  while (after !== undefined) {
    const { violations, lastUser } = await auditSlice(db, after, 2);
    details.push(...violations.map(({ rule, detail }) => `${rule} ${detail}`));
    after = lastUser;
  }
  return details;
}

it(
  'finds nothing in a ledger that is right, and every payer that is wrong, whichever look it falls into',
  async () => {
    expect(await auditAll()).toEqual([]);
    expect([await countOverdrawn(db), await countQuarantined(db)]).toEqual([0, 0]);

    await sql`update balances set locked = 29 where user_address = ${payer(3)}`.execute(db);
    await sql`update balances set total = 29 where user_address = ${payer(4)}`.execute(db);
    await sql`update guarantees set total_amount = 41 where user_address = ${payer(5)}`.execute(db);
    expect(await auditAll()).toEqual([
      `LOCKED_IS_SUM_OF_TABS user ${payer(3)}, asset ${ETH}: locked 29, unreleased tabs 30`,
      'TAB_TOTAL_IS_SUM_OF_GUARANTEES tab 5: total 40, its newest guarantee says 41',
    ]);
    expect(await countOverdrawn(db)).toBe(1);
  },
  TIMEOUT_MS,
);

it(
  'the whole check finds every payer that is wrong, however many there are',
  async () => {
    const users = `('0x1' || lpad(to_hex(n), 39, '0'))`;
    await sql
      .raw(`insert into users select ${users}, false, 1, 1 from generate_series(1, 120) n`)
      .execute(db);
    await sql
      .raw(
        `insert into tabs select ${users}, 1000 + n, '${RECIPIENT}', '${ETH}', 1, 1000, 86400, 'CLOSED', 'SETTLED', 40, 40,
          0, 1, 1000, false, 1, 1 from generate_series(1, 120) n`,
      )
      .execute(db);
    await sql
      .raw(
        `insert into guarantees (user_address, tab_id, req_id, guarantee_version, amount, total_amount, claims_timestamp,
          claims_hash, request, created_at_ms)
        select ${users}, 1000 + n, id, 1, 20, 20 * (id + 1), 1000, 'hash', '{}', 1
        from generate_series(1, 120) n, generate_series(0, 1) id`,
      )
      .execute(db);
    const { violations: before } = await checkInvariants(db);
    await sql`delete from guarantees where tab_id = 1110 and req_id = 0`.execute(db);
    await sql`update guarantees set total_amount = 21 where tab_id = 1060 and req_id = 0`.execute(db);
    await sql`update guarantees set certificate_claims = '0x12', certificate_signature = '0x34' where tab_id = 1001
      and req_id = 1`.execute(db);
    const found = (await checkInvariants(db)).violations.slice(before.length);
    expect(found.map(({ rule, detail }) => `${rule} ${detail}`)).toEqual([
      expect.stringMatching(/^CERTIFICATE_MATCHES_ROW tab 1001, reqId 1: the certificate is unreadable/),
      'TAB_TOTAL_IS_SUM_OF_GUARANTEES tab 1060, reqId 0: the total is not the sum of the amounts',
      'REQ_IDS_HAVE_NO_GAPS tab 1110: 1 guarantees, highest reqId 1, tab says 1',
      'TAB_TOTAL_IS_SUM_OF_GUARANTEES tab 1110, reqId 1: the total is not the sum of the amounts',
      'TAB_TOTAL_IS_SUM_OF_GUARANTEES tab 1110: the total is not the sum of the amounts',
    ]);
  },
  TIMEOUT_MS,
);
