import { type BLSCert, BLSCertSchema, parseWith } from '@fourmica/core-types';
import * as z from 'zod/mini';
import { asMessageError, X402Error } from './errors.js';
import { decodeHeader, encodeHeader, HEADERS } from './header.js';
import { isJsonObject, type JsonObject, memberOf } from './json-object.js';
import type { X402Version } from './offer.js';

/** What a payer must know to repay its tab before the recipient may take the collateral. */
export interface Repayment {
  /** `0x` hex. */
  readonly tabId: string;
  /** `0x` hex. */
  readonly reqId: string;
  /** Running total of the tab including this request, base units, decimal text. */
  readonly totalAmount: string;
  /** Token contract; the zero address is ETH. */
  readonly asset: string;
  readonly recipient: string;
  /** Unix seconds: from then on the recipient may claim from collateral. */
  readonly payBefore: number;
  /** The exact calldata text of an ETH payment of this tab. */
  readonly memo: string;
}

/** Members of `extra` of 4Mica's settle answers. */
export type SettlementExtra = JsonObject & {
  readonly certificate?: BLSCert | null | undefined;
  readonly repayment?: Repayment | undefined;
};

/** An answer of `/settle` or a receipt header, with the spellings of all dialects brought to one form. */
export interface Settlement {
  readonly success: boolean;
  /** Reason when it failed. */
  readonly errorReason: string | undefined;
  readonly payer: string | undefined;
  /** Hash of a transaction; empty for payments on credit. */
  readonly transaction: string;
  readonly network: string | undefined;
  /** Null when the caller may not see it. */
  readonly certificate: BLSCert | null;
  /** Members of the scheme. */
  readonly extra: JsonObject;
}

/**
 * Reads an answer of `/settle` in any of the spellings that facilitators use.
 *
 * @throws X402Error `MESSAGE_INVALID` when it is no settle answer, or its certificate is malformed.
 */
export function parseSettlement(raw: unknown, what = 'settlement'): Settlement {
  if (!isJsonObject(raw)) {
    throw new X402Error('MESSAGE_INVALID', `${what}: expected a JSON object`, { field: what });
  }
  const errorReason = text(memberOf(raw, 'errorReason', 'error_reason', 'error', 'message'));
  const success = memberOf(raw, 'success');
  if (typeof success !== 'boolean') {
    throw new X402Error('MESSAGE_INVALID', `${what}.success: expected true or false`, {
      field: `${what}.success`,
    });
  }
  const extra = memberOf(raw, 'extra');
  const members = isJsonObject(extra) ? extra : {};
  return {
    success,
    errorReason,
    payer: text(memberOf(raw, 'payer', 'userAddress', 'user_address')),
    transaction: text(memberOf(raw, 'transaction', 'transactionHash', 'txHash', 'tx_hash', 'hash')) ?? '',
    network: text(memberOf(raw, 'network', 'networkId', 'network_id')),
    certificate: readCertificate(memberOf(raw, 'certificate') ?? memberOf(members, 'certificate'), what),
    extra: members,
  };
}

function readCertificate(raw: unknown, what: string): BLSCert | null {
  if (raw === undefined) return null;
  try {
    return parseWith(BLSCertSchema, raw, `${what}.certificate`);
  } catch (error) {
    throw asMessageError(error);
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const RepaymentSchema = z.object({
  tabId: z.string(),
  reqId: z.string(),
  totalAmount: z.string(),
  asset: z.string(),
  recipient: z.string(),
  payBefore: z.number(),
  memo: z.string(),
});

/** Reads the repayment data of a settle answer or receipt; undefined when it has none. */
export function repaymentOf(settlement: Pick<Settlement, 'extra'>): Repayment | undefined {
  const result = z.safeParse(RepaymentSchema, settlement.extra.repayment);
  return result.success ? result.data : undefined;
}

/** Name of the header that carries the receipt of this version. */
export const receiptHeaderName = (version: X402Version): string =>
  version === 1 ? HEADERS.xPaymentResponse : HEADERS.paymentResponse;

/** Writes a receipt header. */
export const encodeReceiptHeader = (receipt: JsonObject): string => encodeHeader(receipt);

/**
 * Reads the receipt of a paid response.
 *
 * @param headers - the response's headers.
 * @returns undefined when the response has none.
 * @throws X402Error `MESSAGE_INVALID` when it has one that cannot be read.
 */
export function readReceipt(headers: { get(name: string): string | null }): Settlement | undefined {
  for (const name of [HEADERS.paymentResponse, HEADERS.xPaymentResponse]) {
    const header = headers.get(name);
    if (header !== null) return parseSettlement(decodeHeader(header, name), name);
  }
  return undefined;
}
