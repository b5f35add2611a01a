import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory that exists until `remove` is called. */
export interface TempDir {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** Creates an empty directory of its own for a test. */
export async function tempDir(prefix = 'fourmica-'): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
