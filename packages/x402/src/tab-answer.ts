import { type Address, parseU64, parseU256, parseWireAddress, toSafeNumber } from '@fourmica/core-types';
import { asMessageError, X402Error } from './errors.js';
import { isJsonObject, type JsonObject, memberOf } from './json-object.js';

/** What a tab endpoint or a facilitator answers. Members that are not always sent are undefined when absent. */
export interface TabAnswer {
  readonly tabId: bigint;
  readonly userAddress: Address;
  /** The reqId that the next guarantee of this tab must have. */
  readonly nextReqId: bigint;
  readonly recipientAddress?: Address | undefined;
  readonly assetAddress?: Address | undefined;
  readonly guaranteeVersion?: number | undefined;
  /** Unix seconds. */
  readonly startTimestamp?: number | undefined;
  readonly ttlSeconds?: number | undefined;
}

/**
 * Reads the answer of a tab endpoint. Members may be in camelCase or snake_case, numbers decimal, `0x` hex or JSON
 * integers.
 *
 * @throws X402Error `TAB_ANSWER_INVALID` when the tab id, the payer or the next reqId is missing: none of them is ever
 * guessed, because a guessed reqId is debt on a wrong place.
 */
export function parseTabAnswer(raw: unknown): TabAnswer {
  if (!isJsonObject(raw)) throw invalid('tab', 'the tab endpoint did not answer a JSON object');
  try {
    return {
      tabId: parseU256(required(raw, 'tabId', 'tab_id', 'id'), 'tabId'),
      userAddress: parseWireAddress(required(raw, 'userAddress', 'user_address'), 'userAddress'),
      nextReqId: parseU256(required(raw, 'nextReqId', 'next_req_id', 'reqId', 'req_id'), 'nextReqId'),
      recipientAddress: optional(raw, ['recipientAddress', 'recipient_address'], parseWireAddress),
      assetAddress: optional(raw, ['assetAddress', 'asset_address'], parseWireAddress),
      guaranteeVersion: optional(raw, ['guaranteeVersion', 'guarantee_version'], parseSeconds),
      startTimestamp: optional(raw, ['startTimestamp', 'start_timestamp'], parseSeconds),
      ttlSeconds: optional(raw, ['ttlSeconds', 'ttl_seconds'], parseSeconds),
    };
  } catch (error) {
    throw asMessageError(error, 'TAB_ANSWER_INVALID');
  }
}

const parseSeconds = (value: unknown, field: string): number => toSafeNumber(parseU64(value, field), field);

function required(raw: JsonObject, ...names: readonly [string, ...string[]]): unknown {
  const value = memberOf(raw, ...names);
  if (value !== undefined) return value;
  throw invalid(names[0], `the tab answer has no ${names[0]}; nothing was signed`);
}

function optional<T>(
  raw: JsonObject,
  names: readonly [string, ...string[]],
  parse: (value: unknown, field: string) => T,
): T | undefined {
  const value = memberOf(raw, ...names);
  return value === undefined ? undefined : parse(value, names[0]);
}

const invalid = (field: string, message: string): X402Error =>
  new X402Error('TAB_ANSWER_INVALID', message, { field });
