import { ContractGateway, type GatewayOptions } from '@fourmica/contract-gateway';
import { deployCore4Mica, deployTestToken } from '@fourmica/contracts';
import { core4MicaAbi, testUsdcAbi } from '@fourmica/contracts/abi';
import { type Anvil, startAnvil } from '@fourmica/test-support';
import { Contract, Interface, JsonRpcProvider, NonceManager, Wallet } from 'ethers';

/** The secret key of the operator, 1, and its public key, the generator of G1. */
export const BLS_SECRET_KEY = Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 1 : 0));
export const VERIFICATION_KEY = [
  '0x0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0f',
  '0xc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
  '0x0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4',
  '0xfcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1',
] as const;

export const TIMING = {
  remunerationGracePeriod: 100n,
  tabExpirationTime: 200n,
  synchronizationDelay: 10n,
  withdrawalGracePeriod: 300n,
} as const;

/** Account numbers of the roles. */
export const DEPLOYER = 0;
export const OPERATOR = 1;
export const PAYER = 2;
export const RECIPIENT = 3;

/** A chain with a contract, two tokens and funded accounts. */
export class Chain {
  private constructor(
    readonly anvil: Anvil,
    readonly provider: JsonRpcProvider,
    readonly contractAddress: string,
    readonly usdc: string,
    readonly usdt: string,
  ) {}

  static async start(): Promise<Chain> {
    const anvil = await startAnvil();
    const provider = new JsonRpcProvider(anvil.rpcUrl, 31337, { staticNetwork: true, cacheTimeout: -1 });
    provider.pollingInterval = 50;
    const key = (index: number) => anvil.accounts[index]?.privateKey ?? '';
    const signer = new NonceManager(new Wallet(key(DEPLOYER), provider));
    const usdc = await deployTestToken({ signer, kind: 'usdc' });
    const usdt = await deployTestToken({ signer, kind: 'usdt' });
    const { contractAddress } = await deployCore4Mica({
      signer,
      verificationKey: VERIFICATION_KEY,
      stablecoins: [usdc.contractAddress, usdt.contractAddress],
      timing: TIMING,
      operator: anvil.accounts[OPERATOR]?.address ?? '',
    });
    return new Chain(anvil, provider, contractAddress, usdc.contractAddress, usdt.contractAddress);
  }

  address(account: number): string {
    return this.anvil.accounts[account]?.address ?? '';
  }

  privateKey(account: number): string {
    return this.anvil.accounts[account]?.privateKey ?? '';
  }

  gateway(account: number, options: Partial<GatewayOptions> = {}): Promise<ContractGateway> {
    return ContractGateway.connect({
      rpcUrl: this.anvil.rpcUrl,
      privateKey: this.privateKey(account),
      contractAddress: this.contractAddress,
      expectedChainId: 31337n,
      receipt: { timeoutMs: 60_000, pollingIntervalMs: 50 },
      ...options,
    });
  }

  async mint(token: string, account: number, amount: bigint): Promise<void> {
    const contract = new Contract(token, testUsdcAbi, new Wallet(this.privateKey(DEPLOYER), this.provider));
    await (await contract.getFunction('mint').send(this.address(account), amount)).wait();
  }

  /** Moves the chain's clock and mines a block. */
  async warp(seconds: bigint): Promise<void> {
    await this.provider.send('evm_increaseTime', [Number(seconds)]);
    await this.provider.send('evm_mine', []);
  }

  /** Runs `work` while transactions stay in the pool. */
  async withoutMining<T>(work: () => Promise<T>): Promise<T> {
    await this.provider.send('evm_setAutomine', [false]);
    try {
      return await work();
    } finally {
      await this.provider.send('evm_setAutomine', [true]);
    }
  }

  mine(): Promise<unknown> {
    return this.provider.send('evm_mine', []);
  }

  async untilPoolHolds(transactions: number): Promise<void> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const { pending } = await this.provider.send('txpool_status', []);
      if (Number(pending) >= transactions) return;
      if (Date.now() > deadline) throw new Error(`the pool does not hold ${transactions} transactions`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    this.provider.destroy();
    await this.anvil.stop();
  }
}

export const core4Mica = new Interface(core4MicaAbi);

/** Waits for a rejection and returns it. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof Error) {
    return outcome.error as Error & Record<string, unknown>;
  }
  throw new Error('expected a rejection');
}
