import type { Logger } from 'pino';
import type { CoreMetrics } from '../metrics.js';
import { auditSlice, countOverdrawn, countQuarantined } from '../store/audit.js';
import type { Queries } from '../store/schema.js';

/** Payers that one look checks. */
const PAYERS_AT_ONCE = 2_000;

export interface LedgerAuditorParts {
  readonly db: Queries;
  readonly metrics: Pick<CoreMetrics, 'heldQuarantinedEvents' | 'invariantViolations' | 'overdrawnBalances'>;
  readonly logger: Logger;
  /** Least time between two looks, in milliseconds. */
  readonly intervalMs: number;
}

/** Goes through the ledger bit by bit, for ever, and raises an alarm where it contradicts itself. */
export class LedgerAuditor {
  readonly #parts: LedgerAuditorParts;
  #afterUser = '';
  /** Milliseconds of the monotonic clock. */
  #nextLook = 0;

  constructor(parts: LedgerAuditorParts) {
    this.#parts = parts;
  }

  /** Looks at the next payers, if it is time. */
  async run(): Promise<void> {
    if (performance.now() < this.#nextLook) return;
    const { db, metrics, logger, intervalMs } = this.#parts;
    this.#nextLook = performance.now() + intervalMs;
    metrics.heldQuarantinedEvents.set(await countQuarantined(db));
    metrics.overdrawnBalances.set(await countOverdrawn(db));
    const { violations, lastUser } = await auditSlice(db, this.#afterUser, PAYERS_AT_ONCE);
    this.#afterUser = lastUser ?? '';
    metrics.invariantViolations.inc(violations.length);
    for (const violation of violations) logger.fatal(violation, 'the ledger contradicts itself');
  }
}
