import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToHex, hexToBytes, parseBytes32, stripHexPrefix, ValidationError } from './index.js';

describe('hex', () => {
  it('goes there and back for any bytes, in any case, with or without prefix', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const expected = `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
        expect(bytesToHex(bytes)).toBe(expected);
        for (const text of [expected, expected.slice(2), expected.toUpperCase()]) {
          expect(hexToBytes(text)).toEqual(bytes);
        }
      }),
    );
  });

  it.each(['0', '0x0', '0xg0', '0x00 ', ' 0x00', '0x0x00', '00\n', '०१'])('refuses %j', (text) => {
    expect(() => hexToBytes(text, 'data')).toThrow(
      expect.objectContaining({ context: expect.objectContaining({ field: 'data' }) }),
    );
  });

  it('strips one prefix only', () => expect(stripHexPrefix('0x0x00')).toBe('0x00'));
});

describe('parseBytes32', () => {
  const digits = 'Ab'.repeat(32);
  it.each([digits, `0x${digits}`, `0X${digits}`])('reads %s as lower case', (text) => {
    expect(parseBytes32(text)).toBe(`0x${'ab'.repeat(32)}`);
  });
  it.each([undefined, null, '', '0x', `0x${'ab'.repeat(31)}`, `0x${'ab'.repeat(33)}`, `${digits}\n`, 5])(
    'refuses %s',
    (value) => {
      expect(() => parseBytes32(value, 'jobHash')).toThrow(ValidationError);
    },
  );
});
