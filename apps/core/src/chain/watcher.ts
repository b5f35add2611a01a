import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { CoreMetrics } from '../metrics.js';
import { databaseFailureOf } from '../store/database-failure.js';
import { acquireLease, type Lease, LeaseLostError, releaseLease } from '../store/leases.js';
import type { Queries } from '../store/schema.js';
import type { ChainHalt } from './chain-halt.js';
import type { ChainView } from './chain-view.js';
import type { FailoverProvider } from './failover-provider.js';
import type { LedgerAuditor } from './ledger-auditor.js';
import type { LedgerSync } from './ledger-sync.js';
import type { PaymentRecorder } from './payment-recorder.js';
import type { RecordingMonitor } from './recording-monitor.js';
import { ReorganisationError } from './reorganisation.js';

export const LEASE_TTL_MS = 15_000;
/** Who holds this lease reads the chain into the ledger. */
export const LEASE_NAME = 'chain-watcher';
const LONGEST_BACKOFF_MS = 60_000;

export interface WatcherParts {
  readonly db: Queries;
  readonly nodes: Pick<FailoverProvider, 'compareHeads' | 'preferAnother'>;
  readonly sync: LedgerSync;
  readonly recorder: PaymentRecorder;
  readonly releaseExpired: (lease: Lease) => Promise<number>;
  readonly auditor: Pick<LedgerAuditor, 'run'>;
  readonly recordingMonitor: Pick<RecordingMonitor, 'run'>;
  readonly view: ChainView;
  readonly halt: ChainHalt;
  /** Called when the contract's keys, versions or timing may have changed. */
  readonly onContractChanged: () => Promise<void>;
  readonly scanIntervalMs: number;
  readonly metrics: Pick<
    CoreMetrics,
    'quarantinedEvents' | 'reorganisations' | 'unknownRemunerations' | 'watcherFailures'
  >;
  readonly logger: Logger;
}

/**
 * Follows the chain: one process of a database at a time reads blocks into the ledger and records payments, every
 * process keeps its view of the chain fresh.
 */
export class ChainWatcher {
  readonly #parts: WatcherParts;
  /** Tells an operator which process it is. */
  readonly #holder = `${hostname()}:${process.pid}:${randomUUID()}`;
  #lease: Lease | undefined;
  #isStopping = false;
  #failures = 0;
  #wake: () => void = () => undefined;
  #loop: Promise<void> | undefined;

  constructor(parts: WatcherParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Ends after the round that is under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake();
    await this.#loop;
    await this.#parts.recorder.stop();
    await this.#release();
  }

  /** A lease that cannot be given back runs out by itself, so that a database that is gone does not spoil the end. */
  async #release(): Promise<void> {
    const { db, logger } = this.#parts;
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease === undefined) return;
    await releaseLease(db, lease).catch((error) =>
      logger.warn({ err: error }, 'the lease of the chain reader was not given back; it runs out by itself'),
    );
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      await this.#round();
      if (!this.#isStopping) await this.#pause();
    }
  }

  async #round(): Promise<void> {
    const { logger, nodes, view, halt, db } = this.#parts;
    // A node that hangs must not delay the round.
    void nodes.compareHeads();
    try {
      await halt.refresh();
      this.#lease = await acquireLease(db, LEASE_NAME, this.#holder, LEASE_TTL_MS);
      if (this.#lease !== undefined) await this.#lead(this.#lease);
      await view.refresh();
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      this.#parts.metrics.watcherFailures.inc();
      if (error instanceof ReorganisationError) {
        await this.#halt(error);
      } else if (error instanceof LeaseLostError) {
        this.#lease = undefined;
        logger.warn({ err: error }, 'another process reads the chain now');
      } else {
        logger.error(
          { err: error, failures: this.#failures },
          'reading the chain failed; it will be tried again',
        );
      }
      const isOfNode = !(error instanceof LeaseLostError) && databaseFailureOf(error) === undefined;
      if (isOfNode) nodes.preferAnother();
    }
  }

  /** The blocks may come back, when the node had lost its way, so that the chain is looked at again and again. */
  async #halt(reason: ReorganisationError): Promise<void> {
    const { halt, logger } = this.#parts;
    if (this.#lease === undefined) return;
    await halt
      .begin(this.#lease, reason)
      .catch((error) => logger.error({ err: error }, 'the halt could not be kept; it will be tried again'));
  }

  async #lead(lease: Lease): Promise<void> {
    const { sync, metrics, releaseExpired, onContractChanged, logger } = this.#parts;
    const done = await sync.run(lease, () => this.#isStopping);
    metrics.quarantinedEvents.inc(done.quarantined);
    metrics.unknownRemunerations.inc(done.unknownRemunerations);
    if (done.reorganised) metrics.reorganisations.inc();
    await this.#parts.halt.end(lease);
    if (done.contractChanged) await onContractChanged();
    if (this.#isStopping) return;
    await this.#parts.recorder.run();
    const released = await releaseExpired(lease);
    await this.#parts.auditor.run();
    await this.#parts.recordingMonitor.run();
    if (released > 0) logger.info({ released }, 'released the locks of tabs whose certificates have run out');
  }

  #pause(): Promise<void> {
    const backoff = this.#parts.scanIntervalMs * 2 ** Math.min(this.#failures, 10);
    const delay = this.#failures === 0 ? this.#parts.scanIntervalMs : Math.min(backoff, LONGEST_BACKOFF_MS);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delay);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
