import { type Clock, systemClock } from '@fourmica/core-types';
import type { TabAnswer } from '../tab-answer.js';

/** A place on a tab that one payment holds. */
export interface TabSlot {
  readonly tabId: bigint;
  readonly reqId: bigint;
}

/** Settings of a {@link TabSequencer}. */
export interface TabSequencerOptions {
  /** Payments of one tab that may be under way at once; the core takes at most 64 ahead. */
  readonly maxInFlight?: number | undefined;
  readonly clock?: Clock | undefined;
}

interface TabState {
  readonly tabId: bigint;
  /** The lowest reqId that was never handed out. */
  fresh: bigint;
  readonly inFlight: Set<bigint>;
  /** ReqIds that were handed out and not consumed, ascending: they must be used before higher ones. */
  unused: bigint[];
  readonly readAtMs: number;
  /** Unix milliseconds; undefined when the server does not tell. */
  readonly expiresAtMs: number | undefined;
}

const MAX_AGE_MS = 60_000;
const EXPIRY_MARGIN_MS = 5_000;
const DEFAULT_MAX_IN_FLIGHT = 16;

/**
 * Hands out the reqIds of one tab in order, so that payments made at the same time neither share one nor leave a gap.
 * The tab is asked for when it is not known yet, may have expired, or was not used for a minute.
 */
export class TabSequencer {
  readonly #openTab: () => Promise<TabAnswer>;
  readonly #maxInFlight: number;
  readonly #clock: Clock;
  #state: TabState | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #wake: (() => void)[] = [];

  constructor(openTab: () => Promise<TabAnswer>, options: TabSequencerOptions = {}) {
    this.#openTab = openTab;
    this.#maxInFlight = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
    this.#clock = options.clock ?? systemClock;
  }

  /** Takes the lowest free reqId; waits while too many payments are under way. */
  async acquire(): Promise<TabSlot> {
    for (;;) {
      const released = this.#nextRelease();
      const slot = await this.#inTurn(() => this.#take());
      if (slot !== undefined) return slot;
      await released;
    }
  }

  /** Undefined while too many payments are under way; the turn is not kept, because they may need it to end. */
  async #take(): Promise<TabSlot | undefined> {
    if (this.#isFull()) return undefined;
    const state = this.#state === undefined || this.#isStale(this.#state) ? await this.#read() : this.#state;
    if (this.#isFull()) return undefined;
    const reqId = state.unused.shift() ?? state.fresh++;
    state.inFlight.add(reqId);
    return { tabId: state.tabId, reqId };
  }

  #isFull(): boolean {
    return this.#state !== undefined && this.#state.inFlight.size >= this.#maxInFlight;
  }

  /** Gives a reqId back: `consumed` when it has its guarantee, else it is handed out again before any other. */
  release(slot: TabSlot, consumed: boolean): void {
    const state = this.#state;
    if (state?.tabId === slot.tabId && state.inFlight.delete(slot.reqId)) {
      if (consumed) state.unused = state.unused.filter((reqId) => reqId > slot.reqId);
      else state.unused = ascending([...state.unused, slot.reqId]);
    }
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }

  /** Asks for the tab again, after the server said that a reqId is not the right one. */
  refresh(): Promise<TabAnswer> {
    return this.#inTurn(async () => {
      const answer = await this.#openTab();
      this.#merge(answer);
      return answer;
    });
  }

  /** Resolves once no payment with a lower reqId of the same tab is under way, or after `timeoutMs`. */
  async predecessorsDone(slot: TabSlot, timeoutMs: number): Promise<void> {
    const isWaiting = () =>
      this.#state?.tabId === slot.tabId && [...this.#state.inFlight].some((reqId) => reqId < slot.reqId);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        isOver = true;
        resolve();
      }, timeoutMs);
    });
    while (isWaiting() && !isOver) await Promise.race([this.#nextRelease(), timeout]);
    clearTimeout(timer);
  }

  /** Runs one task after the other; a failed one does not stop those behind it. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(task, task);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #nextRelease(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #isStale({ inFlight, readAtMs, expiresAtMs }: TabState): boolean {
    const now = this.#clock.nowMs();
    const isExpired = expiresAtMs !== undefined && now >= expiresAtMs - EXPIRY_MARGIN_MS;
    return isExpired || (inFlight.size === 0 && now - readAtMs > MAX_AGE_MS);
  }

  async #read(): Promise<TabState> {
    return this.#merge(await this.#openTab());
  }

  /** Brings what the server says together with what is under way here. */
  #merge(answer: TabAnswer): TabState {
    const inFlight = this.#state?.tabId === answer.tabId ? this.#state.inFlight : new Set<bigint>();
    const highest = [...inFlight].reduce((max, reqId) => (reqId >= max ? reqId + 1n : max), answer.nextReqId);
    const unused: bigint[] = [];
    for (let reqId = answer.nextReqId; reqId < highest; reqId++) {
      if (!inFlight.has(reqId)) unused.push(reqId);
    }
    const { startTimestamp: start, ttlSeconds: ttl } = answer;
    this.#state = {
      tabId: answer.tabId,
      fresh: highest,
      inFlight,
      unused,
      readAtMs: this.#clock.nowMs(),
      expiresAtMs: start === undefined || ttl === undefined || ttl === 0 ? undefined : (start + ttl) * 1000,
    };
    return this.#state;
  }
}

const ascending = (reqIds: readonly bigint[]): bigint[] =>
  [...reqIds].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
