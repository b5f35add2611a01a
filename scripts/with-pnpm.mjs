// Runs a script of this repository on a machine that has only Node and npm: fetches the pinned pnpm through npx,
// installs what the lock file says, then runs `pnpm run <script> [arguments]`.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const [script, ...args] = process.argv.slice(2);
const { packageManager, engines } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Node ${engines.node} is needed, this is ${process.versions.node}. Install Node 20.19 or newer.`,
  );
  process.exit(1);
}

// Installation notes go to standard error, so that standard output carries only what the script prints.
const pnpm = (pnpmArgs, stdout) => {
  const { status, error } = spawnSync('npx', ['--yes', packageManager, ...pnpmArgs], {
    stdio: ['inherit', stdout, 'inherit'],
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
};

pnpm(['install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only'], 2);
pnpm(['--silent', 'run', script, ...args], 'inherit');
