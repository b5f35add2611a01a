import type { Address, Clock } from '@fourmica/core-types';
import { formatEther, type Provider } from 'ethers';
import type { Logger } from 'pino';
import type { CoreMetrics } from '../metrics.js';
import { countUnrecordedPayments } from '../store/payments.js';
import type { Queries } from '../store/schema.js';

export interface RecordingMonitorParts {
  readonly db: Queries;
  readonly clock: Clock;
  readonly provider: Provider;
  /** Account that records payments. */
  readonly operator: Address;
  /** Seconds after which a payment that is not recorded is an alarm. */
  readonly unrecordedAlarmSecs: number;
  /** Wei below which the operator's balance is an alarm. */
  readonly minBalance: bigint;
  /** Least time between two looks, in milliseconds. */
  readonly intervalMs: number;
  readonly metrics: Pick<CoreMetrics, 'unrecordedPayments' | 'operatorBalance' | 'operatorBalanceLow'>;
  readonly logger: Logger;
}

/** Raises the alarm when payments stay unrecorded, and when the account that records them runs out of ETH. */
export class RecordingMonitor {
  readonly #parts: RecordingMonitorParts;
  #unrecorded = 0;
  #isBalanceLow = false;
  /** Milliseconds of the monotonic clock. */
  #nextLook = 0;

  constructor(parts: RecordingMonitorParts) {
    this.#parts = parts;
  }

  /** Looks, if it is time. */
  async run(): Promise<void> {
    if (performance.now() < this.#nextLook) return;
    this.#nextLook = performance.now() + this.#parts.intervalMs;
    await this.#lookAtPayments();
    await this.#lookAtBalance();
  }

  async #lookAtPayments(): Promise<void> {
    const { db, clock, unrecordedAlarmSecs, metrics, logger } = this.#parts;
    const foundBeforeMs = BigInt(clock.nowMs() - unrecordedAlarmSecs * 1000);
    const unrecorded = await countUnrecordedPayments(db, foundBeforeMs);
    metrics.unrecordedPayments.set(unrecorded);
    if (unrecorded > this.#unrecorded) {
      logger.error(
        { unrecorded, unrecordedAlarmSecs },
        'payments are not recorded on chain in time; recipients may claim them again once their tabs are overdue',
      );
    }
    this.#unrecorded = unrecorded;
  }

  async #lookAtBalance(): Promise<void> {
    const { provider, operator, minBalance, metrics, logger } = this.#parts;
    const balance = await provider.getBalance(operator);
    const isLow = balance < minBalance;
    metrics.operatorBalance.set(Number(formatEther(balance)));
    metrics.operatorBalanceLow.set(isLow ? 1 : 0);
    if (isLow && !this.#isBalanceLow) {
      logger.error(
        { operator, balance: formatEther(balance), minBalance: formatEther(minBalance) },
        'the account that records payments runs out of ETH; send it some',
      );
    }
    this.#isBalanceLow = isLow;
  }
}
