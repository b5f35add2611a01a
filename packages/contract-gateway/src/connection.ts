import { type Address, parseAddress, parseU64, type UintLike, ValidationError } from '@fourmica/core-types';
import type { Provider, Signer } from 'ethers';
import { assertChainId, assertHasCode, DEFAULT_REQUEST_TIMEOUT_MS, openProvider } from './provider.js';
import type { ReceiptOptions } from './receipt.js';
import { signerFromPrivateKey } from './signer.js';
import { checkTransactionOptions } from './transaction-options.js';
import { sharedQueue } from './transaction-queue.js';
import { TransactionSender } from './transaction-sender.js';

const DEFAULT_RECEIPT: Required<ReceiptOptions> = {
  timeoutMs: 120_000,
  pollingIntervalMs: 1_000,
  confirmations: 1,
};

/** Settings of `ContractGateway.connect`. */
export interface GatewayOptions {
  /** HTTP URL of the Ethereum node. Either this or `provider`. */
  readonly rpcUrl?: string;
  /** An ethers provider that the caller opened and closes. */
  readonly provider?: Provider;
  /** An ethers signer for transactions. Without `signer` and `privateKey` the gateway only reads. */
  readonly signer?: Signer;
  /** 32 bytes of hex, `0x` optional. */
  readonly privateKey?: string;
  readonly contractAddress: string;
  /** Chain that the node has to serve. */
  readonly expectedChainId: UintLike;
  /** Defaults for the wait after each transaction. */
  readonly receipt?: ReceiptOptions;
  /** The most to pay per gas in any transaction, in wei. */
  readonly maxFeePerGas?: bigint;
  /** Limit of one request to the node in milliseconds; default 15,000. */
  readonly requestTimeoutMs?: number;
}

/** A checked connection to a contract. */
export interface Connection {
  readonly provider: Provider;
  readonly contractAddress: Address;
  readonly chainId: bigint;
  /** Undefined when there is no signer. */
  readonly sender: TransactionSender | undefined;
  closeProvider(): void;
}

/**
 * Opens the provider, and checks chain and contract.
 *
 * @throws ContractError `CHAIN_ID_MISMATCH`, `CONTRACT_NOT_FOUND` or `RPC_UNREACHABLE`.
 * @throws ValidationError when an option is malformed.
 */
export async function connect(options: GatewayOptions): Promise<Connection> {
  const contractAddress = parseAddress(options.contractAddress, 'contractAddress');
  const chainId = parseU64(options.expectedChainId, 'expectedChainId');
  checkTransactionOptions(options.receipt ?? {}, 'receipt');
  const timeoutMs = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
  const { provider, closeProvider } = providerOf(options, chainId, timeoutMs);
  try {
    await assertChainId(provider, chainId, timeoutMs);
    await assertHasCode(provider, contractAddress, timeoutMs);
    const sender = await senderOf(options, provider, chainId, timeoutMs);
    return { provider, contractAddress, chainId, sender, closeProvider };
  } catch (error) {
    closeProvider();
    throw error;
  }
}

function providerOf(
  options: GatewayOptions,
  chainId: bigint,
  timeoutMs: number,
): { provider: Provider; closeProvider: () => void } {
  const { provider, rpcUrl } = options;
  if ((provider === undefined) === (rpcUrl === undefined))
    throw new ValidationError(
      'provider',
      provider === undefined ? undefined : 'both',
      'either provider or rpcUrl',
    );
  if (provider !== undefined) return { provider, closeProvider: () => undefined };
  const opened = openProvider(rpcUrl as string, chainId, timeoutMs);
  return { provider: opened, closeProvider: () => opened.destroy() };
}

async function senderOf(
  options: GatewayOptions,
  provider: Provider,
  chainId: bigint,
  timeoutMs: number,
): Promise<TransactionSender | undefined> {
  const signer = await signerOf(options, provider, chainId, timeoutMs);
  if (signer === undefined) return undefined;
  const address = parseAddress(await signer.getAddress(), 'signer address');
  const queue = sharedQueue(options.rpcUrl ?? provider, address);
  const defaults = { ...DEFAULT_RECEIPT, ...options.receipt, maxFeePerGas: options.maxFeePerGas };
  return new TransactionSender(provider, signer, address, chainId, queue, defaults);
}

async function signerOf(
  options: GatewayOptions,
  provider: Provider,
  chainId: bigint,
  timeoutMs: number,
): Promise<Signer | undefined> {
  const { signer, privateKey } = options;
  if (signer !== undefined && privateKey !== undefined)
    throw new ValidationError('signer', 'both', 'either signer or privateKey');
  if (privateKey !== undefined) return signerFromPrivateKey(privateKey, provider);
  if (signer === undefined) return undefined;
  if (signer.provider === null) return signer.connect(provider);
  if (signer.provider !== provider) await assertChainId(signer.provider, chainId, timeoutMs);
  return signer;
}
