import { loadBls } from '@fourmica/bls-cert';
import { ContractGateway } from '@fourmica/contract-gateway';
import { type DeployCore4MicaOptions, deployCore4Mica } from '@fourmica/contracts';
import { type Address, hexToBytes, parseAddress } from '@fourmica/core-types';
import { type Anvil, startAnvil } from '@fourmica/test-support';
import { JsonRpcProvider, toQuantity, Wallet } from 'ethers';

export const BLS_SECRET_KEY = `0x${'01'.repeat(32)}`;
export const CHAIN_ID = 31337n;
const ETHER = 10n ** 18n;

/** A private chain with the contract on it. */
export interface TestChain {
  readonly rpcUrl: string;
  readonly provider: JsonRpcProvider;
  readonly contractAddress: Address;
  readonly deployBlock: number;
  readonly operatorKey: string;
  /** The account that deployed the contract. */
  readonly deployer: Wallet;
  /** Creates an account with 1,000 ETH. */
  fundedWallet(): Promise<Wallet>;
  gatewayOf(wallet: { privateKey: string }): Promise<ContractGateway>;
  mine(blocks: number): Promise<void>;
  /** Moves the chain's time forward and mines a block. */
  warp(seconds: number): Promise<void>;
  /** Stops or continues the node without ending it. */
  pause(signal: 'SIGSTOP' | 'SIGCONT'): void;
  stop(): Promise<void>;
}

/** The public key that the contract is deployed with. */
export async function verificationKey() {
  const bls = await loadBls();
  return bls.publicKeyToWords(bls.publicKeyOf(hexToBytes(BLS_SECRET_KEY)));
}

type Deployment = Partial<DeployCore4MicaOptions>;

/** Starts a chain; a function may deploy what the contract is deployed with. */
export async function startChain(
  deployment: Deployment | ((signer: Wallet) => Promise<Deployment>) = {},
): Promise<TestChain> {
  const anvil = await startAnvil();
  const provider = new JsonRpcProvider(anvil.rpcUrl, Number(CHAIN_ID), {
    staticNetwork: true,
    cacheTimeout: -1,
    pollingInterval: 100,
  });
  const operator = accountOf(anvil, 1);
  const deployer = new Wallet(accountOf(anvil, 0).privateKey, provider);
  const deployed = await deployCore4Mica({
    signer: deployer,
    verificationKey: await verificationKey(),
    operator: operator.address,
    ...(typeof deployment === 'function' ? await deployment(deployer) : deployment),
  });
  const contractAddress = parseAddress(deployed.contractAddress);
  const gateways: ContractGateway[] = [];
  return {
    rpcUrl: anvil.rpcUrl,
    provider,
    contractAddress,
    deployBlock: deployed.deployBlock,
    operatorKey: operator.privateKey,
    deployer,
    fundedWallet: async () => {
      const wallet = new Wallet(Wallet.createRandom().privateKey, provider);
      await provider.send('anvil_setBalance', [wallet.address, toQuantity(1_000n * ETHER)]);
      return wallet;
    },
    gatewayOf: async ({ privateKey }) => {
      const gateway = await ContractGateway.connect({
        rpcUrl: anvil.rpcUrl,
        privateKey,
        contractAddress,
        expectedChainId: CHAIN_ID,
        receipt: { pollingIntervalMs: 20 },
      });
      gateways.push(gateway);
      return gateway;
    },
    mine: async (blocks) => {
      await provider.send('anvil_mine', [toQuantity(blocks)]);
    },
    warp: async (seconds) => {
      await provider.send('evm_increaseTime', [seconds]);
      await provider.send('evm_mine', []);
    },
    pause: (signal) => anvil.pause(signal),
    stop: async () => {
      for (const gateway of gateways) gateway.close();
      provider.destroy();
      await anvil.stop();
    },
  };
}

function accountOf(anvil: Anvil, index: number) {
  const account = anvil.accounts[index];
  if (account === undefined) throw new RangeError(`no account ${index}`);
  return account;
}
