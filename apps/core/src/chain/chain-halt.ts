import type { Clock } from '@fourmica/core-types';
import type { Logger } from 'pino';
import { fence, type Lease } from '../store/leases.js';
import { readHalt, writeHalt } from '../store/ledger-state.js';
import type { Queries } from '../store/schema.js';
import type { ReorganisationError } from './reorganisation.js';

export interface ChainHaltParts {
  readonly db: Queries;
  readonly clock: Clock;
  readonly leaseTtlMs: number;
  readonly logger: Logger;
}

/**
 * Whether the ledger has stopped following the chain because it was reorganised too deeply. The database keeps it, so
 * that every process stops issuing, and one that starts does not begin.
 */
export class ChainHalt {
  readonly #parts: ChainHaltParts;
  #reason: string | undefined;

  constructor(parts: ChainHaltParts) {
    this.#parts = parts;
  }

  /** Why the ledger does not follow the chain, as of the last look; undefined while it does. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Looks what the database says. */
  async refresh(): Promise<void> {
    this.#set(await readHalt(this.#parts.db));
  }

  /** Stops every process; only the one that reads the chain can say so. */
  async begin(lease: Lease, error: ReorganisationError): Promise<void> {
    // This process stops at once, whatever the database does.
    this.#set(error.message);
    await this.#write(lease, error.message);
  }

  /** Lets every process go on, if they were stopped. */
  async end(lease: Lease): Promise<void> {
    if (this.#reason === undefined) return;
    await this.#write(lease, null);
    this.#set(undefined);
  }

  #write(lease: Lease, reason: string | null): Promise<void> {
    const { db, clock, leaseTtlMs } = this.#parts;
    return db.transaction().execute(async (tx) => {
      await fence(tx, lease, leaseTtlMs);
      await writeHalt(tx, reason, BigInt(clock.nowMs()));
    });
  }

  #set(reason: string | undefined): void {
    const { logger } = this.#parts;
    if (reason !== undefined && this.#reason === undefined) {
      logger.fatal({ reason }, 'the chain was reorganised too deeply; issuing has stopped');
    }
    if (reason === undefined && this.#reason !== undefined) {
      logger.info('the ledger follows the chain again; issuing goes on');
    }
    this.#reason = reason;
  }
}
