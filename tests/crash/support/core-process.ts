import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { BLS_SECRET_KEY, CHAIN_ID, type TestChain } from './chain.js';

/** Restarts must be done within this time on a busy machine of two cores. */
export const START_LIMIT_MS = 60_000;
const KEPT_LINES = 40;
const BINARY = join(
  dirname(createRequire(import.meta.url).resolve('@fourmica/core/package.json')),
  'bin/4mica-core.mjs',
);

/** Environment of a core on a test chain: every block is final, the chain is read ten times a second. */
export const coreEnvironment = (
  chain: TestChain,
  port: number,
  storage: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => ({
  SERVER_HOST: '127.0.0.1',
  SERVER_PORT: String(port),
  ETHEREUM_CHAIN_ID: String(CHAIN_ID),
  ETHEREUM_HTTP_RPC_URL: chain.rpcUrl,
  ETHEREUM_CONTRACT_ADDRESS: chain.contractAddress,
  CONTRACT_DEPLOY_BLOCK: String(chain.deployBlock),
  ETHEREUM_PRIVATE_KEY: chain.operatorKey,
  BLS_PRIVATE_KEY: BLS_SECRET_KEY,
  AUTH_MODE: 'optional',
  CONFIRMATION_MODE: 'depth',
  NUMBER_OF_BLOCKS_TO_CONFIRM: '0',
  CHAIN_SCAN_INTERVAL_MS: '100',
  ...storage,
});

/** The core's binary as a process of its own, which can be ended the hard way. */
export class CoreProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #spawnedAt = performance.now();
  readonly #lines: string[] = [];
  readonly #endWithParent: () => void;
  #servingAfterMs: number | undefined;
  #recovered = 0;
  #hasEnded = false;

  constructor(environment: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [BINARY], {
      env: { ...environment, LOG_LEVEL: 'info' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#endWithParent = () => this.#child.kill('SIGKILL');
    process.once('exit', this.#endWithParent);
    this.#exited = new Promise((resolve) => {
      const ended = () => {
        this.#hasEnded = true;
        process.off('exit', this.#endWithParent);
        resolve();
      };
      this.#child.once('exit', ended);
      this.#child.once('error', (error) => {
        this.#keep(String(error));
        ended();
      });
    });
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      if (output !== null) createInterface({ input: output }).on('line', (line) => this.#keep(line));
    }
  }

  /** Starts a core and waits until it serves. */
  static async start(environment: Readonly<Record<string, string>>): Promise<CoreProcess> {
    const core = new CoreProcess(environment);
    await core.serving();
    return core;
  }

  /** Guarantees that this process found reserved and unsigned at its start. */
  get recovered(): number {
    return this.#recovered;
  }

  /** Waits until the core serves and returns the milliseconds since it was spawned. */
  async serving(): Promise<number> {
    while (this.#servingAfterMs === undefined) {
      const elapsedMs = performance.now() - this.#spawnedAt;
      if (this.#hasEnded || elapsedMs > START_LIMIT_MS) {
        const reason = this.#hasEnded
          ? 'ended instead of serving'
          : `does not serve after ${START_LIMIT_MS} ms`;
        await this.kill();
        throw new Error(`the core ${reason}. Its last output was:\n${this.#lines.join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return this.#servingAfterMs;
  }

  /** Fails with the core's last words when the process has ended by itself. */
  assertRuns(): void {
    if (this.#hasEnded)
      throw new Error(`the core has ended. Its last output was:\n${this.#lines.join('\n')}`);
  }

  /** Ends the process without any chance to tidy up, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** Stops the process in the middle of whatever it does. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Lets a paused process go on as if no time had passed. */
  resume(): void {
    this.#child.kill('SIGCONT');
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    if (!line.startsWith('{')) return;
    const entry = JSON.parse(line) as { msg?: string; recovered?: number };
    if (entry.msg === 'core is serving') this.#servingAfterMs = performance.now() - this.#spawnedAt;
    this.#recovered += entry.recovered ?? 0;
  }
}
