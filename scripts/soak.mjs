// The long forms of tests that `npm test` runs in short: random lives of a ledger, and a core killed again and again.
// Every number may be set: MODEL_RUNS, MODEL_STEPS, MODEL_SEED, CRASH_KILLS, CRASH_SEED.
import { spawnSync } from 'node:child_process';

const LONG = { MODEL_RUNS: '10', MODEL_STEPS: '300', CRASH_KILLS: '50' };
const TESTS = ['tests/core/model.test.ts', 'tests/crash'];

const run = (command, args) => {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...LONG, ...process.env } });
  if (status !== 0) process.exit(status ?? 1);
};

run('npx', ['turbo', 'run', 'build', '--output-logs=errors-only']);
run('npx', ['vitest', 'run', '--project', 'integration', '--maxWorkers', '2', ...TESTS]);
