import { type AssetBalanceInfo, sleep } from '@fourmica/core-types';
import type { RequestOptions } from '@fourmica/rpc-client';
import { PaymentError } from './errors.js';

/** How long and how often to ask the core for a payer's collateral. */
export interface CollateralWaitOptions extends RequestOptions {
  /** Milliseconds until the wait is given up; default half an hour. */
  readonly timeoutMs?: number | undefined;
  /** Pause between two questions in milliseconds; default 1,000. */
  readonly pollingIntervalMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 30 * 60_000;
const DEFAULT_POLLING_INTERVAL_MS = 1_000;

/**
 * Reads a balance until enough of it is free.
 *
 * @throws PaymentError `COLLATERAL_NOT_SEEN`, or the reason of the signal.
 */
export async function untilCollateral(
  read: () => Promise<AssetBalanceInfo | null>,
  wanted: bigint,
  {
    signal,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    pollingIntervalMs = DEFAULT_POLLING_INTERVAL_MS,
  }: CollateralWaitOptions,
): Promise<AssetBalanceInfo> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const balance = await read();
    const free = freeOf(balance);
    if (balance !== null && free >= wanted) return balance;
    if (Date.now() + pollingIntervalMs > deadline) {
      throw new PaymentError(
        'COLLATERAL_NOT_SEEN',
        `within ${timeoutMs} ms the core counted ${free} base units of free collateral, ${wanted} are wanted; a deposit counts once its block is final: wait longer, or deposit more`,
        { free, wanted, timeoutMs },
      );
    }
    await sleep(pollingIntervalMs, signal);
  }
}

function freeOf(balance: AssetBalanceInfo | null): bigint {
  if (balance === null) return 0n;
  const { total, locked, pendingWithdrawal = 0n, available = total - locked - pendingWithdrawal } = balance;
  return available;
}
