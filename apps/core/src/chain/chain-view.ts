import type { Clock } from '@fourmica/core-types';
import type { Provider } from 'ethers';
import { refusal } from '../domain/refusal.js';
import type { CoreMetrics } from '../metrics.js';
import type { ChainCursor } from '../store/chain-blocks.js';

export interface ChainViewParts {
  readonly provider: Provider;
  readonly clock: Clock;
  readonly readCursor: () => Promise<ChainCursor | undefined>;
  /** Seconds. */
  readonly maxAgeSecs: number;
  readonly metrics: Pick<CoreMetrics, 'chainBlock' | 'ledgerBlock'>;
}

interface Head {
  readonly number: bigint;
  /** Unix seconds. */
  readonly timestamp: bigint;
  /** Milliseconds of the monotonic clock. */
  readonly seenAtMs: number;
}

/**
 * Knows how old this process's view of the chain is. Guarantees must not be issued on an old view, because a withdrawal
 * request could have been missed. Each process keeps its own, whichever of them reads the chain into the ledger.
 */
export class ChainView {
  readonly #parts: ChainViewParts;
  /** The heads that were seen above the ledger's position, oldest first. */
  #unprocessed: Head[] = [];
  #latest: Head | undefined;
  #refreshing: Promise<void> | undefined;

  constructor(parts: ChainViewParts) {
    this.#parts = parts;
  }

  /** Looks at the chain and at the ledger's position; calls at the same time share one look. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#look().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /**
   * Refuses when the view is too old; looks once more before it does.
   *
   * @throws RefusalError `ISSUING_STOPPED`
   */
  async assertFresh(): Promise<void> {
    if (this.staleness === undefined) return;
    await this.refresh().catch(() => undefined);
    const reason = this.staleness;
    if (reason !== undefined) {
      throw refusal('ISSUING_STOPPED', `issuing is stopped: ${reason}, please retry later`);
    }
  }

  async #look(): Promise<void> {
    const { provider, readCursor } = this.#parts;
    const [block, cursor] = await Promise.all([provider.getBlock('latest'), readCursor()]);
    if (block === null) return;
    const head = {
      number: BigInt(block.number),
      timestamp: BigInt(block.timestamp),
      seenAtMs: performance.now(),
    };
    const isHigher = this.#latest === undefined || head.number > this.#latest.number;
    this.#latest = head;
    this.#parts.metrics.chainBlock.set(block.number);
    if (cursor !== undefined) this.#parts.metrics.ledgerBlock.set(Number(cursor.blockNumber));
    if (isHigher) this.#unprocessed.push(head);
    const processed = cursor?.blockNumber ?? -1n;
    this.#unprocessed = this.#unprocessed.filter(({ number }) => number > processed);
  }

  /** Why the view is too old to issue guarantees on; undefined while it is not. */
  get staleness(): string | undefined {
    const { clock, maxAgeSecs } = this.#parts;
    const limitMs = maxAgeSecs * 1000;
    const nowMs = performance.now();
    const latest = this.#latest;
    if (latest === undefined) return 'the chain was not read yet';
    if (nowMs - latest.seenAtMs > limitMs) return 'the Ethereum node does not answer';
    if (clock.nowMs() - Number(latest.timestamp) * 1000 > limitMs) return 'the newest block is too old';
    const oldest = this.#unprocessed[0];
    if (oldest !== undefined && nowMs - oldest.seenAtMs > limitMs) return 'the ledger lags behind the chain';
    return undefined;
  }
}
