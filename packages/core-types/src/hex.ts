import { bytesToHex as nobleBytesToHex, hexToBytes as nobleHexToBytes } from '@noble/hashes/utils';
import { ValidationError } from './errors.js';

/** Hexadecimal text with a `0x` prefix. */
export type Hex = `0x${string}`;

/** 32 bytes as 64 lower-case hexadecimal digits with `0x`. */
export type Bytes32 = Hex;

const HEX_DIGITS = /^(?:[0-9a-f]{2})*$/i;
const HEX_PREFIX = /^0x/i;

/** Removes a `0x` or `0X` prefix if there is one. */
export const stripHexPrefix = (text: string): string => text.replace(HEX_PREFIX, '');

/** Encodes bytes as lower-case hexadecimal text with `0x`. */
export const bytesToHex = (bytes: Uint8Array): Hex => `0x${nobleBytesToHex(bytes)}`;

/**
 * Decodes hexadecimal text, with or without `0x`, in any case.
 *
 * @throws ValidationError when the text has an odd number of digits or another character.
 */
export function hexToBytes(text: string, field = 'hex'): Uint8Array {
  const digits = stripHexPrefix(text);
  if (!HEX_DIGITS.test(digits)) throw new ValidationError(field, text, 'an even number of hex digits');
  return nobleHexToBytes(digits);
}

/** 32 zero bytes. */
export const ZERO_BYTES32: Bytes32 = `0x${'00'.repeat(32)}`;

/**
 * Reads 32 bytes from hexadecimal text, with or without `0x`.
 *
 * @returns the lower-case form with `0x`.
 * @throws ValidationError when it is not text of exactly 64 hex digits.
 */
export function parseBytes32(value: unknown, field = 'bytes32'): Bytes32 {
  if (typeof value === 'string') {
    const digits = stripHexPrefix(value);
    if (/^[0-9a-f]{64}$/i.test(digits)) return `0x${digits.toLowerCase()}`;
  }
  throw new ValidationError(field, value, '32 bytes as 64 hex digits');
}
