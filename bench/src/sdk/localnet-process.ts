import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** An account of the local network. */
interface Account {
  readonly address: string;
  readonly privateKey: string;
}

/** A local network in a process of its own, so that its work does not count as the client's. */
export interface LocalnetProcess {
  readonly coreUrl: string;
  readonly accounts: { readonly payer: Account; readonly recipient: Account };
  stop(): Promise<void>;
}

const FREE_PORTS = ['--rpc-port', '0', '--core-port', '0', '--facilitator-port', '0'];

/** Starts `4mica localnet` and waits until it tells its addresses. */
export async function startLocalnetProcess(): Promise<LocalnetProcess> {
  const folder = dirname(createRequire(import.meta.url).resolve('@fourmica/cli/package.json'));
  const child = spawn(
    process.execPath,
    [join(folder, 'bin/4mica.mjs'), 'localnet', '--json', ...FREE_PORTS],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  const firstLine = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  const endedEarly = ended.then((): never => {
    throw new Error('the local network ended before it was ready');
  });
  const { coreUrl, accounts } = JSON.parse(await Promise.race([firstLine, endedEarly]));
  return { coreUrl, accounts, stop };
}
