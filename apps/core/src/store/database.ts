import { PGlite } from '@electric-sql/pglite';
import { FourMicaError } from '@fourmica/core-types';
import { Kysely, type LogEvent, PostgresDialect } from 'kysely';
import pg from 'pg';
import { lockDataDirectory } from './data-directory-lock.js';
import { expireLeases } from './leases.js';
import { migrateToLatest } from './migrations/index.js';
import { INT8_OID, NUMERIC_OID, parseIntegerColumn } from './numeric.js';
import { PGliteDialect } from './pglite-dialect.js';
import type { LedgerSchema, Queries } from './schema.js';

/** Where the ledger lives. */
export type DatabaseConfig =
  /** Embedded, in a directory, or in memory without one; for a single process. */
  | { readonly kind: 'pglite'; readonly dataDir?: string | undefined }
  /** A Postgres server, for any number of processes. */
  | { readonly kind: 'postgres'; readonly url: string; readonly maxConnections?: number | undefined };

/** An open, migrated database. */
export interface Database {
  readonly db: Queries;
  close(): Promise<void>;
}

/** What the database reports while it runs. */
export interface DatabaseEvents {
  /** A pooled connection failed; the pool replaces it. */
  onError(error: Error): void;
  /** Another process took the data directory while this one stood still; nothing more may be written. */
  onLockLost(error: Error): void;
  /** A query ended, after so many seconds. */
  onQuery?(seconds: number): void;
}

/**
 * Opens the database and brings it to the newest form.
 *
 * @throws FourMicaError `DATA_DIRECTORY_IN_USE`, `DATABASE_UNREACHABLE` or `DATABASE_MIGRATION_FAILED`.
 */
export async function openDatabase(config: DatabaseConfig, events: DatabaseEvents): Promise<Database> {
  const opened =
    config.kind === 'pglite' ? await openPGlite(config.dataDir, events) : await openPostgres(config, events);
  try {
    await migrateToLatest(opened.db);
    if (config.kind === 'pglite') await expireLeases(opened.db);
  } catch (error) {
    await opened.close();
    throw error;
  }
  return opened;
}

async function openPGlite(dataDir: string | undefined, events: DatabaseEvents): Promise<Database> {
  const unlock = dataDir === undefined ? undefined : await lockDataDirectory(dataDir, events.onLockLost);
  try {
    const parsers = { [INT8_OID]: parseIntegerColumn, [NUMERIC_OID]: parseIntegerColumn };
    const pglite = await PGlite.create({ ...(dataDir === undefined ? {} : { dataDir }), parsers });
    const db = new Kysely<LedgerSchema>({ dialect: new PGliteDialect(pglite), log: queryLog(events) });
    return {
      db,
      close: async () => {
        await db.destroy();
        await unlock?.();
      },
    };
  } catch (cause) {
    await unlock?.();
    throw new FourMicaError(
      'DATABASE_UNREACHABLE',
      `database: the embedded database ${dataDir === undefined ? 'in memory' : `in ${dataDir}`} could not be opened`,
      { dataDir },
      { cause },
    );
  }
}

const CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_CONNECTIONS = 16;
/**
 * A process that is paused inside a transaction must not keep its locks from the other processes for ever. What waits
 * for such a lock gives up first, so that the paused process' own waiting sessions do not get it one after the other.
 */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000;
const LOCK_TIMEOUT_MS = 4_000;

async function openPostgres(
  config: { readonly url: string; readonly maxConnections?: number | undefined },
  events: DatabaseEvents,
): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: config.url,
    max: config.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    keepAlive: true,
    application_name: '4mica-core',
    types: { getTypeParser: columnParser },
  });
  // The pool listens only to connections that nobody uses; one that breaks inside a transaction would end the process.
  pool.on('connect', (client) => client.on('error', events.onError));
  pool.on('error', () => undefined);
  try {
    const client = await pool.connect();
    client.release();
  } catch (cause) {
    await pool.end();
    throw new FourMicaError(
      'DATABASE_UNREACHABLE',
      'database: no connection to the Postgres server of DATABASE_URL; check the address, the credentials and that it runs',
      {},
      { cause },
    );
  }
  const db = new Kysely<LedgerSchema>({ dialect: new PostgresDialect({ pool }), log: queryLog(events) });
  return { db, close: () => db.destroy() };
}

const queryLog =
  ({ onQuery }: DatabaseEvents) =>
  ({ queryDurationMillis }: LogEvent): void =>
    onQuery?.(queryDurationMillis / 1000);

const columnParser: pg.CustomTypesConfig['getTypeParser'] = (oid: number, format?: 'text' | 'binary') =>
  oid === INT8_OID || oid === NUMERIC_OID
    ? parseIntegerColumn
    : pg.types.getTypeParser(oid, format as 'text');
