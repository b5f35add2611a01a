import { AbiCoder } from 'ethers';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AbiWriter, decodeUtf8, encodeUtf8, paddedSize, uintAt } from './abi-entry.js';
import { bytesToHex, type ETH_ASSET, parseWireAddress, ValidationError } from './index.js';

describe('AbiWriter', () => {
  it('writes words like ethers', () => {
    const address = fc
      .uint8Array({ minLength: 20, maxLength: 20 })
      .map((b) => parseWireAddress(bytesToHex(b)));
    const word = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const uint = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
    fc.assert(
      fc.property(
        uint,
        fc.nat(255),
        address,
        word,
        fc.uint8Array({ maxLength: 100 }),
        (u256, u8, account, hash, data) => {
          const bytes = new AbiWriter(5 * 32 + 32 + paddedSize(data.length))
            .uint(u256, 256, 'a')
            .uint(u8, 8, 'b')
            .address(account, 'c')
            .bytes32(bytesToHex(hash), 'd')
            .uint(5 * 32, 256, 'offset')
            .dynamicBytes(data)
            .finish();
          const expected = AbiCoder.defaultAbiCoder().encode(
            ['uint256', 'uint8', 'address', 'bytes32', 'bytes'],
            [u256, u8, account, hash, data],
          );
          expect(bytesToHex(bytes)).toBe(expected);
          expect(uintAt(bytes, 0)).toBe(u256);
        },
      ),
    );
  });

  it.each([
    ['a value that is too large', (w: AbiWriter) => w.uint(256n, 8, 'field')],
    ['a negative value', (w: AbiWriter) => w.uint(-1n, 256, 'field')],
    ['an inexact number', (w: AbiWriter) => w.uint(2 ** 53, 256, 'field')],
    ['a short address', (w: AbiWriter) => w.address('0x12' as typeof ETH_ASSET, 'field')],
    [
      'an address without digits',
      (w: AbiWriter) => w.address(`0x${'zz'.repeat(20)}` as typeof ETH_ASSET, 'field'),
    ],
    ['a short hash', (w: AbiWriter) => w.bytes32('0x', 'field')],
    ['no hash', (w: AbiWriter) => w.bytes32(undefined as unknown as '0x', 'field')],
  ])('refuses %s, by name', (_, write) => {
    expect(() => write(new AbiWriter(32))).toThrow(
      expect.objectContaining({
        code: 'INVALID_VALUE',
        context: expect.objectContaining({ field: 'field' }),
      }),
    );
  });
});

describe('UTF-8', () => {
  it('is exact both ways for well-formed text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeUtf8(encodeUtf8(text, 'tag'))).toBe(text);
      }),
    );
    expect(decodeUtf8(encodeUtf8('\ufeffbom', 'tag'))).toBe('\ufeffbom');
  });

  it.each(['\ud800', 'a\udc00b', '\udc00\ud800'])('refuses the lone surrogate in %j', (text) => {
    expect(() => encodeUtf8(text, 'tag')).toThrow(ValidationError);
  });

  it.each([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]])(
    'does not decode %s',
    (...bytes) => {
      expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined();
    },
  );
});
