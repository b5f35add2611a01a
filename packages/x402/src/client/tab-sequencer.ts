import { type Clock, systemClock } from '@fourmica/core-types';
import type { TabAnswer } from '../tab-answer.js';

/** What has to be known of a tab to hand out its reqIds. */
export type SequencedTab = Pick<TabAnswer, 'tabId' | 'nextReqId' | 'startTimestamp' | 'ttlSeconds'>;

/** A place on a tab that one payment holds. */
export interface TabSlot {
  readonly tabId: bigint;
  readonly reqId: bigint;
}

/** Settings of a {@link TabSequencer}. */
export interface TabSequencerOptions {
  /** Payments of one tab that may be under way at once, 1 to 64; default 16. The core takes at most 64 ahead. */
  readonly maxInFlight?: number | undefined;
  /** How long the tab is believed while no payment is under way, in milliseconds; default one minute. */
  readonly maxAgeMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

interface TabState {
  readonly tabId: bigint;
  /** The lowest reqId that was never handed out. */
  fresh: bigint;
  /** Slots by reqId: a reqId that was given back and taken again belongs to the newer slot. */
  readonly inFlight: Map<bigint, TabSlot>;
  /** ReqIds that were handed out and not consumed, ascending: they must be used before higher ones. */
  unused: bigint[];
  readonly readAtMs: number;
  /** Unix milliseconds; undefined when the server does not tell. */
  readonly expiresAtMs: number | undefined;
}

const DEFAULT_MAX_AGE_MS = 60_000;
const EXPIRY_MARGIN_MS = 5_000;
const DEFAULT_MAX_IN_FLIGHT = 16;

/**
 * Hands out the reqIds of one tab in order, so that payments made at the same time neither share one nor leave a gap.
 * The tab is asked for when it is not known yet, may have expired, or was not used for a while.
 */
export class TabSequencer {
  readonly #openTab: () => Promise<SequencedTab>;
  readonly #maxInFlight: number;
  readonly #maxAgeMs: number;
  readonly #clock: Clock;
  #state: TabState | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #wake: (() => void)[] = [];
  #acquiring = 0;
  /** The highest slot that was consumed since the tab was last asked for: the answer may not know of it yet. */
  #consumedMeanwhile: TabSlot | undefined;

