import { getAddress } from 'ethers';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ETH_ASSET, lowerCaseAddress, parseAddress, parseWireAddress, ValidationError } from './index.js';

const CHECKSUMMED = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const LOWER = CHECKSUMMED.toLowerCase();
const UPPER = `0x${CHECKSUMMED.slice(2).toUpperCase()}`;
const WRONG_CASE = `0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed`;

describe('parseAddress', () => {
  it.each([CHECKSUMMED, LOWER, UPPER, `0X${CHECKSUMMED.slice(2)}`])('accepts %s', (text) => {
    expect(parseAddress(text)).toBe(CHECKSUMMED);
  });

  it('refuses a wrong checksum and shows the right one', () => {
    expect(() => parseAddress(WRONG_CASE, 'contract')).toThrow(
      `contract: expected a valid EIP-55 checksum (${CHECKSUMMED} if every digit is right), got "${WRONG_CASE}"`,
    );
  });

  it.each([
    ['no prefix', CHECKSUMMED.slice(2)],
    ['19 bytes', `0x${'11'.repeat(19)}`],
    ['21 bytes', `0x${'11'.repeat(21)}`],
    ['another letter', `0x${'1g'.repeat(20)}`],
    ['a blank', ` ${LOWER}`],
    ['a line feed at the end', `${LOWER}\n`],
    ['nothing', undefined],
    ['null', null],
    ['a number', 0],
    ['an ENS name', 'vitalik.eth'],
  ])('refuses %s', (_, value) => {
    expect(() => parseAddress(value)).toThrow(ValidationError);
  });

  it('agrees with ethers on the checksum of every address', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
        const lower = `0x${Buffer.from(bytes).toString('hex')}`;
        expect(parseAddress(lower)).toBe(getAddress(lower));
        expect(parseAddress(getAddress(lower))).toBe(getAddress(lower));
        expect(lowerCaseAddress(parseAddress(lower))).toBe(lower);
      }),
    );
  });

  it('agrees with ethers on which mixed cases are valid', () => {
    const flips = fc.array(fc.nat(39), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), flips, (bytes, positions) => {
        const digits = [...getAddress(`0x${Buffer.from(bytes).toString('hex')}`).slice(2)];
        for (const at of positions) {
          const digit = digits[at] as string;
          digits[at] = digit === digit.toLowerCase() ? digit.toUpperCase() : digit.toLowerCase();
        }
        const text = `0x${digits.join('')}`;
        const accepts = (parse: (text: string) => unknown): boolean => {
          try {
            parse(text);
            return true;
          } catch {
            return false;
          }
        };
        expect(accepts(parseAddress)).toBe(accepts(getAddress));
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseWireAddress', () => {
  it.each([CHECKSUMMED, LOWER, UPPER, WRONG_CASE, CHECKSUMMED.slice(2)])('reads %s by value', (text) => {
    expect(parseWireAddress(text)).toBe(CHECKSUMMED);
  });
  it.each([undefined, null, '', '0x', 5, `0x${'11'.repeat(21)}`])('refuses %s', (value) => {
    expect(() => parseWireAddress(value, 'asset')).toThrow(
      'asset: expected an address: 0x and 40 hex digits',
    );
  });
});

it('ETH is the zero address', () => expect(ETH_ASSET).toBe(`0x${'0'.repeat(40)}`));
