import { X402Error } from '../errors.js';

/** A statement with its parameters. */
export interface PostgresQuery {
  readonly text: string;
  readonly values?: unknown[];
  /** Milliseconds until the client gives up. */
  readonly query_timeout: number;
}

/** What a certificate store uses of a `Pool` of the package `pg`. */
export interface PostgresPool {
  query(query: PostgresQuery): Promise<{ readonly rows: readonly unknown[] }>;
}

/** A pool of the store's own. */
export interface OwnedPostgresPool extends PostgresPool {
  end(): Promise<void>;
}

/**
 * Makes a pool, which connects when it is used.
 *
 * @throws X402Error `CONFIG_INVALID` when the package `pg` is not installed.
 */
export async function createPool(connectionString: string, timeoutMs: number): Promise<OwnedPostgresPool> {
  const { Pool } = await loadPg();
  const pool = new Pool({
    connectionString,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    keepAlive: true,
    application_name: '4mica-certificates',
  });
  // A connection that breaks fails the query that it runs; an idle one is replaced. Unheard, it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', () => undefined);
  return pool;
}

async function loadPg(): Promise<Pick<typeof import('pg'), 'Pool'>> {
  try {
    return (await import('pg')).default;
  } catch (cause) {
    throw new X402Error(
      'CONFIG_INVALID',
      'certificates in Postgres need the package pg: install pg 8 beside @fourmica/x402, or give the store a pool',
      { field: 'connectionString' },
      { cause },
    );
  }
}
