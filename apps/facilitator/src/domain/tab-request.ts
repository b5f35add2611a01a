import {
  type Address,
  type Caip2,
  ETH_ASSET,
  FourMicaError,
  parseNetwork,
  parseU64,
  parseWireAddress,
  ValidationError,
} from '@fourmica/core-types';
import { isJsonObject, type JsonObject, memberOf } from '@fourmica/x402';

/** A request of `/tabs`, read. */
export interface TabRequest {
  /** CAIP-2 id. */
  readonly network: Caip2;
  /** As the caller wrote it. */
  readonly networkText: string;
  readonly userAddress: Address;
  readonly recipientAddress: Address;
  readonly asset: Address;
  readonly guaranteeVersion: bigint;
  readonly ttlSeconds: bigint | undefined;
}

/** A mistake of the caller. */
export interface TabProblem {
  readonly problem: string;
}

/** What a request may leave out. */
export interface TabDefaults {
  readonly network: Caip2;
  readonly asset: Address | undefined;
}

/** Reads the body of `/tabs` in camelCase or snake_case. */
export function readTabRequest(body: unknown, defaults: TabDefaults): TabRequest | TabProblem {
  if (!isJsonObject(body)) return { problem: 'body: expected a JSON object' };
  try {
    const version = readVersion(body);
    if (typeof version === 'object') return version;
    const networkText = readNetworkText(body) ?? defaults.network;
    const network = readNetwork(networkText);
    if (typeof network === 'object') return network;
    const token = memberOf(body, 'erc20Token', 'erc20_token', 'assetAddress', 'asset_address');
    const ttl = memberOf(body, 'ttlSeconds', 'ttl_seconds');
    return {
      network,
      networkText,
      userAddress: parseWireAddress(memberOf(body, 'userAddress', 'user_address'), 'userAddress'),
      recipientAddress: parseWireAddress(
        memberOf(body, 'recipientAddress', 'recipient_address'),
        'recipientAddress',
      ),
      asset: token === undefined ? (defaults.asset ?? ETH_ASSET) : parseWireAddress(token, 'erc20Token'),
      guaranteeVersion: version,
      ttlSeconds: ttl === undefined ? undefined : parseU64(ttl, 'ttlSeconds'),
    };
  } catch (error) {
    if (error instanceof FourMicaError) return { problem: error.message };
    throw error;
  }
}

const MAX_VERSION = 255n;

function readVersion(body: JsonObject): bigint | TabProblem {
  const guarantee = readNumber(body, 'guaranteeVersion', 'guarantee_version');
  const x402 = readNumber(body, 'x402Version', 'x402_version');
  if (guarantee !== undefined && x402 !== undefined && guarantee !== x402) {
    return { problem: `guaranteeVersion ${guarantee} does not match x402Version ${x402}` };
  }
  const version = guarantee ?? x402 ?? 1n;
  return version > MAX_VERSION ? { problem: `unsupported guaranteeVersion ${version}` } : version;
}

function readNumber(body: JsonObject, name: string, alias: string): bigint | undefined {
  const value = memberOf(body, name, alias);
  return value === undefined ? undefined : parseU64(value, name);
}

function readNetworkText(body: JsonObject): string | undefined {
  const text = memberOf(body, 'network', 'networkId', 'network_id');
  if (text !== undefined && typeof text !== 'string') throw new ValidationError('network', text, 'text');
  return text?.trim() || undefined;
}

function readNetwork(text: string): Caip2 | TabProblem {
  try {
    return parseNetwork(text);
  } catch (error) {
    if (!(error instanceof FourMicaError)) throw error;
    return { problem: networkProblem(text) };
  }
}

function networkProblem(text: string): string {
  const [namespace = '', reference, ...rest] = text.split(':');
  if (reference === undefined || reference === '' || namespace === '' || rest.length > 0) {
    return 'network must be in CAIP-2 format (namespace:reference)';
  }
  if (!/^[a-z0-9]+$/.test(namespace)) return 'network namespace must be lowercase alphanumeric';
  if (!/^[A-Za-z0-9_.-]+$/.test(reference)) {
    return "network reference must be alphanumeric or one of '-', '_', '.'";
  }
  return `unsupported network ${text}`;
}
