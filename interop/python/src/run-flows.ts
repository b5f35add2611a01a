import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Localnet, startLocalnet } from '@fourmica/localnet';
import * as z from 'zod';
import type { PythonEnvironment } from './python-environment.js';
import { startControl, startPaidApi } from './servers.js';

const StepReport = z.strictObject({
  flow: z.string(),
  step: z.string(),
  /** `ok`, or the name of the exception's class. */
  outcome: z.string(),
  message: z.string(),
  ms: z.number(),
});
/** What came out of one step. */
export type StepReport = z.infer<typeof StepReport>;

const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const FLOWS_TIMEOUT_MS = 480_000;

/** Starts a network, runs every flow of the Python SDK against it, and stops it again. */
export async function runFlows(
  python: PythonEnvironment,
  authMode: 'required' | 'optional',
): Promise<readonly StepReport[]> {
  const closers: (() => Promise<void>)[] = [];
  try {
    const localnet = await startLocalnet({ authMode });
    closers.push(localnet.stop);
    const api = await startPaidApi(localnet);
    closers.push(api.close);
    const control = await startControl(localnet);
    closers.push(control.close);
    const folder = await mkdtemp(join(tmpdir(), '4mica-interop-'));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const world = join(folder, 'world.json');
    await writeFile(world, JSON.stringify(worldOf(localnet, authMode, api.url, control.url)));
    return await runPython(python, world);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** The network as `flows/world.py` reads it. */
const worldOf = (localnet: Localnet, authMode: string, apiUrl: string, controlUrl: string) => ({
  login_required: authMode === 'required',
  core_url: localnet.coreUrl,
  facilitator_url: localnet.facilitatorUrl,
  rpc_url: localnet.rpcUrl,
  network: localnet.network,
  chain_id: localnet.chainId,
  contract_address: localnet.contractAddress,
  usdc: localnet.tokens.usdc,
  usdt: localnet.tokens.usdt,
  validation_registry: localnet.validationRegistry,
  validator: localnet.accounts.validator.address,
  payer: localnet.accounts.payer,
  recipient: localnet.accounts.recipient,
  admin_api_key: localnet.adminApiKey,
  grace_period: Number(localnet.timing.remunerationGracePeriod),
  withdrawal_period: Number(localnet.timing.withdrawalGracePeriod),
  api_url: apiUrl,
  control_url: controlUrl,
});

function runPython(python: PythonEnvironment, world: string): Promise<readonly StepReport[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(python.executable, ['-B', '-m', 'flows', world], {
      cwd: FOLDER,
      env: { PATH: process.env.PATH ?? '', PYTHONUTF8: '1', ...python.variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: FLOWS_TIMEOUT_MS,
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code !== 0) process.stderr.write(`the flows ended with ${code ?? signal}:\n${output.stderr}\n`);
      const lines = output.stdout.split('\n').filter((line) => line !== '');
      resolve(lines.map((line) => StepReport.parse(JSON.parse(line))));
    });
  });
}
