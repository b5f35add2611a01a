import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchTab } from './payers.js';

/** What the client process is told to do. */
export interface LoadOrder {
  readonly url: string;
  readonly token: string;
  readonly chainId: number;
  readonly tabs: readonly BenchTab[];
  /** Requests that are under way at the same time. */
  readonly clients: number;
  /** Requests of all clients together in a second; absent = each client sends when it has its answer. */
  readonly perSecond?: number | undefined;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Payments that are signed beforehand. */
  readonly payments: number;
}

/** What the client process saw after the warm-up. */
export interface LoadReport {
  /** Correct answers. */
  readonly answers: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Other answers by text. */
  readonly failures: Readonly<Record<string, number>>;
  /** Next reqId by tab, in the order of the tabs. */
  readonly nextReqIds: readonly number[];
  /** Some of the certificates. */
  readonly certificates: readonly { readonly claims: string; readonly signature: string }[];
}

/** Sends payments from a process of its own and returns what it saw. */
export async function runLoad(order: LoadOrder): Promise<LoadReport> {
  const child: ChildProcess = fork(fileURLToPath(new URL('./client-process.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
  });
  child.send(order);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the client process ended with ${code}`);
  });
  const [report] = (await Promise.race([once(child, 'message'), ended])) as [LoadReport];
  order.tabs.forEach((tab, i) => {
    tab.nextReqId = report.nextReqIds[i] ?? tab.nextReqId;
  });
  return report;
}
