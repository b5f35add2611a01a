import type { RpcError } from './errors.js';

/** One try of a call, before it is sent. */
export interface RequestEvent {
  readonly method: string;
  /** Path of the route with parameters in braces: a label of low cardinality for metrics and span names. */
  readonly route: string;
  /** URL without credentials and query. */
  readonly url: string;
  /** 1 for the first try. */
  readonly attempt: number;
}

/** One try of a call, after its answer or failure. */
export interface ResponseEvent extends RequestEvent {
  readonly durationMs: number;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  /** Present when the try failed. */
  readonly error?: RpcError | undefined;
  /** Present when the call will be repeated after this many milliseconds. */
  readonly retryInMs?: number | undefined;
}

/** Observers for logs, metrics and traces. They never see headers or bodies that were sent; what they throw is thrown by the call. */
export interface TransportHooks {
  readonly onRequest?: ((event: RequestEvent) => void) | undefined;
  readonly onResponse?: ((event: ResponseEvent) => void) | undefined;
}
