import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { FourMicaError } from '@fourmica/core-types';

/** How the local Ethereum node is started. */
export interface AnvilOptions {
  /** Default 31337. */
  readonly chainId?: number | bigint | undefined;
  /** TCP port on the loopback interface; 0 (default) takes a free one. */
  readonly port?: number | undefined;
  /** Seconds between blocks; absent = a block for each transaction. */
  readonly blockTime?: number | undefined;
  /** Default prague, which has the EIP-2537 precompiles. */
  readonly hardfork?: 'prague' | 'cancun' | undefined;
  /** File from which the chain is loaded, if it exists, and in which it is kept every second and at the end. */
  readonly stateFile?: string | undefined;
}

/** A running local Ethereum node. */
export interface Anvil {
  readonly rpcUrl: string;
  readonly chainId: bigint;
  /** Stops or continues the process without ending it, as an overloaded machine does. */
  pause(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Rejects when the process ends although nobody stopped it. */
  readonly died: Promise<never>;
  /** Ends the process without letting it tidy up, and waits until it is gone. */
  kill(): Promise<void>;
  /** Ends the process; may be called more than once. */
  stop(): Promise<void>;
}

/** The local network could not be started, or a part of it ended by itself. */
export class LocalnetError extends FourMicaError<'LOCALNET_FAILED', { readonly part: string }> {
  override readonly name = 'LocalnetError';

  constructor(part: string, message: string, options?: { cause?: unknown }) {
    super('LOCALNET_FAILED', `${part}: ${message}`, { part }, options);
  }
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
const LISTENING = /^Listening on ([0-9.]+:[0-9]+)/;

/**
 * Starts anvil from its npm package. `finalized` is two blocks behind `latest`.
 *
 * @throws LocalnetError when there is no build for this platform or it does not answer within a minute.
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const chainId = BigInt(options.chainId ?? 31337);
  const child = spawn(anvilBinary(), anvilArguments(chainId, options), { stdio: ['ignore', 'pipe', 'pipe'] });
  const killWithParent = () => child.kill('SIGKILL');
  process.once('exit', killWithParent);

  let stopping = false;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const died = ended.then(() => {
    process.removeListener('exit', killWithParent);
    if (stopping) return new Promise<never>(() => {});
    throw new LocalnetError('anvil', `the process ended by itself (exit code ${child.exitCode})`);
  });
  died.catch(() => {});

  const stop = async () => {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(kill);
  };

  const kill = async () => {
    stopping = true;
    child.kill('SIGKILL');
    await ended;
  };

  try {
    const address = await Promise.race([listeningAddress(child), died]);
    return { rpcUrl: `http://${address}`, chainId, died, kill, stop, pause: (signal) => child.kill(signal) };
  } catch (error) {
    await stop();
    throw error;
  }
}

function anvilArguments(
  chainId: bigint,
  { port = 0, blockTime, hardfork = 'prague', stateFile }: AnvilOptions,
): string[] {
  const args = [
    '--hardfork',
    hardfork,
    '--chain-id',
    String(chainId),
    '--port',
    String(port),
    '--host',
    '127.0.0.1',
  ];
  args.push('--slots-in-an-epoch', '1');
  if (blockTime !== undefined) args.push('--block-time', String(blockTime));
  if (stateFile !== undefined) args.push('--state', stateFile, '--state-interval', '1');
  return args;
}

const PLATFORM_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'anvil-linux-amd64/bin/anvil',
  'linux-arm64': 'anvil-linux-arm64/bin/anvil',
  'darwin-x64': 'anvil-darwin-amd64/bin/anvil',
  'darwin-arm64': 'anvil-darwin-arm64/bin/anvil',
  'win32-x64': 'anvil-win32-amd64/bin/anvil.exe',
};

function anvilBinary(): string {
  const platform = `${process.platform}-${process.arch}`;
  const file = PLATFORM_PACKAGES[platform];
  if (file === undefined) throw new LocalnetError('anvil', `there is no build of anvil for ${platform}`);
  try {
    const anvilPackage = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json');
    return createRequire(anvilPackage).resolve(`@foundry-rs/${file}`);
  } catch (cause) {
    throw new LocalnetError('anvil', `@foundry-rs/${file} is missing; install with optional dependencies`, {
      cause,
    });
  }
}

/** Reads the address from anvil's output and goes on draining the output, so that the process never blocks on it. */
function listeningAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const lastErrors: string[] = [];
    const timer = setTimeout(
      () =>
        reject(
          new LocalnetError(
            'anvil',
            `no answer within ${START_TIMEOUT_MS / 1000} s. ${lastErrors.join(' ')}`,
          ),
        ),
      START_TIMEOUT_MS,
    );
    child.once('error', (cause) =>
      reject(new LocalnetError('anvil', 'the process could not be started', { cause })),
    );
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new LocalnetError('anvil', `the process ended before it listened. ${lastErrors.join(' ')}`));
    });
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      if (lastErrors.length < 10) lastErrors.push(line);
    });
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const address = LISTENING.exec(line)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
  });
}
