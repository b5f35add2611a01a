import { execFile } from 'node:child_process';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Result } from '../report.js';
import { beside } from './facts.js';
import { PEER, type Peer } from './peer.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Names in `.size-limit.js`, and whether the peer's whole bundle stands for the same. */
const MEASURED = [
  ['sdk/payer', true],
  ['sdk, without the BLS library', true],
  ['BLS library, loaded when it is needed', false],
] as const;

interface MeasuredSize {
  readonly name: string;
  readonly size: number;
  readonly sizeLimit: number;
}

/** What a browser downloads, minified and gzipped; ours as `pnpm size` measures it. */
export async function measureSizes(peer: Peer | undefined): Promise<Result[]> {
  const sizes = await ourSizes();
  const peerSize = peer === undefined ? undefined : await sizeOfPeer(peer);
  return MEASURED.map(([name, hasPeer]) => {
    const measured = sizes.find((entry) => entry.name === name);
    if (measured === undefined) throw new Error(`.size-limit.js does not measure ${name}`);
    return beside({
      what: `size of ${name}`,
      unit: 'kB',
      ours: measured.size / 1000,
      peer: hasPeer && peerSize !== undefined ? peerSize / 1000 : undefined,
      limit: measured.sizeLimit / 1000,
    });
  });
}

async function ourSizes(): Promise<MeasuredSize[]> {
  const { stdout } = await promisify(execFile)('npx', ['size-limit', '--json'], { cwd: ROOT });
  return JSON.parse(stdout);
}

/** Everything that the peer exports, without what it needs of Node and its peers that a user need not install. */
async function sizeOfPeer({ folder }: Peer): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${PEER}'`, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['node:*', '@x402/*', ...builtinModules],
    write: false,
    logLevel: 'error',
  });
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0);
}
