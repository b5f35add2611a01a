import { stripHexPrefix } from './hex.js';
import { parseU256, uintToHex } from './uint.js';
import { decodeUtf8 } from './utf8.js';

/** What the calldata of an ETH payment says: which tab is paid, and which request prompted it. */
export interface PaymentMemo {
  readonly tabId: bigint;
  readonly reqId: bigint;
}

/** Writes the text that an ETH payment carries as calldata, such as `tab_id:0x2a;req_id:0x7`. */
export const encodePaymentMemo = ({ tabId, reqId }: PaymentMemo): string =>
  `tab_id:${uintToHex(tabId)};req_id:${uintToHex(reqId)}`;

/**
 * Reads the calldata of an ETH transfer. Members other than `tab_id` and `req_id` are ignored, of a repeated member the
 * last one counts.
 *
 * @returns undefined when the calldata is no payment memo.
 */
export function decodePaymentMemo(calldata: Uint8Array): PaymentMemo | undefined {
  const text = calldata.length <= MAX_MEMO_BYTES ? decodeUtf8(calldata) : undefined;
  if (text === undefined) return undefined;
  const members = new Map(text.split(';').map(splitMember));
  const tabId = parseId(members.get('tab_id'));
  const reqId = parseId(members.get('req_id'));
  return tabId === undefined || reqId === undefined ? undefined : { tabId, reqId };
}

const MAX_MEMO_BYTES = 1024;

function splitMember(part: string): [string, string] {
  const colon = part.indexOf(':');
  return colon < 0 ? [part, ''] : [part.slice(0, colon), part.slice(colon + 1)];
}

function parseId(text: string | undefined): bigint | undefined {
  if (text === undefined || stripHexPrefix(text) === '') return undefined;
  try {
    return parseU256(text, 'memo');
  } catch {
    return undefined;
  }
}
