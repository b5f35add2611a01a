import { RpcError } from '@fourmica/rpc-client';

/** A request's place in the order of its tab. */
export interface IssueTurn {
  /**
   * Sends the request when its turn has come, and again when the core took it for too early although requests before it
   * are known here.
   *
   * @throws what `send` throws, or the reason of the signal while the request waits.
   */
  run<T>(send: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Gives the place up; further calls do nothing. */
  leave(): void;
}

/** Requests of one tab that are sent before their predecessors are answered; the core lets 64 wait, for 2 seconds. */
const WINDOW = 16;
/** A request before all that are under way may leave the window behind, because those wait for it. */
const MOST_UNDER_WAY = 60;

interface Entry {
  readonly reqId: bigint;
  /** `announced`: not ready to be sent. `first`: came too early, so that it is sent when nothing is before it. */
  state: 'announced' | 'ready' | 'sent' | 'first';
  /** A request before this one was answered since this one was sent. */
  isOvertaken: boolean;
  start: () => void;
}

/**
 * Sends requests for guarantees in the order of their reqIds, per tab and a bounded number at a time, in whatever order
 * they come. The core takes a request that is early only if its predecessors follow within 2 seconds, which a busy
 * program cannot promise.
 */
export class IssueOrder {
  readonly #tabs = new Map<bigint, Entry[]>();

  /** Announces a request: those behind it wait until it is sent, or given up. */
  enter(tabId: bigint, reqId: bigint): IssueTurn {
    const entry: Entry = { reqId, state: 'announced', isOvertaken: false, start: () => undefined };
    const entries = this.#tabs.get(tabId) ?? [];
    const place = entries.findIndex((other) => other.reqId > reqId);
    entries.splice(place === -1 ? entries.length : place, 0, entry);
    this.#tabs.set(tabId, entries);
    return {
      run: async (send, signal) => {
        try {
          return await this.#run(entries, entry, send, signal);
        } finally {
          this.#remove(tabId, entries, entry);
        }
      },
      leave: () => this.#remove(tabId, entries, entry),
    };
  }

  async #run<T>(
    entries: Entry[],
    entry: Entry,
    send: () => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    for (let state: Entry['state'] = 'ready'; ; state = 'first') {
      signal?.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        Object.assign(entry, { state, start: resolve });
        startNext(entries);
      });
      try {
        return await send();
      } catch (error) {
        const mayComeLater = entry.isOvertaken || entries[0] !== entry;
        if (!isTooEarly(error) || !mayComeLater) throw error;
      }
    }
  }

  #remove(tabId: bigint, entries: Entry[], entry: Entry): void {
    const place = entries.indexOf(entry);
    if (place === -1) return;
    entries.splice(place, 1);
    for (const later of entries.slice(place)) later.isOvertaken = true;
    if (entries.length === 0 && this.#tabs.get(tabId) === entries) this.#tabs.delete(tabId);
    startNext(entries);
  }
}

function startNext(entries: readonly Entry[]): void {
  let underWay = entries.filter(({ state }) => state === 'sent').length;
  const firstUnderWay = entries.findIndex(({ state }) => state === 'sent');
  for (const [place, entry] of entries.entries()) {
    if (entry.state === 'announced') return;
    if (entry.state === 'sent' || (entry.state === 'first' && place > 0)) continue;
    if (underWay >= (place < firstUnderWay ? MOST_UNDER_WAY : WINDOW)) return;
    Object.assign(entry, { state: 'sent', isOvertaken: false });
    underWay++;
    entry.start();
  }
}

/** Tells whether the core refused a request because guarantees before it are missing. */
export const isTooEarly = (error: unknown): boolean =>
  error instanceof RpcError && error.refusal === 'REQ_ID_NOT_NEXT';

/** Tells whether a request can never succeed on this tab: its reqId has a guarantee, or the tab is closed. */
export const isTaken = (error: unknown): boolean =>
  error instanceof RpcError && (error.refusal === 'REQ_ID_USED' || error.refusal === 'TAB_CLOSED');

/** Tells whether a request is too old, as before the first guarantee of its tab: these claims can never succeed. */
export const isOlderThanTab = (error: unknown): boolean =>
  error instanceof RpcError && error.refusal === 'TIMESTAMP_OUTSIDE_TAB';
