import { parseStrictJson, stringifyStrictJson } from '@fourmica/core-types';
import { decodeBase64, encodeBase64 } from './base64.js';
import { asMessageError, X402Error } from './errors.js';

/** The longest payment header that is read, in characters. */
export const MAX_HEADER_LENGTH = 16 * 1024;

/** Names of the headers of both x402 versions. */
export const HEADERS = {
  /** Version 1: the payer's payment. */
  xPayment: 'X-PAYMENT',
  /** Version 1: the receipt. */
  xPaymentResponse: 'X-PAYMENT-RESPONSE',
  /** Version 2: the offers of a 402. */
  paymentRequired: 'PAYMENT-REQUIRED',
  /** Version 2: the payer's payment. */
  paymentSignature: 'PAYMENT-SIGNATURE',
  /** Version 2: the receipt. */
  paymentResponse: 'PAYMENT-RESPONSE',
} as const;

/** Writes a JSON value as an x402 header: base64 with padding over UTF-8 JSON. */
export const encodeHeader = (value: unknown): string => encodeBase64(stringifyStrictJson(value));

/**
 * Reads the JSON value of an x402 header. Base64 may be standard or URL-safe, padded or not; JSON is read strictly
 * (no duplicate keys, exact integers, bounded depth).
 *
 * @param name - name of the header, for messages.
 * @throws X402Error `MESSAGE_INVALID` for anything that is no such header.
 */
export function decodeHeader(header: string, name: string): unknown {
  if (header.length > MAX_HEADER_LENGTH) {
    throw new X402Error(
      'MESSAGE_INVALID',
      `${name}: expected at most ${MAX_HEADER_LENGTH} characters, got ${header.length}`,
      { field: name },
    );
  }
  const json = decodeBase64(header.trim(), name);
  try {
    return parseStrictJson(json, name);
  } catch (error) {
    throw asMessageError(error);
  }
}
