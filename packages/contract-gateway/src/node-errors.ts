import type { Hex } from '@fourmica/core-types';

/**
 * What went wrong between us and the node. This file is the only one that looks at ethers' error codes and at the
 * messages of nodes, which differ from implementation to implementation.
 */
export type NodeFailure =
  | { readonly kind: 'revert'; readonly data: Hex | undefined }
  | {
      readonly kind:
        | 'insufficient-funds'
        | 'nonce-used'
        | 'underpriced'
        | 'fee-too-low'
        | 'already-known'
        | 'rejected'
        | 'unreachable'
        | 'unsupported'
        | 'closed'
        | 'other';
    };

type Kind = Exclude<NodeFailure['kind'], 'revert'>;

const KIND_BY_CODE: Readonly<Record<string, Kind>> = {
  INSUFFICIENT_FUNDS: 'insufficient-funds',
  NONCE_EXPIRED: 'nonce-used',
  REPLACEMENT_UNDERPRICED: 'underpriced',
  ACTION_REJECTED: 'rejected',
  UNSUPPORTED_OPERATION: 'unsupported',
  NETWORK_ERROR: 'unreachable',
  SERVER_ERROR: 'unreachable',
  TIMEOUT: 'unreachable',
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  EPIPE: 'unreachable',
  ENOTFOUND: 'unreachable',
  ETIMEDOUT: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EAI_AGAIN: 'unreachable',
};

const KIND_BY_MESSAGE: readonly (readonly [RegExp, Kind])[] = [
  [/provider destroyed/i, 'closed'],
  [/already known|already imported|known transaction/i, 'already-known'],
  [/nonce too low|nonce has already been used|invalid transaction nonce/i, 'nonce-used'],
  [/replacement transaction underpriced|replacement fee too low|could not replace/i, 'underpriced'],
  [/underpriced|fee too low|less than block base fee|below the minimum/i, 'fee-too-low'],
  [/insufficient funds|insufficient balance for transfer|exceeds balance/i, 'insufficient-funds'],
  [/user rejected|user denied|rejected the request/i, 'rejected'],
  [/fetch failed|socket hang up|connection (?:refused|reset|closed)/i, 'unreachable'],
];

const REVERT_MESSAGE = /execution reverted|reverted|always failing transaction/i;
const MAX_DEPTH = 6;
const NESTED_KEYS = ['error', 'info', 'data', 'cause', 'originalError'] as const;

/** Classifies an error that ethers, a wallet or a node threw. */
export function classifyNodeError(error: unknown): NodeFailure {
  const layers = layersOf(error);
  const byCode = firstDefined(layers, (layer) =>
    typeof layer.code === 'string' && Object.hasOwn(KIND_BY_CODE, layer.code)
      ? KIND_BY_CODE[layer.code]
      : undefined,
  );
  const messages = layers.flatMap(({ message }) => (typeof message === 'string' ? [message] : []));
  const byMessage = KIND_BY_MESSAGE.find(([pattern]) => messages.some((text) => pattern.test(text)))?.[1];
  const data = firstDefined(layers, ({ data: value }) => asRevertData(value));
  if (data !== undefined) return { kind: 'revert', data };
  if (byMessage === 'already-known' || byMessage === 'closed') return { kind: byMessage };
  if (byCode !== undefined) return { kind: byCode };
  if (byMessage !== undefined) return { kind: byMessage };
  const isRevert =
    layers.some(({ code }) => code === 'CALL_EXCEPTION') ||
    messages.some((text) => REVERT_MESSAGE.test(text));
  return isRevert ? { kind: 'revert', data: undefined } : { kind: 'other' };
}

/** Tells whether a call returned nothing where the ABI promises a value: the function does not exist there. */
export const isMissingResult = (error: unknown): boolean =>
  layersOf(error).some(({ code }) => code === 'BAD_DATA');

/**
 * Renders an error of the transport for a message: short, and without the URL, whose path or query often is an API key.
 */
export function describeNodeError(error: unknown): string {
  const [layer] = layersOf(error);
  const text = [layer?.shortMessage, layer?.message, layer?.code].find(
    (part): part is string => typeof part === 'string' && part !== '',
  );
  return (text ?? 'unknown error').replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"')]+/gi, '(url)').slice(0, 200);
}

type Layer = Readonly<Record<string, unknown>>;

function layersOf(error: unknown): Layer[] {
  const layers: Layer[] = [];
  let level: unknown[] = [error];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const objects = level.filter(
      (value): value is Layer =>
        typeof value === 'object' && value !== null && !layers.includes(value as Layer),
    );
    layers.push(...objects);
    level = objects.flatMap((object) => NESTED_KEYS.map((key) => object[key]));
  }
  return layers;
}

function firstDefined<T>(layers: readonly Layer[], pick: (layer: Layer) => T | undefined): T | undefined {
  for (const layer of layers) {
    const value = pick(layer);
    if (value !== undefined) return value;
  }
  return undefined;
}

const asRevertData = (value: unknown): Hex | undefined =>
  typeof value === 'string' && /^0x(?:[0-9a-f]{2}){4,}$/i.test(value) ? (value as Hex) : undefined;
