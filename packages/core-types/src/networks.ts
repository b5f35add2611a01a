import { ValidationError } from './errors.js';

/** A CAIP-2 chain id of the `eip155` namespace, such as `eip155:84532`. */
export type Caip2 = `eip155:${string}`;

/** A network that 4Mica runs on. */
export interface Network {
  /** CAIP-2 id. */
  readonly caip2: Caip2;
  /** Base URL of the hosted core API. */
  readonly rpcUrl: string;
}

/** The known networks by shorthand. `localnet` is the network that `4mica localnet` starts on this machine. */
export const NETWORKS = {
  'ethereum-sepolia': { caip2: 'eip155:11155111', rpcUrl: 'https://ethereum.sepolia.4mica.xyz/' },
  'base-sepolia': { caip2: 'eip155:84532', rpcUrl: 'https://base.sepolia.4mica.xyz/' },
  localnet: { caip2: 'eip155:31337', rpcUrl: 'http://127.0.0.1:3000/' },
} as const satisfies Record<string, Network>;

/** Network names of x402 version 1, and 4Mica's shorthands, with their chain ids. */
const CHAIN_ID_BY_NAME: Readonly<Record<string, bigint>> = {
  'ethereum-sepolia': 11155111n,
  'base-sepolia': 84532n,
  base: 8453n,
  polygon: 137n,
  'polygon-amoy': 80002n,
  'avalanche-fuji': 43113n,
  avalanche: 43114n,
  sei: 1329n,
  'sei-testnet': 1328n,
  abstract: 2741n,
  'abstract-testnet': 11124n,
  iotex: 4689n,
  peaq: 3338n,
  story: 1514n,
  educhain: 41923n,
  'skale-base-sepolia': 324705682n,
  localnet: 31337n,
};

/** Chains of development nodes, whose accounts and keys are public. */
const LOCAL_CHAIN_IDS = [1337n, 31337n];

/** Tells whether a chain is one of a development node, where public keys are fine and nobody needs to be held off. */
export const isLocalChain = (chainId: bigint): boolean => LOCAL_CHAIN_IDS.includes(chainId);

const EIP155 = /^eip155:(0|[1-9][0-9]{0,31})$/;

/** Writes a chain id in CAIP-2 form. */
export const caip2OfChainId = (chainId: bigint): Caip2 => `eip155:${chainId}`;

/**
 * Reads a network from CAIP-2 form or from a known name.
 *
 * @returns the CAIP-2 form; two spellings of one network give the same text.
 * @throws ValidationError for another namespace or an unknown name.
 */
export function parseNetwork(value: unknown, field = 'network'): Caip2 {
  return caip2OfChainId(chainIdOfNetwork(value, field));
}

/**
 * Reads the chain id of a network given in CAIP-2 form or by a known name.
 *
 * @throws ValidationError for another namespace or an unknown name.
 */
export function chainIdOfNetwork(value: unknown, field = 'network'): bigint {
  if (typeof value === 'string') {
    const reference = EIP155.exec(value)?.[1];
    if (reference !== undefined) return BigInt(reference);
    const chainId = Object.hasOwn(CHAIN_ID_BY_NAME, value) ? CHAIN_ID_BY_NAME[value] : undefined;
    if (chainId !== undefined) return chainId;
  }
  throw new ValidationError(
    field,
    value,
    'a CAIP-2 id such as "eip155:84532" or a known name such as "base-sepolia"',
  );
}

/** The x402 version 1 short name of a chain, if it has one. */
export function shortNameOfNetwork(caip2: Caip2): string | undefined {
  const chainId = chainIdOfNetwork(caip2);
  return Object.keys(CHAIN_ID_BY_NAME).find((name) => CHAIN_ID_BY_NAME[name] === chainId);
}

/** Finds the hosted core of a network given by shorthand or CAIP-2 id. */
export function resolveNetworkRpcUrl(network: string): string | undefined {
  const known: readonly [string, Network][] = Object.entries(NETWORKS);
  return known.find(([name, { caip2 }]) => name === network || caip2 === network)?.[1].rpcUrl;
}