  constructor(openTab: () => Promise<SequencedTab>, options: TabSequencerOptions = {}) {
    this.#openTab = openTab;
    this.#maxInFlight = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
    this.#maxAgeMs = options.maxAgeMs ?? DEFAULT_MAX_AGE_MS;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Takes the lowest free reqId; waits while too many payments are under way.
   *
   * @throws what asking for the tab throws, or the reason of the signal.
   */
  async acquire(signal?: AbortSignal): Promise<TabSlot> {
    const aborted = whenAborted(signal);
    this.#acquiring++;
    try {
      for (;;) {
        signal?.throwIfAborted();
        const released = this.#nextRelease();
        const slot = await this.#inTurn(() => this.#take());
        if (slot !== undefined) return slot;
        await Promise.race([released, aborted]);
      }
    } finally {
      this.#acquiring--;
      this.#wakeAll();
    }
  }

  /** Undefined while too many payments are under way; the turn is not kept, because they may need it to end. */
  async #take(): Promise<TabSlot | undefined> {
    if (this.#isFull()) return undefined;
    if (this.#state === undefined || this.#isStale(this.#state)) await this.#read();
    const state = this.#state;
    if (state === undefined || this.#isFull()) return undefined;
    const slot = { tabId: state.tabId, reqId: state.unused.shift() ?? state.fresh++ };
    state.inFlight.set(slot.reqId, slot);
    return slot;
  }

  /** A reqId below all that are under way may always be taken: they wait for it. */
  #isFull(): boolean {
    if (this.#state === undefined || this.#state.inFlight.size < this.#maxInFlight) return false;
    const { inFlight, unused } = this.#state;
    const [lowest] = unused;
    return lowest === undefined || [...inFlight.keys()].some((reqId) => reqId < lowest);
  }

  /** Gives a reqId back: `consumed` when it has its guarantee, else it is handed out again before any other. */
  release(slot: TabSlot, consumed: boolean): void {
    const state = this.#state;
    if (state?.tabId === slot.tabId) {
      const isHeld = state.inFlight.get(slot.reqId) === slot;
      if (isHeld) state.inFlight.delete(slot.reqId);
      if (consumed) state.unused = state.unused.filter((reqId) => reqId > slot.reqId);
      else if (isHeld) state.unused = ascending([...state.unused, slot.reqId]);
    }
    if (consumed) this.#noteConsumed(slot);
    this.#wakeAll();
  }

  /** Asks for the tab again, after the server said that a reqId is not the right one. */
  refresh(): Promise<SequencedTab> {
    return this.#inTurn(() => this.#read());
  }

  /**
   * Waits for the payments with lower reqIds, or with the same one: those under way, and those that are about to take a reqId which was given
   * back. Resolves to false when a lower reqId is open and nobody here will use it, or when the signal fires.
   */
  async isDue(slot: TabSlot, signal?: AbortSignal): Promise<boolean> {
    const aborted = whenAborted(signal);
    while (signal?.aborted !== true) {
      const state = this.#state;
      if (state?.tabId !== slot.tabId) return true;
      const isGivenBack = state.unused.some((reqId) => reqId < slot.reqId);
      const isUnderWay = [...state.inFlight.values()].some(
        (other) => other !== slot && other.reqId <= slot.reqId,
      );
      if (!isGivenBack && !isUnderWay) return true;
      if (isGivenBack && !isUnderWay && this.#acquiring === 0) return false;
      await Promise.race([this.#nextRelease(), aborted]);
    }
    return false;
  }

  #noteConsumed(slot: TabSlot): void {
    const known = this.#consumedMeanwhile;
    if (known?.tabId !== slot.tabId || known.reqId < slot.reqId) this.#consumedMeanwhile = slot;
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

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }

  #isStale({ inFlight, readAtMs, expiresAtMs }: TabState): boolean {
    const now = this.#clock.nowMs();
    const isExpired = expiresAtMs !== undefined && now >= expiresAtMs - EXPIRY_MARGIN_MS;
    return isExpired || (inFlight.size === 0 && now - readAtMs > this.#maxAgeMs);
  }

  async #read(): Promise<SequencedTab> {
    this.#consumedMeanwhile = undefined;
    const answer = await this.#openTab();
    this.#state = this.#merged(answer);
    return answer;
  }

  /** Brings what the server says together with what is under way here. */
  #merged(answer: SequencedTab): TabState {
    const { tabId, startTimestamp: start, ttlSeconds: ttl } = answer;
    const inFlight = this.#state?.tabId === tabId ? this.#state.inFlight : new Map<bigint, TabSlot>();
    const next = this.#nextAfter(answer);
    const fresh = [...inFlight.keys()].reduce((max, reqId) => (reqId >= max ? reqId + 1n : max), next);
    const unused: bigint[] = [];
    for (let reqId = next; reqId < fresh; reqId++) if (!inFlight.has(reqId)) unused.push(reqId);
    const expiresAtMs =
      start === undefined || ttl === undefined || ttl === 0 ? undefined : (start + ttl) * 1000;
    return { tabId, fresh, inFlight, unused, readAtMs: this.#clock.nowMs(), expiresAtMs };
  }

  #nextAfter({ tabId, nextReqId }: SequencedTab): bigint {
    const consumed = this.#consumedMeanwhile;
    return consumed?.tabId === tabId && consumed.reqId >= nextReqId ? consumed.reqId + 1n : nextReqId;
  }
}

const whenAborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));

const ascending = (reqIds: readonly bigint[]): bigint[] =>
  [...reqIds].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
