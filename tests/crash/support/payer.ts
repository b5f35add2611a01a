import type { ContractGateway } from '@fourmica/contract-gateway';
import type { Address } from '@fourmica/core-types';
import { LocalAccountSigner } from '@fourmica/eip712-claims';
import type { TestChain } from './chain.js';

/** A payer with an account on the chain and a collateral of which it knows the sum. */
export class Payer {
  readonly address: Address;
  /** Wei in the contract. */
  deposited = 0n;

  private constructor(
    readonly signer: LocalAccountSigner,
    readonly gateway: ContractGateway,
  ) {
    this.address = signer.address;
  }

  static async create(chain: TestChain, wei: bigint): Promise<Payer> {
    const { privateKey, gateway } = await chain.fundedGateway();
    const payer = new Payer(new LocalAccountSigner(privateKey), gateway);
    await payer.deposit(wei);
    return payer;
  }

  async deposit(wei: bigint): Promise<void> {
    await this.gateway.deposit(wei);
    this.deposited += wei;
  }
}
