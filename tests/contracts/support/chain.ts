import { setTimeout as sleep } from 'node:timers/promises';
import type { ContractArtifact } from '@fourmica/contracts/artifacts';
import { type Anvil, type AnvilOptions, startAnvil } from '@fourmica/test-support';
import { Interface, isError, JsonRpcProvider, type TransactionReceipt, Wallet } from 'ethers';
import { Deployed } from './deployed.js';

const GAS_LIMIT = '0x1c9c380';
const RECEIPT_TIMEOUT_MS = 60_000;
const RECEIPT_POLL_MS = 5;

export interface Receipt {
  readonly hash: string;
  readonly gasUsed: bigint;
  readonly logs: readonly { readonly address: string; readonly topics: string[]; readonly data: string }[];
}

/** The bytes that a call reverted with. */
export class RevertedWith extends Error {
  constructor(readonly data: string) {
    super(`reverted with ${data}`);
  }
}

/** A private chain on which every account can send, and whose clock stands still unless moved. */
export class Chain {
  private constructor(
    private readonly anvil: Anvil,
    readonly provider: JsonRpcProvider,
  ) {}

  static async start(options: AnvilOptions = {}): Promise<Chain> {
    const anvil = await startAnvil(options);
    const provider = new JsonRpcProvider(anvil.rpcUrl, undefined, {
      cacheTimeout: -1,
      staticNetwork: true,
      pollingInterval: 50,
    });
    const chain = new Chain(anvil, provider);
    await chain.rpc('anvil_autoImpersonateAccount', [true]);
    return chain;
  }

  async stop(): Promise<void> {
    this.provider.destroy();
    await this.anvil.stop();
  }

  account(index: number): string {
    const account = this.anvil.accounts[index];
    if (account === undefined) throw new RangeError(`no account ${index}`);
    return account.address;
  }

  wallet(index: number): Wallet {
    const account = this.anvil.accounts[index];
    if (account === undefined) throw new RangeError(`no account ${index}`);
    return new Wallet(account.privateKey, this.provider);
  }

  rpc(method: string, params: unknown[]): Promise<unknown> {
    return this.provider.send(method, params);
  }

  /** Unix seconds of the latest block. */
  async now(): Promise<bigint> {
    const block = (await this.rpc('eth_getBlockByNumber', ['latest', false])) as { timestamp: string };
    return BigInt(block.timestamp);
  }

  /** Mines a block at exactly that time, so that calls and estimates see it. */
  async warpTo(time: bigint): Promise<void> {
    await this.nextBlockAt(time);
    await this.rpc('evm_mine', []);
  }

  /** Gives the next block, and so the next transaction, exactly that time. */
  async nextBlockAt(time: bigint): Promise<void> {
    await this.rpc('evm_setNextBlockTimestamp', [Number(time)]);
  }

  balanceOf(address: string): Promise<bigint> {
    return this.provider.getBalance(address);
  }

  async setCode(address: string, code: string): Promise<void> {
    await this.rpc('anvil_setCode', [address, code]);
  }

  codeAt(address: string): Promise<string> {
    return this.provider.getCode(address);
  }

  async fund(address: string): Promise<void> {
    await this.rpc('anvil_setBalance', [address, `0x${(10n ** 24n).toString(16)}`]);
  }

  /** Everything after this call is undone by the returned function. */
  async checkpoint(): Promise<() => Promise<void>> {
    let id = await this.rpc('evm_snapshot', []);
    return async () => {
      await this.rpc('evm_revert', [id]);
      id = await this.rpc('evm_snapshot', []);
    };
  }

  /** Runs a call without a transaction. Throws {@link RevertedWith}. */
  async call(from: string, to: string, data: string, value = 0n): Promise<string> {
    try {
      return (await this.rpc('eth_call', [{ from, to, data, value: hex(value) }, 'latest'])) as string;
    } catch (error) {
      throw new RevertedWith(revertDataOf(error));
    }
  }

  /** Sends a transaction and waits for its block. Throws {@link RevertedWith}. */
  async send(
    from: string,
    to: string | null,
    data: string,
    value = 0n,
  ): Promise<Receipt & { created: string }> {
    const transaction = { from, data, value: hex(value), gas: GAS_LIMIT, ...(to === null ? {} : { to }) };
    const hash = (await this.rpc('eth_sendTransaction', [transaction])) as string;
    const receipt = await this.receiptOf(hash);
    if (receipt.status !== 1) throw new RevertedWith(await this.revertDataOfTransaction(hash));
    const logs = receipt.logs.map((log) => ({
      address: log.address,
      topics: [...log.topics],
      data: log.data,
    }));
    return { hash, gasUsed: receipt.gasUsed, logs, created: receipt.contractAddress ?? '' };
  }

  async deploy(artifact: ContractArtifact, args: readonly unknown[] = []): Promise<Deployed> {
    const abi = new Interface(artifact.abi);
    const { created } = await this.send(
      this.account(0),
      null,
      artifact.bytecode + abi.encodeDeploy([...args]).slice(2),
    );
    return new Deployed(this, created, abi);
  }

  /** anvil answers with the hash a moment before it has mined the block. */
  private async receiptOf(hash: string): Promise<TransactionReceipt> {
    const deadline = Date.now() + RECEIPT_TIMEOUT_MS;
    while (Date.now() < deadline) {
      const receipt = await this.provider.getTransactionReceipt(hash);
      if (receipt !== null) return receipt;
      await sleep(RECEIPT_POLL_MS);
    }
    throw new Error(`no receipt for ${hash} within ${RECEIPT_TIMEOUT_MS} ms`);
  }

  private async revertDataOfTransaction(hash: string): Promise<string> {
    const trace = (await this.rpc('debug_traceTransaction', [hash, { tracer: 'callTracer' }])) as {
      output?: string;
    };
    return trace.output ?? '0x';
  }
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Without revert bytes the call failed for a reason that is not the contract's. */
function revertDataOf(error: unknown): string {
  if (!isError(error, 'CALL_EXCEPTION') || error.data === null) throw error;
  return error.data;
}
