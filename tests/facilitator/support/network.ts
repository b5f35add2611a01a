import { loadBls } from '@fourmica/bls-cert';
import { ContractGateway } from '@fourmica/contract-gateway';
import { type DeployCore4MicaOptions, deployCore4Mica } from '@fourmica/contracts';
import { type CoreConfig, createCore, createLogger } from '@fourmica/core';
import { type Address, hexToBytes, parseAddress } from '@fourmica/core-types';
import { createFacilitator, type FacilitatorConfig } from '@fourmica/facilitator';
import { type Anvil, startAnvil } from '@fourmica/test-support';
import { JsonRpcProvider, toQuantity, Wallet } from 'ethers';
import { MovableClock } from './clock.js';

export const CHAIN_ID = 31337n;
export const NETWORK = 'eip155:31337';
export const DOMAIN = { name: '4mica', version: '1', chainId: CHAIN_ID };
export const BLS_SECRET_KEY = `0x${'01'.repeat(32)}`;
const ETHER = 10n ** 18n;

export interface TestNetworkOptions {
  readonly deployment?:
    | Partial<DeployCore4MicaOptions>
    | ((signer: Wallet) => Promise<Partial<DeployCore4MicaOptions>>);
  /** A function is called after the deployment. */
  readonly core?: Partial<CoreConfig> | (() => Partial<CoreConfig>);
}

/** A chain with the contract, and a core on it. */
export interface TestNetwork {
  readonly rpcUrl: string;
  readonly coreUrl: string;
  readonly contractAddress: Address;
  readonly clock: MovableClock;
  readonly isLoginRequired: boolean;
  readonly provider: JsonRpcProvider;
  /** Creates an account with 1,000 ETH. */
  fundedWallet(): Promise<Wallet>;
  gatewayOf(privateKey: string): Promise<ContractGateway>;
  /** Starts a facilitator of this network, and returns its URL. */
  startFacilitator(config?: Partial<FacilitatorConfig>): Promise<string>;
  stop(): Promise<void>;
}

export async function startNetwork(options: TestNetworkOptions = {}): Promise<TestNetwork> {
  const anvil = await startAnvil();
  const provider = new JsonRpcProvider(anvil.rpcUrl, Number(CHAIN_ID), {
    staticNetwork: true,
    cacheTimeout: -1,
    pollingInterval: 100,
  });
  const deployer = new Wallet(accountOf(anvil, 0).privateKey, provider);
  const operator = accountOf(anvil, 1);
  const bls = await loadBls();
  const { deployment = {} } = options;
  const deployed = await deployCore4Mica({
    signer: deployer,
    verificationKey: bls.publicKeyToWords(bls.publicKeyOf(hexToBytes(BLS_SECRET_KEY))),
    operator: operator.address,
    ...(typeof deployment === 'function' ? await deployment(deployer) : deployment),
  });
  const contractAddress = parseAddress(deployed.contractAddress);
  const clock = new MovableClock();
  const coreSettings = (typeof options.core === 'function' ? options.core() : options.core) ?? {};
  const core = await createCore(
    {
      host: '127.0.0.1',
      port: 0,
      chainId: CHAIN_ID,
      ethereumHttpRpcUrl: anvil.rpcUrl,
      contractAddress,
      contractDeployBlock: deployed.deployBlock,
      operatorPrivateKey: operator.privateKey,
      blsSecretKey: BLS_SECRET_KEY,
      authMode: 'optional',
      database: { kind: 'pglite' },
      confirmation: { mode: 'depth', depth: 0 },
      scanIntervalMs: 50,
      // Longer than a busy machine needs for payments that come together, shorter than the facilitator waits.
      earlyRequestMaxWaitMs: 8_000,
      certificateVisibility: 'auto',
      ...coreSettings,
    },
    { clock, logger: createLogger('silent') },
  );
  const coreUrl = await core.listen();
  const started: (() => void | Promise<void>)[] = [() => core.close()];
  return {
    rpcUrl: anvil.rpcUrl,
    coreUrl,
    contractAddress,
    clock,
    isLoginRequired: coreSettings.authMode === 'required',
    provider,
    fundedWallet: async () => {
      const wallet = new Wallet(Wallet.createRandom().privateKey, provider);
      await provider.send('anvil_setBalance', [wallet.address, toQuantity(1_000n * ETHER)]);
      return wallet;
    },
    gatewayOf: async (privateKey) => {
      const gateway = await ContractGateway.connect({
        rpcUrl: anvil.rpcUrl,
        privateKey,
        contractAddress,
        expectedChainId: CHAIN_ID,
        receipt: { pollingIntervalMs: 20 },
      });
      started.push(() => gateway.close());
      return gateway;
    },
    startFacilitator: async (config = {}) => {
      const service = await createFacilitator(
        {
          host: '127.0.0.1',
          port: 0,
          networks: [{ network: NETWORK, coreApiUrl: coreUrl, rpcUrl: anvil.rpcUrl }],
          certificateVisibility: 'auto',
          ...config,
        },
        { clock },
      );
      started.push(() => service.close());
      return service.listen();
    },
    stop: async () => {
      for (const stop of started.reverse()) await stop();
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
