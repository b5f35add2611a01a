import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { DatabaseConfig } from '@fourmica/core';
import { type PostgresServer, startPostgres, tempDir } from '@fourmica/test-support';
import pg from 'pg';

/** A row of the ledger with every column as text. */
export type TextRow = Readonly<Record<string, string | null>>;

/** Where a core keeps its ledger, and how a test looks into it past the core. */
export interface Storage {
  readonly environment: Readonly<Record<string, string>>;
  readonly database: DatabaseConfig;
  /** Runs queries directly. An embedded database must not be in use by a core. */
  query(...statements: readonly string[]): Promise<TextRow[][]>;
  remove(): Promise<void>;
}

export async function embeddedStorage(): Promise<Storage> {
  const directory = await tempDir();
  const dataDir = join(directory.path, 'ledger');
  return {
    environment: { CORE_DATA_DIR: dataDir },
    database: { kind: 'pglite', dataDir },
    query: async (...statements) => {
      const pglite = await PGlite.create({ dataDir });
      try {
        const results: TextRow[][] = [];
        for (const statement of statements) results.push((await pglite.query<TextRow>(statement)).rows);
        return results;
      } finally {
        await pglite.close();
      }
    },
    remove: () => directory.remove(),
  };
}

export async function postgresStorage(): Promise<Storage & { readonly server: PostgresServer }> {
  const server = await startPostgres();
  const url = await server.createDatabase();
  return {
    server,
    environment: { DATABASE_URL: url },
    database: { kind: 'postgres', url },
    query: async (...statements) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        const results: TextRow[][] = [];
        for (const statement of statements) results.push((await client.query<TextRow>(statement)).rows);
        return results;
      } finally {
        await client.end();
      }
    },
    remove: () => server.stop(),
  };
}
