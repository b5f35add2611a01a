import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const PEER = '@4mica/sdk';
const VERSION = '1.2.17';
/** A dependency of the peer that not every registry has; an empty package takes its place there. */
const OPTIONAL_DEPENDENCY = '@quillai-network/wachai-validation-sdk';
const FOLDER = fileURLToPath(new URL('../../.peer/', import.meta.url));

/** The peer, as it is used: a module that can be imported. */
export interface Peer {
  readonly folder: string;
  readonly module: string;
}

/** Installs the peer beside the benchmark, once. It is no dependency of anything here. */
export async function installPeer(): Promise<Peer> {
  const folder = join(FOLDER, VERSION);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.unfinished`;
    await install(unfinished, {}).catch(() => installWithout(OPTIONAL_DEPENDENCY, unfinished));
    await rename(unfinished, folder);
  }
  return { folder, module: createRequire(join(folder, 'package.json')).resolve(PEER) };
}

async function install(folder: string, more: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  const manifest = { private: true, type: 'module', dependencies: { [PEER]: VERSION }, ...more };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await promisify(execFile)('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
  });
}

async function installWithout(dependency: string, folder: string): Promise<void> {
  console.error(`${dependency} is not in this registry: ${PEER} is measured without it`);
  await rm(folder, { recursive: true, force: true });
  const empty = join(folder, 'empty');
  await mkdir(empty, { recursive: true });
  await writeFile(join(empty, 'package.json'), JSON.stringify({ name: dependency, version: '0.1.0' }));
  await writeFile(join(empty, 'index.js'), '');
  await install(folder, { overrides: { [dependency]: 'file:./empty' } });
}
