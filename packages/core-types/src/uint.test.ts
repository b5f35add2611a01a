import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_U64,
  MAX_U256,
  parseU64,
  parseU256,
  parseUint,
  toSafeNumber,
  uintToHex,
  ValidationError,
} from './index.js';

describe('parseU256', () => {
  it.each([
    ['decimal text', '1000', 1000n],
    ['zero', '0', 0n],
    ['hex text', '0x3e8', 1000n],
    ['upper-case hex', '0x3E8', 1000n],
    ['hex with leading zeros', `0x${'00'.repeat(30)}03e8`, 1000n],
    ['hex zero', '0x0', 0n],
    ['a number', 1000, 1000n],
    ['2^53-1', Number.MAX_SAFE_INTEGER, 9007199254740991n],
    ['a bigint', 1000n, 1000n],
    ['2^256-1 in decimal', MAX_U256.toString(), MAX_U256],
    ['2^256-1 in hex', `0x${'f'.repeat(64)}`, MAX_U256],
  ])('accepts %s', (_, value, expected) => {
    expect(parseU256(value)).toBe(expected);
  });

  it.each([
    ['empty text', ''],
    ['0x', '0x'],
    ['0X', '0X'],
    ['a blank', ' '],
    ['a leading blank', ' 1'],
    ['a trailing line feed', '1\n'],
    ['plus', '+1'],
    ['minus', '-1'],
    ['minus zero text', '-0'],
    ['minus hex', '-0x1'],
    ['a fraction', '1.0'],
    ['an exponent', '1e3'],
    ['underscores', '1_000'],
    ['separators', '1,000'],
    ['octal', '0o17'],
    ['binary', '0b11'],
    ['decimal with leading zeros', '007'],
    ['hex without prefix', '3e8'],
    ['a letter', '12a'],
    ['arabic digits', '١٢٣'],
    ['fullwidth digits', '１２'],
    ['a superscript', '²'],
    ['the bigint suffix', '1n'],
    ['Infinity', 'Infinity'],
    ['2^256 in decimal', (MAX_U256 + 1n).toString()],
    ['2^256 in hex', `0x1${'0'.repeat(64)}`],
    ['a megabyte of digits', '9'.repeat(1_000_000)],
    ['a megabyte of zeros', `0x${'0'.repeat(1_000_000)}1`],
    ['2^53 as a number', 2 ** 53],
    ['a fraction number', 1.5],
    ['NaN', Number.NaN],
    ['an infinite number', Number.POSITIVE_INFINITY],
    ['a negative number', -1],
    ['a negative bigint', -1n],
    ['2^256 as a bigint', MAX_U256 + 1n],
    ['nothing', undefined],
    ['null', null],
    ['true', true],
    ['an array', ['1']],
    ['an object', { toString: () => '1' }],
    ['a Number object', Object(1)],
  ])('refuses %s', (_, value) => {
    expect(() => parseU256(value, 'amount')).toThrow(
      expect.objectContaining({
        code: 'INVALID_VALUE',
        context: expect.objectContaining({ field: 'amount' }),
      }),
    );
  });

  it('names field, value and expectation', () => {
    expect(() => parseU256('1e3', 'amount')).toThrow(
      'amount: expected an unsigned 256-bit integer (decimal or 0x hex), got "1e3"',
    );
  });
});

describe('parseU64', () => {
  it('ends at 2^64-1', () => {
    expect(parseU64('18446744073709551615')).toBe(MAX_U64);
    expect(() => parseU64('18446744073709551616')).toThrow(ValidationError);
  });
});

/** Reads an integer digit by digit, with number arithmetic on single digits only: shares nothing with the parser. */
function oracle(text: string): bigint | undefined {
  const isHex = text.startsWith('0x') || text.startsWith('0X');
  const digits = isHex ? text.slice(2) : text;
  const alphabet = isHex ? '0123456789abcdef' : '0123456789';
  if (digits === '' || (!isHex && digits.length > 1 && digits.startsWith('0'))) return undefined;
  let value = 0n;
  for (const digit of digits.toLowerCase()) {
    const weight = alphabet.indexOf(digit);
    if (weight < 0) return undefined;
    value = value * BigInt(alphabet.length) + BigInt(weight);
  }
  return value < 2n ** 256n ? value : undefined;
}

const read = (text: string): bigint | undefined => {
  try {
    return parseU256(text);
  } catch (error) {
    if (error instanceof ValidationError) return undefined;
    throw error;
  }
};

describe('properties', () => {
  const value = fc.bigInt({ min: 0n, max: MAX_U256 });

  it('reads every spelling of every value', () => {
    fc.assert(
      fc.property(value, fc.nat(20), (n, zeros) => {
        const hex = n.toString(16);
        expect(parseU256(n)).toBe(n);
        expect(parseU256(n.toString())).toBe(n);
        expect(parseU256(`0x${'0'.repeat(zeros)}${hex}`)).toBe(n);
        expect(parseU256(`0x${hex.toUpperCase()}`)).toBe(n);
        expect(parseU256(uintToHex(n))).toBe(n);
      }),
    );
  });

  it('agrees with the oracle on text made of what numbers are made of', () => {
    const parts = fc.constantFrom('0', '1', '9', 'a', 'F', '0x', '-', '.', 'e', '_', ' ', 'o', 'b');
    const almostNumbers = fc.array(parts, { maxLength: 8 }).map((list) => list.join(''));
    fc.assert(
      fc.property(fc.oneof(almostNumbers, fc.string(), value.map(String)), (text) => {
        expect(read(text)).toBe(oracle(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it('knows the largest value of every width', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 256 }), (bits) => {
        const limit = 1n << BigInt(bits);
        expect(parseUint(limit - 1n, bits, 'value')).toBe(limit - 1n);
        expect(() => parseUint(limit, bits, 'value')).toThrow(ValidationError);
      }),
    );
  });
});

describe('toSafeNumber', () => {
  it('converts up to 2^53-1 and refuses what a JSON number would round', () => {
    expect(toSafeNumber(9007199254740991n, 'timestamp')).toBe(9007199254740991);
    expect(() => toSafeNumber(9007199254740992n, 'timestamp')).toThrow('timestamp: expected at most 2^53-1');
  });
});
