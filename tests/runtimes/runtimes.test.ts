import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NODES, RUNTIMES, type Runtime } from './support/runtimes.js';
import { installPackages, type UserProject } from './support/user-project.js';

let project: UserProject;

/** A registry may have to be asked for every dependency. */
const INSTALL_TIMEOUT_MS = 300_000;

beforeAll(async () => {
  project = await installPackages();
}, INSTALL_TIMEOUT_MS);
afterAll(() => project?.remove());

async function run({ executable, args }: Runtime, ...program: string[]): Promise<string> {
  const { HOME = '', PATH = '' } = process.env;
  const { stdout } = await promisify(execFile)(executable(), [...args, ...program], {
    cwd: project.path,
    env: { HOME, PATH, DENO_NO_UPDATE_CHECK: '1' },
    timeout: 200_000,
  });
  return stdout;
}

/** What every runtime has to come to; signing is deterministic. */
const RESULT = {
  empty: [],
  paymentSignature:
    '0x7912342895802815afd650f9a6100c1fcba13f7b1364f66079f69d7c1c0f02957a98370670f25be5fc41d0a92138961a20fb1fe9390123814d00ea28516d21ec1c',
  certificateSignature:
    '0xb7e6d16bd82f8ddba1cdf0781cec0bf9349fa88c5874910fcf585c1f13e53c6253e370324b2256fb29d9cfa540bfe3a20bd6b0de5a2074a25fd10b78acfc9a64594dc535173a6ce216254f6f081f8f5f127c6ff2b34be8e53cb20965dc708735',
  totalAmount: '5000',
  refusals: ['SIGNATURE_SIGNER_MISMATCH', 'CERTIFICATE_SIGNATURE_INVALID'],
};

test('the packages are there', () => {
  expect(project.entries.length).toBeGreaterThanOrEqual(26);
  expect(project.requirable.length).toBeGreaterThanOrEqual(22);
});

test.each(RUNTIMES)('$name imports every package, signs and verifies', async (runtime) => {
  const { runtime: version, ...result } = JSON.parse(await run(runtime, 'main.mjs'));
  expect(version).toMatch(new RegExp(`^${runtime.name}[. ]`));
  expect(result).toEqual(RESULT);
});

test.each(NODES)('$name requires every package from CommonJS, signs and verifies', async (runtime) => {
  const { runtime: version, ...result } = JSON.parse(await run(runtime, 'main.cjs'));
  expect(version).toMatch(new RegExp(`^${runtime.name}\\.`));
  expect(result).toEqual(RESULT);
});

test.each(NODES)('$name runs the installed command', async (runtime) => {
  expect(await run(runtime, 'node_modules/@fourmica/cli/bin/4mica.mjs', '--help')).toContain('localnet');
});
