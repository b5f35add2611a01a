import type { Bls } from '@fourmica/bls-cert';
import type { ContractGateway } from '@fourmica/contract-gateway';
import { FourMicaError, type GuaranteeVersion } from '@fourmica/core-types';
import type { Logger } from 'pino';
import { type ContractFacts, readContractFacts } from './chain/contract-facts.js';

const MISMATCHES = ['GUARANTEE_VERSION_DISABLED', 'BLS_KEY_MISMATCH', 'GUARANTEE_DOMAIN_MISMATCH'];

/** Keeps what the contract demands up to date, and knows when it no longer accepts our certificates. */
export class ContractWatch {
  #facts: ContractFacts;
  #mismatch: string | undefined;
  readonly #read: () => Promise<ContractFacts>;
  readonly #logger: Logger;

  private constructor(facts: ContractFacts, read: () => Promise<ContractFacts>, logger: Logger) {
    this.#facts = facts;
    this.#read = read;
    this.#logger = logger;
  }

  /**
   * Reads the contract for the first time.
   *
   * @throws FourMicaError when it does not accept our certificates.
   */
  static async open(
    gateway: ContractGateway,
    bls: Bls,
    publicKey: Uint8Array,
    versions: readonly GuaranteeVersion[],
    logger: Logger,
  ): Promise<ContractWatch> {
    const read = () => readContractFacts(gateway, bls, publicKey, versions);
    return new ContractWatch(await read(), read, logger);
  }

  /** What was read last and fitted. */
  get facts(): ContractFacts {
    return this.#facts;
  }

  /** Why the contract would not accept a new certificate; undefined while it would. */
  get mismatch(): string | undefined {
    return this.#mismatch;
  }

  /** Reads the contract again; a node that does not answer changes nothing. */
  async refresh(): Promise<void> {
    try {
      this.#facts = await this.#read();
      this.#mismatch = undefined;
    } catch (error) {
      if (!(error instanceof FourMicaError) || !MISMATCHES.includes(error.code)) throw error;
      this.#mismatch = error.message;
      this.#logger.fatal(
        { err: error },
        'the contract no longer accepts our certificates; issuing is stopped',
      );
    }
  }
}
