import { ContractError } from './errors.js';

/** Waits; a fired signal ends the wait early. */
export const delay = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal?.addEventListener('abort', finish, { once: true });
  });

/**
 * Bounds the time of a request whose own transport may wait for ever, as a provider does that looks for its network.
 *
 * @throws ContractError `RPC_UNREACHABLE` when the time is over.
 */
export async function withTimeout<T>(request: Promise<T>, timeoutMs: number, operation: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${operation}: the Ethereum node did not answer within ${timeoutMs} ms; check the RPC URL and try again`;
      reject(new ContractError('RPC_UNREACHABLE', message, { operation, timeoutMs }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([request, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
