import { execFile } from 'node:child_process';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tempDir } from '@fourmica/test-support';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../program/', import.meta.url));
const PNPM = join(ROOT, 'node_modules/.bin/pnpm');

const run = promisify(execFile);

interface Manifest {
  readonly exports?: Readonly<Record<string, Readonly<Record<string, unknown>> | string>>;
}

/** A project outside the workspace with every published package, installed from what would be published. */
export interface UserProject {
  readonly path: string;
  /** Every entry of every package, such as `@fourmica/x402/client`. */
  readonly entries: readonly string[];
  /** The entries that CommonJS can require. */
  readonly requirable: readonly string[];
  remove(): Promise<void>;
}

/**
 * Packs the packages and installs the tarballs. pnpm lets a package import what it declares and nothing else, so that a
 * dependency that is missing in a manifest is noticed.
 */
export async function installPackages(): Promise<UserProject> {
  const { path, remove } = await tempDir('fourmica-user-');
  const tarballs = await pack(join(path, 'tarballs'));
  const dependencies = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]));
  const manifest = { private: true, type: 'module', dependencies, pnpm: { overrides: dependencies } };
  await writeFile(join(path, 'package.json'), JSON.stringify(manifest));
  await cp(PROGRAM, path, { recursive: true });
  const { stdout: store } = await run(PNPM, ['store', 'path'], { cwd: ROOT });
  await run(
    PNPM,
    ['install', '--no-frozen-lockfile', '--prefer-offline', '--store-dir', join(store.trim(), '..')],
    {
      cwd: path,
    },
  );
  const entries = await entriesOf(path);
  await writeFile(join(path, 'entries.json'), JSON.stringify(entries));
  return { path, ...entries, remove };
}

async function pack(folder: string): Promise<readonly { readonly name: string; readonly file: string }[]> {
  const filters = ['./packages/*', './apps/*', '!@fourmica/test-vectors'].flatMap((filter) => [
    '--filter',
    filter,
  ]);
  await run(PNPM, ['-r', ...filters, 'pack', '--pack-destination', folder], { cwd: ROOT });
  return (await readdir(folder)).map((file) => ({
    name: file.replace(/^fourmica-(.*)-[0-9]+\.[0-9]+\.[0-9]+\.tgz$/, '@fourmica/$1'),
    file: join(folder, file),
  }));
}

async function entriesOf(path: string): Promise<Pick<UserProject, 'entries' | 'requirable'>> {
  const scope = join(path, 'node_modules/@fourmica');
  const entries: string[] = [];
  const requirable: string[] = [];
  for (const name of await readdir(scope)) {
    const { exports = {} }: Manifest = JSON.parse(await readFile(join(scope, name, 'package.json'), 'utf8'));
    for (const [subpath, conditions] of Object.entries(exports)) {
      if (typeof conditions === 'string') continue;
      const entry = `@fourmica/${name}${subpath.slice(1)}`;
      entries.push(entry);
      if ('require' in conditions) requirable.push(entry);
    }
  }
  return { entries, requirable };
}
