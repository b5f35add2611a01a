import type { Hex } from '@fourmica/core-types';
import type { BufferedResponse } from './messages.js';

/** What one payment is used for, while it is worked on. */
export interface PaymentUse {
  /** Network, tab and reqId: what can be paid once. */
  readonly key: string;
  /** SHA-256 of the canonical claims. */
  readonly claimsHash: Hex;
  /** Method, path with query, and SHA-256 of the body. */
  readonly request: string;
}

/** A payment that is being worked on. */
export interface PaymentWork {
  readonly use: PaymentUse;
  /** The handler's response when it ran, but the outcome of the settlement is not known. */
  readonly handled: BufferedResponse | undefined;
  /** Ends the work; waiting copies of the request get the response. */
  finish(response: BufferedResponse, outcome?: { readonly unsettled: BufferedResponse }): void;
  /** Ends the work without a response: the next copy does it again. */
  abandon(): void;
}

/** What to do with a payment. */
export type PaymentClaim =
  | { readonly kind: 'work'; readonly work: PaymentWork }
  /** A copy of the request is being worked on; undefined when that was abandoned, so ask again. */
  | { readonly kind: 'wait'; readonly response: Promise<BufferedResponse | undefined> }
  /** The payment is being used for something else. */
  | { readonly kind: 'conflict' };

interface Running {
  readonly use: PaymentUse;
  readonly response: Promise<BufferedResponse | undefined>;
}

interface Unsettled {
  readonly use: PaymentUse;
  readonly handled: BufferedResponse;
  readonly sinceMs: number;
}

const UNSETTLED_RETENTION_MS = 10 * 60_000;
const MAX_UNSETTLED = 1_000;

/** Makes sure that one payment runs one handler, however many copies of the request arrive. */
export class PaymentRecords {
  readonly #running = new Map<string, Running>();
  readonly #unsettled = new Map<string, Unsettled>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Claims a payment for a request, atomically. */
  claim(use: PaymentUse): PaymentClaim {
    const running = this.#running.get(use.key);
    if (running !== undefined) {
      return isSameUse(running.use, use)
        ? { kind: 'wait', response: running.response }
        : { kind: 'conflict' };
    }
    const unsettled = this.#unsettledOf(use.key);
    if (unsettled !== undefined && !isSameUse(unsettled.use, use)) return { kind: 'conflict' };
    return { kind: 'work', work: this.#begin(use, unsettled?.handled) };
  }

  #begin(use: PaymentUse, handled: BufferedResponse | undefined): PaymentWork {
    let resolve: (response: BufferedResponse | undefined) => void = () => undefined;
    const response = new Promise<BufferedResponse | undefined>((done) => {
      resolve = done;
    });
    this.#running.set(use.key, { use, response });
    const end = (result: BufferedResponse | undefined) => {
      this.#running.delete(use.key);
      resolve(result);
    };
    return {
      use,
      handled,
      finish: (result, outcome) => {
        if (outcome === undefined) this.#unsettled.delete(use.key);
        else this.#keep(use, outcome.unsettled);
        end(result);
      },
      abandon: () => end(undefined),
    };
  }

  #keep(use: PaymentUse, handled: BufferedResponse): void {
    const [oldest] = this.#unsettled.keys();
    if (this.#unsettled.size >= MAX_UNSETTLED && oldest !== undefined) this.#unsettled.delete(oldest);
    this.#unsettled.set(use.key, { use, handled, sinceMs: this.#nowMs() });
  }

  #unsettledOf(key: string): Unsettled | undefined {
    const unsettled = this.#unsettled.get(key);
    if (unsettled === undefined || this.#nowMs() - unsettled.sinceMs <= UNSETTLED_RETENTION_MS)
      return unsettled;
    this.#unsettled.delete(key);
    return undefined;
  }
}

const isSameUse = (a: PaymentUse, b: PaymentUse): boolean =>
  a.claimsHash === b.claimsHash && a.request === b.request;
