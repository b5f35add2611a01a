import type { DatabaseConfig } from '@fourmica/core';
import { startPostgres, tempDir } from '@fourmica/test-support';
import { afterAll, beforeAll } from 'vitest';

/** The databases that the core runs on. */
export const DATABASES = ['pglite', 'postgres'] as const;
export type DatabaseKind = (typeof DATABASES)[number];

/** An empty database of its own. */
export interface TestDatabase {
  readonly config: DatabaseConfig;
  remove(): Promise<void>;
}

/** Creates a database that outlives the core that uses it: a directory, or a Postgres server. */
export async function createDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  if (kind === 'pglite') {
    const directory = await tempDir('fourmica-db-');
    return { config: { kind, dataDir: `${directory.path}/ledger` }, remove: directory.remove };
  }
  const server = await startPostgres();
  return {
    config: { kind, url: await server.createDatabase() },
    remove: server.stop,
  };
}

/** Gives the suite around it a database. */
export function useDatabase(kind: DatabaseKind): { readonly config: DatabaseConfig } {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database =
      kind === 'pglite' ? { config: { kind }, remove: async () => undefined } : await createDatabase(kind);
  });
  afterAll(async () => {
    await database?.remove();
  });
  return {
    get config() {
      if (database === undefined) throw new Error('the database is not there yet');
      return database.config;
    },
  };
}
