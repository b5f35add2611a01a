import type { BufferedResponse, GateRequest } from './messages.js';

/** What an adapter has to do with a request. */
export type GateDecision =
  /** Not a paid route: hand it on. */
  | { readonly kind: 'free' }
  /** Answer this; the handler does not run. */
  | { readonly kind: 'respond'; readonly response: BufferedResponse }
  /** Run the handler. */
  | { readonly kind: 'paid'; readonly payment: PaidRequest };

/** A request whose payment was accepted: the handler may run, once. */
export interface PaidRequest {
  /** Whether the money is already due (`before`) or only once the handler succeeded (`after`). */
  readonly settle: 'before' | 'after';
  /** Headers of the receipt when the payment is settled already; an adapter that streams sends them first. */
  readonly receiptHeaders: readonly (readonly [string, string])[];
  /** Largest response that may be buffered, in bytes. */
  readonly maxResponseBytes: number;
  /** Takes the handler's response, settles if that is due, stores the certificate, and returns what may leave. */
  complete(response: BufferedResponse): Promise<BufferedResponse>;
  /** Notes that a response was streamed which is too large to be kept; only when it was settled before. */
  completeStreamed(response: Omit<BufferedResponse, 'body'>): Promise<void>;
  /** The handler failed, or answered more than may be buffered: nothing is settled, and the payment stays usable. */
  abandon(): void;
}

/** The server side of x402, without a web framework. */
export interface PaymentGate {
  /** Path of the tab endpoint. */
  readonly tabPath: string;
  /** Decides about a request; never throws for what a payer sends. */
  authorize(request: GateRequest): Promise<GateDecision>;
  /** Answers a `POST` to the tab endpoint. */
  openTab(body: string): Promise<BufferedResponse>;
  /** Tells whether a request is on a paid route, so that an adapter reads the body of those only. */
  isPaidRoute(method: string, target: string): boolean;
}
