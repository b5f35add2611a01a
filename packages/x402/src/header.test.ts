import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHeader, decodePaymentHeader, encodeHeader, MAX_HEADER_LENGTH, X402Error } from './index.js';
import { X402PaymentRequired } from './payment-required.js';
import { readReceipt } from './settlement.js';

/** An independent encoder: Node's own base64. */
const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** Runs a decoder and gives back what it threw, failing on anything but our own error. */
function refusalOf(decode: () => unknown): X402Error | undefined {
  try {
    decode();
    return undefined;
  } catch (error) {
    if (error instanceof X402Error) return error;
    throw error;
  }
}

describe('the header codec', () => {
  it('writes the base64 that Node writes, and reads it back', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: 'grapheme', minLength: 1 }).filter((key) => key !== '__proto__'),
          fc.string({ unit: 'grapheme' }),
        ),
        (value) => {
          const header = encodeHeader(value);
          expect(header).toBe(base64(JSON.stringify(value)));
          expect(decodeHeader(header, 'X')).toEqual({ ...value });
        },
      ),
    );
  });

  it('reads the URL-safe alphabet and missing padding as the same value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const header = base64(JSON.stringify({ text }));
        const urlSafe = header.replaceAll('+', '-').replaceAll('/', '_');
        const expected = decodeHeader(header, 'X');
        expect(decodeHeader(urlSafe, 'X')).toEqual(expected);
        expect(decodeHeader(urlSafe.replace(/=+$/, ''), 'X')).toEqual(expected);
      }),
    );
  });

  it('reads integers beyond 2^53 exactly', () => {
    expect(decodeHeader(base64('{"a":9007199254740993}'), 'X')).toEqual({ a: 9007199254740993n });
  });

  it.each([
    ['an impossible length', 'abcde'],
    ['characters of no alphabet', 'e30*'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00]).toString('base64')],
    ['text that is no JSON', base64('payment')],
    ['a repeated key', base64('{"a":1,"a":2}')],
    ['the key __proto__', base64('{"__proto__":1}')],
    ['nesting that is too deep', base64('['.repeat(40) + ']'.repeat(40))],
    ['more than 16 KiB', 'A'.repeat(MAX_HEADER_LENGTH + 1)],
  ])('refuses %s', (_what, header) => {
    expect(refusalOf(() => decodeHeader(header, 'X-PAYMENT'))).toMatchObject({ code: 'MESSAGE_INVALID' });
  });

  const decoders = [
    (header: string) => decodePaymentHeader(header),
    (header: string) => X402PaymentRequired.fromHeader(header),
    (header: string) => readReceipt(new Headers({ 'PAYMENT-RESPONSE': header })),
  ];

  it('never throws anything but X402Error, whatever the bytes', () => {
    const ascii = fc.string({
      unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          ascii,
          fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
        ),
        (header) => {
          for (const decode of decoders) refusalOf(() => decode(header));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never throws anything but X402Error, whatever the JSON', () => {
    const members = fc.constantFrom(
      'x402Version',
      'scheme',
      'network',
      'payload',
      'accepted',
      'accepts',
      'resource',
      'claims',
      'signature',
      'success',
      'extra',
      'certificate',
    );
    const values = fc.oneof(fc.jsonValue(), fc.constantFrom(1, 2, true, '4mica-credit', 'eip155:1', null));
    const json = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(members, fc.oneof(values, fc.dictionary(members, values))),
    );
    fc.assert(
      fc.property(json, (value) => {
        for (const decode of decoders) refusalOf(() => decode(base64(JSON.stringify(value))));
      }),
      { numRuns: 500 },
    );
  });
});
