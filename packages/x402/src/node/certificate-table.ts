import { X402Error } from '../errors.js';

/** The statements of one table of certificates. */
export interface CertificateTable {
  /** Quoted, with its schema if it was given one. */
  readonly name: string;
  readonly exists: string;
  readonly create: string;
  /** Fails when the table lacks a column, or may not be read. */
  readonly probe: string;
  readonly save: string;
  readonly find: string;
  readonly findLatest: string;
  readonly dropBodies: string;
}

const TABLE_NAME = /^(?:([a-z_][a-z0-9_]{0,62})\.)?([a-z_][a-z0-9_]{0,47})$/;
/** Whoever creates a table holds this lock: `create table if not exists` alone fails when two sessions meet. */
const CREATION_LOCK = '4027611518803419761';
/** What one `save` clears at most, so that no save waits for a long list. */
const MAX_DROPPED_BODIES = 100;

const COLUMNS = `network, tab_id::text as "tabId", req_id::text as "reqId", claims_hash as "claimsHash",
  certificate::text as certificate, request, status::text as status, headers::text as headers,
  body_hash as "bodyHash", settled_at_ms::text as "settledAtMs"`;

/** @throws X402Error `CONFIG_INVALID` when the name is not a plain one. */
export function certificateTable(table: string): CertificateTable {
  const [, schema, plain] = TABLE_NAME.exec(table) ?? [];
  if (plain === undefined) {
    throw new X402Error(
      'CONFIG_INVALID',
      'table: expected a name of at most 48 lower-case letters, digits and underscores, with or without "schema."',
      { field: 'table' },
    );
  }
  const name = schema === undefined ? `"${plain}"` : `"${schema}"."${plain}"`;
  return {
    name,
    exists: 'select to_regclass($1) is not null as "isThere"',
    create: createStatement(name, `"${plain}_bodies"`),
    probe: `select ${COLUMNS}, body from ${name} limit 0`,
    save: saveStatement(name),
    find: `select ${COLUMNS}, encode(body, 'base64') as body from ${name}
      where network = $1 and tab_id = $2::numeric and req_id = $3::numeric`,
    findLatest: `select ${COLUMNS}, null as body from ${name}
      where network = $1 and tab_id = $2::numeric order by req_id desc limit 1`,
    dropBodies: `update ${name} set body = null where (network, tab_id, req_id) in (
      select network, tab_id, req_id from ${name} where body is not null and settled_at_ms <= $1::bigint
      order by settled_at_ms limit ${MAX_DROPPED_BODIES} for update skip locked)`,
  };
}

/** Several statements in one message are one transaction, which holds the lock to its end. */
const createStatement = (name: string, bodyIndex: string): string => `
  select pg_advisory_xact_lock(${CREATION_LOCK});
  create table if not exists ${name} (
    network text not null,
    tab_id numeric(78, 0) not null,
    req_id numeric(78, 0) not null,
    claims_hash text not null,
    certificate json,
    request text not null,
    status integer not null,
    headers json not null,
    body_hash text not null,
    body bytea,
    settled_at_ms bigint not null,
    primary key (network, tab_id, req_id)
  );
  create index if not exists ${bodyIndex} on ${name} (settled_at_ms) where body is not null`;

/**
 * Returns a row when the record is stored, and none when the place is taken by something else. The first response that
 * was served for a payment stays. A database whose commits return before they are on the disk is told to wait.
 */
function saveStatement(name: string): string {
  const completed = ['status', 'headers', 'body_hash', 'body'].map(
    (column) => `${column} = case when stored.status = 0 then excluded.${column} else stored.${column} end`,
  );
  return `insert into ${name} as stored
      (network, tab_id, req_id, claims_hash, certificate, request, status, headers, body_hash, body, settled_at_ms)
    values ($1, $2::numeric, $3::numeric, $4, $5::json, $6, $7::integer, $8::json, $9, decode($10, 'base64'), $11::bigint)
    on conflict (network, tab_id, req_id) do update
      set certificate = coalesce(stored.certificate, excluded.certificate), ${completed.join(', ')}
      where stored.claims_hash = excluded.claims_hash and stored.request = excluded.request
    returning case current_setting('synchronous_commit')
      when 'off' then set_config('synchronous_commit', 'on', true) end as "commitsNow"`;
}
