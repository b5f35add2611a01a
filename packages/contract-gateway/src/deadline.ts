import { withinTime } from '@fourmica/core-types';
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
export const withTimeout = <T>(request: Promise<T>, timeoutMs: number, operation: string): Promise<T> =>
  withinTime(request, timeoutMs, () => {
    const message = `${operation}: the Ethereum node did not answer within ${timeoutMs} ms; check the RPC URL and try again`;
    return new ContractError('RPC_UNREACHABLE', message, { operation, timeoutMs });
  });
