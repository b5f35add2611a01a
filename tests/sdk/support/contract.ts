import { loadBls } from '@fourmica/bls-cert';
import {
  type DeployCore4MicaOptions,
  deployCore4Mica,
  deployTestToken,
  deployTestValidationRegistry,
} from '@fourmica/contracts';
import { core4MicaAbi, testUsdcAbi, testValidationRegistryAbi } from '@fourmica/contracts/abi';
import { type Address, parseAddress, type RequestClaimsV2 } from '@fourmica/core-types';
import { type Anvil, startAnvil } from '@fourmica/test-support';
import { Contract, JsonRpcProvider, NonceManager, Wallet } from 'ethers';

export const CHAIN_ID = 31337n;
export const BLS_SECRET_KEY = `0x${'2b'.repeat(32)}`;
export const OTHER_BLS_SECRET_KEY = `0x${'3c'.repeat(32)}`;

export const TIMING = {
  remunerationGracePeriod: 100n,
  tabExpirationTime: 1_000n,
  synchronizationDelay: 10n,
  withdrawalGracePeriod: 1_100n,
} as const;

/** Account numbers of the roles. */
export const DEPLOYER = 0;
export const OPERATOR = 1;
export const PAYER = 2;
export const RECIPIENT = 3;
export const VALIDATOR = 4;

export const secretKeyBytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.slice(2), 'hex'));

/** A chain with funded accounts. */
export class TestChain {
  private constructor(
    readonly anvil: Anvil,
    readonly provider: JsonRpcProvider,
    readonly deployer: NonceManager,
  ) {}

  static async start(): Promise<TestChain> {
    const anvil = await startAnvil();
    const provider = new JsonRpcProvider(anvil.rpcUrl, Number(CHAIN_ID), {
      staticNetwork: true,
      cacheTimeout: -1,
    });
    provider.pollingInterval = 50;
    const deployer = new NonceManager(new Wallet(anvil.accounts[DEPLOYER]?.privateKey ?? '', provider));
    return new TestChain(anvil, provider, deployer);
  }

  get rpcUrl(): string {
    return this.anvil.rpcUrl;
  }

  address(account: number): Address {
    return parseAddress(this.anvil.accounts[account]?.address);
  }

  privateKey(account: number): string {
    return this.anvil.accounts[account]?.privateKey ?? '';
  }

  /** Deploys the contract with the key of `BLS_SECRET_KEY`, unless told otherwise. */
  async deploy(options: Partial<DeployCore4MicaOptions> = {}): Promise<{ address: Address; block: number }> {
    const bls = await loadBls();
    const { contractAddress, deployBlock } = await deployCore4Mica({
      signer: this.deployer,
      verificationKey: bls.publicKeyToWords(bls.publicKeyOf(secretKeyBytes(BLS_SECRET_KEY))),
      timing: TIMING,
      operator: this.address(OPERATOR),
      ...options,
    });
    return { address: parseAddress(contractAddress), block: deployBlock };
  }

  async deployToken(kind: 'usdc' | 'usdt'): Promise<Address> {
    return parseAddress((await deployTestToken({ signer: this.deployer, kind })).contractAddress);
  }

  async deployRegistry(): Promise<Address> {
    return parseAddress((await deployTestValidationRegistry({ signer: this.deployer })).contractAddress);
  }

  async mint(token: string, to: string, amount: bigint): Promise<void> {
    const contract = new Contract(token, testUsdcAbi, this.deployer);
    await (await contract.getFunction('mint').send(to, amount)).wait();
  }

  /** Changes the key of version 1, as governance does. */
  async setVerificationKey(contract: Address, blsSecretKey: string): Promise<void> {
    const bls = await loadBls();
    const words = bls.publicKeyToWords(bls.publicKeyOf(secretKeyBytes(blsSecretKey)));
    const core = new Contract(contract, core4MicaAbi, this.deployer);
    await (await core.getFunction('setGuaranteeVerificationKey').send(words)).wait();
  }

  /** Lets a validator answer, asking it first when nobody has. */
  async validate(
    registry: Address,
    validator: number,
    claims: RequestClaimsV2,
    score: number,
  ): Promise<void> {
    const signer = new NonceManager(new Wallet(this.privateKey(validator), this.provider));
    const contract = new Contract(registry, testValidationRegistryAbi, signer);
    const { validationRequestHash, validatorAgentId, requiredValidationTag } = claims;
    const [asked] = await contract.getFunction('getValidationStatus')(validationRequestHash);
    if (asked !== this.address(validator)) {
      const ask = contract.getFunction('validationRequest');
      await (await ask.send(this.address(validator), validatorAgentId, '', validationRequestHash)).wait();
    }
    // An estimate is too low when an answer falls into another second than the one before.
    const options = { gasLimit: 300_000n };
    const answer = contract.getFunction('validationResponse');
    const responseHash = `0x${'00'.repeat(32)}`;
    const words = [validationRequestHash, score, '', responseHash, requiredValidationTag];
    await (await answer.send(...words, options)).wait();
  }

  /** Moves the chain's clock and mines a block. */
  async warp(seconds: bigint): Promise<void> {
    await this.provider.send('evm_increaseTime', [Number(seconds)]);
    await this.mine(1);
  }

  async mine(blocks: number): Promise<void> {
    await this.provider.send('anvil_mine', [`0x${blocks.toString(16)}`]);
  }

  async stop(): Promise<void> {
    this.provider.destroy();
    await this.anvil.stop();
  }
}
