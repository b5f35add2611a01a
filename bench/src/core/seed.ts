import pg from 'pg';

const ROWS_PER_TAB = 1_000;

/**
 * Fills the ledger with settled tabs of other payers, whose guarantees are as large as a real one.
 *
 * @param rows - guarantees to add; rounded up to whole tabs.
 */
export async function seedGuarantees(databaseUrl: string, rows: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const tabs = Math.ceil(rows / ROWS_PER_TAB);
  try {
    // At once, because the core's audit looks at the ledger meanwhile.
    await client.query('begin');
    await client.query(SEED_USERS, [tabs]);
    await client.query(SEED_TABS, [tabs, ROWS_PER_TAB]);
    await client.query(SEED_GUARANTEES, [tabs, ROWS_PER_TAB]);
    await client.query('commit');
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}

const USER = `'0x5eed' || lpad(to_hex(n), 36, '0')`;
const TAB_ID = `n::numeric`;

const SEED_USERS = `
  insert into users (user_address, created_at_ms, updated_at_ms)
  select ${USER}, 0, 0 from generate_series(1, $1::bigint) n`;

const SEED_TABS = `
  insert into tabs (user_address, tab_id, recipient_address, asset_address, guarantee_version, start_timestamp,
    ttl_seconds, status, settlement_status, total_amount, paid_amount, last_req_id, last_timestamp, created_at_ms,
    updated_at_ms)
  select ${USER}, ${TAB_ID}, '0x' || repeat('ab', 20), '0x' || repeat('00', 20), 1, 1, 1, 'CLOSED', 'SETTLED',
    $2::bigint, $2::bigint, $2::bigint - 1, 1, 0, 0
  from generate_series(1, $1::bigint) n`;

const SEED_GUARANTEES = `
  insert into guarantees (user_address, tab_id, req_id, guarantee_version, amount, total_amount, claims_timestamp,
    claims_hash, request, certificate_claims, certificate_signature, created_at_ms)
  select ${USER}, ${TAB_ID}, id - 1, 1, 1, id, 1, model.claims_hash, model.request, model.certificate_claims,
    model.certificate_signature, 0
  from generate_series(1, $1::bigint) n, generate_series(1, $2::bigint) id,
    (select * from guarantees where certificate_claims is not null limit 1) model`;
