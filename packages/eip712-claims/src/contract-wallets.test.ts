import { bytesToHex, parseAddress } from '@fourmica/core-types';
import { getAddress } from 'ethers';
import * as fc from 'fast-check';
import { parseErc6492Signature, serializeErc6492Signature } from 'viem';
import { describe, expect, it } from 'vitest';
import {
  contractSignatureCall,
  contractSignatureVerdict,
  unwrapUndeployedSignature,
  wrapUndeployedSignature,
} from './contract-wallets.js';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const undeployed = fc.record({
  factory: fc
    .uint8Array({ minLength: 20, maxLength: 20 })
    .map((address) => parseAddress(getAddress(bytesToHex(address)))),
  factoryData: bytes(100),
  signature: bytes(100),
});
const toBytes = (hex: string) => Uint8Array.from(Buffer.from(hex.slice(2), 'hex'));

describe('a signature of a wallet that is not deployed yet (ERC-6492)', () => {
  it('is wrapped as viem does, and unwrapped again', () => {
    fc.assert(
      fc.property(undeployed, (value) => {
        const wrapped = wrapUndeployedSignature(value);
        const [data, signature] = [bytesToHex(value.factoryData), bytesToHex(value.signature)];
        expect(wrapped).toBe(serializeErc6492Signature({ address: value.factory, data, signature }));
        expect(parseErc6492Signature(wrapped)).toMatchObject({ data, signature });
        expect(unwrapUndeployedSignature(toBytes(wrapped))).toEqual(value);
      }),
    );
  });

  it('is opened only when it is written as it would be written again', () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    fc.assert(
      fc.property(undeployed, fc.array(change, { maxLength: 3 }), fc.nat(40), (value, changes, cut) => {
        const wrapped = toBytes(wrapUndeployedSignature(value));
        for (const { at, byte } of changes) wrapped[at % (wrapped.length - 32)] = byte;
        const shortened = wrapped.subarray(cut);
        for (const input of [wrapped, shortened]) {
          const opened = unwrapUndeployedSignature(input);
          if (opened !== undefined) expect(wrapUndeployedSignature(opened)).toBe(bytesToHex(input));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['the mark alone', toBytes(`0x${'6492'.repeat(16)}`)],
    ['an ordinary signature', new Uint8Array(65).fill(1)],
    [
      'an offset far behind the end',
      toBytes(
        `0x${'00'.repeat(32)}${'ff'.repeat(32)}${'ff'.repeat(32)}${'00'.repeat(64)}${'6492'.repeat(16)}`,
      ),
    ],
  ])('is not %s', (_, input) => {
    expect(unwrapUndeployedSignature(input)).toBeUndefined();
  });
});

describe('contractSignatureCall', () => {
  const wallet = parseAddress(`0x${'11'.repeat(20)}`);

  it.each([
    ['a digest of another length', new Uint8Array(31), '0x', 'INVALID_VALUE'],
    ['a signature that is no hex', new Uint8Array(32), '0xzz', 'SIGNATURE_NOT_HEX'],
    ['a signature above 16 KiB', new Uint8Array(32), '00'.repeat(16_385), 'SIGNATURE_LENGTH'],
  ])('refuses %s', (_, digest, signature, code) => {
    expect(() => contractSignatureCall(wallet, digest, signature)).toThrow(expect.objectContaining({ code }));
  });

  it.each(['0x', '0x01', `0x${'00'.repeat(31)}02`, `0x${'00'.repeat(64)}`, undefined, null, 1])(
    'takes the answer %s neither for yes nor for no',
    (answer) => {
      expect(() => contractSignatureVerdict(answer)).toThrow(
        expect.objectContaining({ code: 'CONTRACT_WALLET_UNAVAILABLE' }),
      );
    },
  );
});
