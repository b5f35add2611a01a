import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DatabaseConfig } from '@fourmica/core';
import { freePort } from '@fourmica/test-support';
import { BLS_SECRET_KEY, CHAIN_ID, type TestChain } from './chain.js';

const BIN = fileURLToPath(new URL('../../../apps/core/bin/4mica-core.mjs', import.meta.url));
const START_TIMEOUT_MS = 90_000;

/** A core in a process of its own that keeps its address when it is started again. */
export class CoreProcess {
  readonly url: string;
  readonly #environment: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(url: string, environment: Readonly<Record<string, string>>) {
    this.url = url;
    this.#environment = environment;
  }

  /** @param settings - environment variables besides those that every test core has. */
  static async create(
    chain: TestChain,
    database: DatabaseConfig,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<CoreProcess> {
    const port = await freePort();
    return new CoreProcess(`http://127.0.0.1:${port}`, {
      PATH: process.env.PATH ?? '',
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
      EARLY_REQUEST_MAX_WAIT_MS: '20000',
      LOG_LEVEL: 'warn',
      ...(database.kind === 'postgres'
        ? { DATABASE_URL: database.url }
        : { CORE_DATA_DIR: database.dataDir ?? '' }),
      ...settings,
    });
  }

  /** Everything that the processes wrote to standard output and standard error. */
  get output(): string {
    return this.#output;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the core serves. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [BIN], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const read = (chunk: Buffer) => {
      this.#output += chunk.toString();
    };
    const recent = () => this.#output.slice(-10_000);
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    // Its output is complete when it is closed, which may be later than the exit.
    let isOver = false;
    child.once('close', () => {
      isOver = true;
    });
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      if (isOver) throw new Error(`the core ended with ${child.exitCode}:\n${recent()}`);
      const isServing = await fetch(`${this.url}/core/health`).then(
        (response) => response.status === 200,
        () => false,
      );
      if (isServing) return;
      if (Date.now() > deadline) throw new Error(`the core did not start:\n${recent()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends the process by a signal and waits until it is gone. Returns its exit code, null after SIGKILL. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const gone = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.kill(signal);
    return gone;
  }

  /** Stops or continues the process without ending it. */
  pause(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }
}
