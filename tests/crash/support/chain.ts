import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadBls } from '@fourmica/bls-cert';
import { ContractGateway } from '@fourmica/contract-gateway';
import { deployCore4Mica } from '@fourmica/contracts';
import { type Address, hexToBytes, parseAddress } from '@fourmica/core-types';
import { type Anvil, startAnvil, tempDir } from '@fourmica/test-support';
import { JsonRpcProvider, toQuantity, Wallet } from 'ethers';
import { until } from './wait.js';

export const BLS_SECRET_KEY = `0x${'01'.repeat(32)}`;
export const CHAIN_ID = 31337n;
const ETHER = 10n ** 18n;

/** A private chain with the contract on it. */
export interface TestChain {
  readonly rpcUrl: string;
  readonly contractAddress: Address;
  readonly deployBlock: number;
  readonly operatorKey: string;
  /** Creates an account with 1,000 ETH and connects it to the contract. */
  fundedGateway(): Promise<{ privateKey: string; gateway: ContractGateway }>;
  /** Ends the node the hard way, once all blocks are in its file. */
  kill(): Promise<void>;
  /** Starts the node again, at the same address and with the same blocks. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startChain(): Promise<TestChain> {
  const directory = await tempDir('fourmica-chain-');
  const stateFile = join(directory.path, 'chain.json');
  const keptFile = join(directory.path, 'kept.json');
  let anvil = await startAnvil({ stateFile });
  const provider = new JsonRpcProvider(anvil.rpcUrl, Number(CHAIN_ID), {
    staticNetwork: true,
    cacheTimeout: -1,
    pollingInterval: 100,
  });
  const operator = accountOf(anvil, 1);
  const bls = await loadBls();
  const deployed = await deployCore4Mica({
    signer: new Wallet(accountOf(anvil, 0).privateKey, provider),
    verificationKey: bls.publicKeyToWords(bls.publicKeyOf(hexToBytes(BLS_SECRET_KEY))),
    operator: operator.address,
  });
  const contractAddress = parseAddress(deployed.contractAddress);
  const gateways: ContractGateway[] = [];
  return {
    rpcUrl: anvil.rpcUrl,
    contractAddress,
    deployBlock: deployed.deployBlock,
    operatorKey: operator.privateKey,
    fundedGateway: async () => {
      const { address, privateKey } = Wallet.createRandom();
      await provider.send('anvil_setBalance', [address, toQuantity(1_000n * ETHER)]);
      const gateway = await ContractGateway.connect({
        rpcUrl: anvil.rpcUrl,
        privateKey,
        contractAddress,
        expectedChainId: CHAIN_ID,
        receipt: { pollingIntervalMs: 50 },
      });
      gateways.push(gateway);
      return { privateKey, gateway };
    },
    kill: async () => {
      const block = await provider.getBlockNumber();
      await until(
        async () => keptBlock(await readFile(stateFile, 'utf8').catch(() => '')),
        (kept) => kept === block,
        'all blocks in the file',
      );
      await copyFile(stateFile, keptFile);
      await anvil.kill();
    },
    restart: async () => {
      anvil = await startAnvil({ stateFile: keptFile, port: Number(new URL(anvil.rpcUrl).port) });
    },
    stop: async () => {
      for (const gateway of gateways) gateway.close();
      provider.destroy();
      await anvil.stop();
      await directory.remove();
    },
  };
}

/** Newest block in a file of the node; undefined while the file is being written. */
function keptBlock(json: string): number | undefined {
  try {
    return Number(JSON.parse(json).best_block_number);
  } catch {
    return undefined;
  }
}

function accountOf(anvil: Anvil, index: number) {
  const account = anvil.accounts[index];
  if (account === undefined) throw new RangeError(`no account ${index}`);
  return account;
}
