import type { Address } from '@fourmica/core-types';
import type { Interface, Provider, Result } from 'ethers';
import { contractErrorOf } from './contract-error-of.js';
import { ContractError } from './errors.js';
import { isMissingResult } from './node-errors.js';

/** Reads the state of one contract. */
export class ContractReader {
  constructor(
    private readonly provider: Provider,
    readonly address: Address,
    private readonly abi: Interface,
  ) {}

  /**
   * Calls a view.
   *
   * @param signature - name, or full signature where the name is overloaded.
   * @throws ContractError what the view reverts with, or that the node did not answer.
   */
  async read(signature: string, args: readonly unknown[] = [], blockTag?: BlockTag): Promise<Result> {
    try {
      return await this.readRaw(signature, args, blockTag);
    } catch (error) {
      if (isMissingResult(error)) throw this.#missingResult(signature);
      throw contractErrorOf(error, { operation: `reading ${signature}` });
    }
  }

  #missingResult(signature: string): ContractError {
    return new ContractError(
      'RESULT_MISSING',
      `${this.address} does not answer ${signature}; check that it is the address of the right contract`,
      { operation: `reading ${signature}`, contractAddress: this.address },
    );
  }

  /** Calls a view; errors are those of ethers. */
  async readRaw(signature: string, args: readonly unknown[], blockTag: BlockTag = 'latest'): Promise<Result> {
    const data = this.abi.encodeFunctionData(signature, args);
    const answer = await this.provider.call({ to: this.address, data, blockTag });
    return this.abi.decodeFunctionResult(signature, answer);
  }
}

/** A block number, or the newest block. */
export type BlockTag = number | 'latest';
