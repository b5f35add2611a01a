import { MAX_EARLY_REQ_IDS } from '../domain/guarantee.js';
import { refusal } from '../domain/refusal.js';

/** Reads the newest reqId of several tabs. */
export type ReadLastReqIds = (tabIds: readonly bigint[]) => Promise<ReadonlyMap<bigint, bigint | null>>;

interface Waiter {
  readonly reqId: bigint;
  readonly wake: () => void;
  readonly fail: (error: unknown) => void;
}

/** How often the database is asked for guarantees that other processes issued, in milliseconds. */
const POLL_INTERVAL_MS = 25;

const MAX_WAITING_PER_TAB = Number(MAX_EARLY_REQ_IDS);

/**
 * Lets requests that came before their predecessors wait for them: woken at once by guarantees of this process, and by
 * asking the database for those of other processes.
 */
export class ReqIdTurns {
  readonly #readLastReqIds: ReadLastReqIds;
  readonly #maxWaitMs: number;
  readonly #waiting = new Map<bigint, Set<Waiter>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param maxWaitMs - how long a request waits for its predecessors, in milliseconds. */
  constructor(readLastReqIds: ReadLastReqIds, maxWaitMs: number) {
    this.#readLastReqIds = readLastReqIds;
    this.#maxWaitMs = maxWaitMs;
  }

  /** When a request that comes in now has waited long enough, in milliseconds of the monotonic clock. */
  deadline(): number {
    return performance.now() + this.#maxWaitMs;
  }

  /**
   * Resolves to true once the reqId may be the tab's next one, to false at the deadline.
   *
   * @throws RefusalError `TOO_MANY_WAITING` when the tab's queue is full.
   */
  async wait(tabId: bigint, reqId: bigint, deadline: number): Promise<boolean> {
    const waiters = this.#waiting.get(tabId) ?? new Set<Waiter>();
    if (waiters.size >= MAX_WAITING_PER_TAB) {
      throw refusal('TOO_MANY_WAITING', 'too many requests wait on this tab, please retry', { tabId });
    }
    const remainingMs = deadline - performance.now();
    if (remainingMs <= 0) return false;
    this.#waiting.set(tabId, waiters);
    return new Promise<boolean>((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timeout);
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiting.delete(tabId);
        finish();
      };
      const waiter: Waiter = {
        reqId,
        wake: () => settle(() => resolve(true)),
        fail: (error) => settle(() => reject(error)),
      };
      const timeout = setTimeout(() => settle(() => resolve(false)), remainingMs);
      waiters.add(waiter);
      this.#schedulePoll();
    });
  }

  /**
   * Tells that the tab's next reqId is now this one. Wakes the request that has it, and with it those that follow
   * without a gap, so that they can be reserved together.
   */
  advanced(tabId: bigint, next: bigint): void {
    const waiters = [...(this.#waiting.get(tabId) ?? [])].sort((a, b) => (a.reqId < b.reqId ? -1 : 1));
    let reachable = next;
    for (const { reqId, wake } of waiters) {
      if (reqId > reachable) return;
      if (reqId === reachable) reachable += 1n;
      wake();
    }
  }

  #schedulePoll(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#poll();
    }, POLL_INTERVAL_MS);
  }

  async #poll(): Promise<void> {
    if (this.#waiting.size === 0) return;
    try {
      const lastReqIds = await this.#readLastReqIds([...this.#waiting.keys()]);
      for (const [tabId, last] of lastReqIds) this.advanced(tabId, last === null ? 0n : last + 1n);
    } catch (error) {
      for (const waiters of [...this.#waiting.values()])
        for (const waiter of [...waiters]) waiter.fail(error);
    }
    if (this.#waiting.size > 0) this.#schedulePoll();
  }
}
