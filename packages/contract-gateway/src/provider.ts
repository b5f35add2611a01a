import { type Address, ValidationError } from '@fourmica/core-types';
import { FetchRequest, JsonRpcProvider, Network, type Provider } from 'ethers';
import { contractErrorOf } from './contract-error-of.js';
import { withTimeout } from './deadline.js';
import { ContractError } from './errors.js';

/** How long one request to the node may take unless told otherwise, in milliseconds. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 15_000;

const MAX_THROTTLED_ATTEMPTS = 5;

/**
 * Opens an HTTP provider for a chain. It is told the chain instead of asking for it, because ethers repeats that
 * question for ever when nobody answers; {@link assertChainId} asks once, with a limit.
 *
 * @throws ValidationError when the URL is none of http or https.
 */
export function openProvider(rpcUrl: string, chainId: bigint, timeoutMs: number): JsonRpcProvider {
  const request = new FetchRequest(parseRpcUrl(rpcUrl));
  request.timeout = timeoutMs;
  request.setThrottleParams({ maxAttempts: MAX_THROTTLED_ATTEMPTS });
  const network = Network.from(chainId);
  return new JsonRpcProvider(request, network, {
    staticNetwork: network,
    // Answers must be fresh: a cached transaction count hands out a nonce twice.
    cacheTimeout: -1,
    batchMaxCount: 1,
  });
}

function parseRpcUrl(rpcUrl: string): string {
  const protocol = URL.canParse(rpcUrl) ? new URL(rpcUrl).protocol : undefined;
  if (protocol === 'http:' || protocol === 'https:') return rpcUrl;
  // The URL itself may be a secret, so the message does not repeat it.
  throw new ValidationError('rpcUrl', protocol ?? 'text that is no URL', 'an http or https URL');
}

/**
 * Checks that the node serves the expected chain.
 *
 * @throws ContractError `CHAIN_ID_MISMATCH` or `RPC_UNREACHABLE`.
 */
export async function assertChainId(provider: Provider, expected: bigint, timeoutMs: number): Promise<void> {
  const operation = 'reading the chain id';
  const actual = await withTimeout(readChainId(provider), timeoutMs, operation).catch((error) => {
    throw contractErrorOf(error, { operation });
  });
  if (actual === expected) return;
  throw new ContractError(
    'CHAIN_ID_MISMATCH',
    `the Ethereum node serves chain ${actual}, expected chain ${expected}; check the Ethereum RPC URL`,
    { actual, expected },
  );
}

/** Asks the node itself: a provider with a fixed network would only repeat what it was told. */
async function readChainId(provider: Provider): Promise<bigint> {
  if ('send' in provider && typeof provider.send === 'function') {
    return BigInt(await provider.send('eth_chainId', []));
  }
  return (await provider.getNetwork()).chainId;
}

/**
 * Checks that there is a contract at the address.
 *
 * @throws ContractError `CONTRACT_NOT_FOUND` or `RPC_UNREACHABLE`.
 */
export async function assertHasCode(provider: Provider, address: Address, timeoutMs: number): Promise<void> {
  const operation = 'reading the contract code';
  const code = await withTimeout(provider.getCode(address), timeoutMs, operation).catch((error) => {
    throw contractErrorOf(error, { operation });
  });
  if (code !== '0x') return;
  throw new ContractError(
    'CONTRACT_NOT_FOUND',
    `there is no contract at ${address} on this chain; check the contract address and the Ethereum RPC URL`,
    { contractAddress: address },
  );
}
