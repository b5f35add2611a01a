import { ValidationError } from './errors.js';
import type { Hex } from './hex.js';

/** A non-negative integer in any form that is accepted from users and on the wire. */
export type UintLike = bigint | number | string;

const DECIMAL = /^(?:0|[1-9][0-9]*)$/;
const HEX = /^0x[0-9a-f]+$/i;
const MAX_TEXT_LENGTH = 256;

/** The largest value of 256 bits. */
export const MAX_U256 = (1n << 256n) - 1n;
/** The largest value of 64 bits. */
export const MAX_U64 = (1n << 64n) - 1n;

/**
 * Reads an unsigned integer exactly: decimal text without leading zeros, `0x` text (leading zeros allowed), an integer
 * number up to 2^53-1, or a bigint. Signs, fractions, exponents, underscores, octal, binary, blanks and empty text are
 * refused, so that nothing is ever read as zero by accident.
 *
 * @param bits - size of the target type, such as 256 or 64.
 * @throws ValidationError naming the field, the value and what was expected.
 */
export function parseUint(value: unknown, bits: number, field: string): bigint {
  const parsed = toBigInt(value);
  if (parsed === undefined || parsed < 0n || parsed >> BigInt(bits) !== 0n) {
    throw new ValidationError(field, value, `an unsigned ${bits}-bit integer (decimal or 0x hex)`);
  }
  return parsed;
}

function toBigInt(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== 'string' || value.length > MAX_TEXT_LENGTH) return undefined;
  return DECIMAL.test(value) || HEX.test(value) ? BigInt(value) : undefined;
}

/** Reads an unsigned 256-bit integer: an amount in base units, a tab id, a reqId. See {@link parseUint}. */
export const parseU256 = (value: unknown, field = 'value'): bigint => parseUint(value, 256, field);

/** Reads an unsigned 64-bit integer: unix seconds, a duration in seconds, a chain id. See {@link parseUint}. */
export const parseU64 = (value: unknown, field = 'value'): bigint => parseUint(value, 64, field);

/** Encodes an unsigned integer as `0x` and lower-case digits without leading zeros; zero is `0x0`. */
export const uintToHex = (value: bigint): Hex => `0x${value.toString(16)}`;

/**
 * Converts to a JSON number.
 *
 * @throws ValidationError above 2^53-1, where a JSON number is no longer exact.
 */
export function toSafeNumber(value: bigint, field: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new ValidationError(field, value, 'at most 2^53-1, the largest exact JSON number');
  }
  return Number(value);
}
