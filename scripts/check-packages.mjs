// Checks every package that would be published as npm would deliver it: publint on its files, and
// are-the-types-wrong on the tarball. Needs the packages to be built.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const run = promisify(execFile);
const ATTW = join('node_modules', '.bin', 'attw');

const folders = ['packages', 'apps'].flatMap((group) => readdirSync(group).map((name) => join(group, name)));
const published = folders
  .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
  .filter(({ manifest }) => manifest.private !== true)
  .filter(({ manifest }) => process.argv.length === 2 || process.argv.slice(2).includes(manifest.name));

const scratch = mkdtempSync(join(tmpdir(), 'fourmica-pack-'));
let problems = 0;
const complain = (name, text) => {
  problems += 1;
  console.error(`${name}: ${text}`);
};

async function check({ folder, manifest }) {
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch];
  const [{ filename }] = JSON.parse((await run('npm', pack, { cwd: folder })).stdout);
  const tarball = join(scratch, filename);
  const { messages } = await publint({
    pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer },
    strict: true,
  });
  for (const message of messages) {
    if (message.type === 'error' || message.type === 'warning')
      complain(manifest.name, formatMessage(message, manifest));
  }
  const profile = JSON.stringify(manifest.exports).includes('"require"') ? 'node16' : 'esm-only';
  try {
    await run(ATTW, [tarball, '--profile', profile, '--format', 'ascii', '--no-emoji']);
  } catch (error) {
    complain(manifest.name, error.stdout || error.message);
  }
}

const waiting = [...published];
async function checkNext() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await check(next);
}

try {
  await Promise.all(Array.from({ length: availableParallelism() }, checkNext));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${published.length} packages checked, ${problems} problems`);
process.exit(problems === 0 ? 0 : 1);
