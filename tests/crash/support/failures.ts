import { RpcError, type TransportHooks } from '@fourmica/rpc-client';

/** Counts the failures that clients saw, the ones that they repeated by themselves included. */
export class Failures {
  readonly #seen = new Map<string, { error: RpcError; count: number }>();

  readonly hooks: TransportHooks = {
    onResponse: ({ error }) => {
      if (error !== undefined) this.#count(error);
    },
  };

  /** Each kind of failure with the number of times it was seen. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#seen].map(([kind, { count }]) => [kind, count]));
  }

  /** The kinds that are no documented reason to try the same request again. */
  get undocumented(): string[] {
    return [...this.#seen].flatMap(([kind, { error }]) => (isDocumentedRetryable(error) ? [] : [kind]));
  }

  #count(error: RpcError): void {
    const kind = [error.code, error.status, error.reason].filter((part) => part !== undefined).join(' ');
    const count = (this.#seen.get(kind)?.count ?? 0) + 1;
    this.#seen.set(kind, { error, count });
  }
}

/** What a client may answer by sending the same request again: no answer, 429, 503, and the 409 that says so. */
export function isDocumentedRetryable(error: unknown): error is RpcError {
  if (!(error instanceof RpcError)) return false;
  if (error.code === 'RPC_UNREACHABLE') return true;
  if (error.status === 409) return error.reason === 'request failed, please retry';
  return error.status === 429 || error.status === 503;
}
