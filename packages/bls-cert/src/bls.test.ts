import { bytesToHex, hexToBytes } from '@fourmica/core-types';
import { bls12_381 } from '@noble/curves/bls12-381';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bls, CERTIFICATE_DST, loadBls, VerificationError } from './index.js';

const { longSignatures: noble, fields, G1, G2 } = bls12_381;

let bls: Bls;
beforeAll(async () => {
  bls = await loadBls();
});

const secretKeys = fc
  .bigInt({ min: 1n, max: fields.Fr.ORDER - 1n })
  .map((key) => hexToBytes(key.toString(16).padStart(64, '0')));
const messages = fc.uint8Array({ maxLength: 800 });
const hashToCurve = (message: Uint8Array) => noble.hash(message, CERTIFICATE_DST);

const codeOf = (work: () => unknown): string => {
  try {
    return String(work());
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    throw error;
  }
};

describe('signatures', () => {
  it('are those of an independent implementation, and verify there and here', () => {
    fc.assert(
      fc.property(secretKeys, messages, (secretKey, message) => {
        const publicKey = bls.publicKeyOf(secretKey);
        const signature = bls.sign(secretKey, message);
        expect(bytesToHex(publicKey)).toBe(bytesToHex(noble.getPublicKey(secretKey).toBytes(true)));
        expect(bytesToHex(signature)).toBe(
          bytesToHex(noble.sign(hashToCurve(message), secretKey).toBytes(true)),
        );
        expect(bls.verify(publicKey, message, signature)).toBe(true);
        expect(noble.verify(signature, hashToCurve(message), publicKey)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('do not verify over another message or with another key', () => {
    fc.assert(
      fc.property(secretKeys, secretKeys, messages, (secretKey, otherKey, message) => {
        fc.pre(bytesToHex(secretKey) !== bytesToHex(otherKey));
        const signature = bls.sign(secretKey, message);
        expect(bls.verify(bls.publicKeyOf(otherKey), message, signature)).toBe(false);
        expect(bls.verify(bls.publicKeyOf(secretKey), Uint8Array.of(...message, 0), signature)).toBe(false);
      }),
      { numRuns: 15 },
    );
  });

  it('of the ciphersuite with proof of possession do not verify', () => {
    const secretKey = new Uint8Array(32).fill(1);
    const message = Uint8Array.of(1, 2, 3);
    const point = noble.hash(message, CERTIFICATE_DST.replace('NUL', 'POP'));
    const signature = noble.sign(point, secretKey).toBytes(true);
    expect(bls.verify(bls.publicKeyOf(secretKey), message, signature)).toBe(false);
  });
});

describe('Solidity words', () => {
  it('are the affine coordinates of an independent implementation, both ways', () => {
    fc.assert(
      fc.property(secretKeys, messages, (secretKey, message) => {
        const publicKey = bls.publicKeyOf(secretKey);
        const signature = bls.sign(secretKey, message);
        const split = (coordinate: bigint) => {
          const text = coordinate.toString(16).padStart(128, '0');
          return [`0x${text.slice(0, 64)}`, `0x${text.slice(64)}`];
        };
        const { x, y } = G1.ProjectivePoint.fromHex(publicKey).toAffine();
        const s = G2.ProjectivePoint.fromHex(signature).toAffine();
        expect(bls.publicKeyToWords(publicKey)).toEqual([x, y].flatMap(split));
        expect(bls.signatureToWords(signature)).toEqual([s.x.c0, s.x.c1, s.y.c0, s.y.c1].flatMap(split));
        expect(bls.signatureToWords(signature, { alreadyVerified: true })).toEqual(
          bls.signatureToWords(signature),
        );
        expect(bls.publicKeyFromWords(bls.publicKeyToWords(publicKey))).toEqual(publicKey);
        expect(bls.signatureFromWords(bls.signatureToWords(signature))).toEqual(signature);
      }),
      { numRuns: 10 },
    );
  });

  const zero = `0x${'00'.repeat(32)}`;
  const one = `0x${'00'.repeat(31)}01`;
  it.each([
    ['no list', null as unknown as string[], 'BLS_WORDS_INVALID'],
    ['too few words', [zero, one, zero], 'BLS_WORDS_INVALID'],
    ['a word of another length', [zero, '0x01', zero, one], 'BLS_WORDS_INVALID'],
    ['a high word above 16 bytes', [`0x01${'00'.repeat(31)}`, one, zero, one], 'BLS_WORDS_INVALID'],
    [
      'flag bits in a coordinate',
      [`0x${'00'.repeat(16)}80${'00'.repeat(15)}`, one, zero, one],
      'CERTIFICATE_PUBLIC_KEY_ENCODING',
    ],
    ['infinity', [zero, zero, zero, zero], 'CERTIFICATE_PUBLIC_KEY_INFINITY'],
    ['no curve point', [zero, one, zero, one], 'CERTIFICATE_PUBLIC_KEY_ENCODING'],
  ])('refuse %s', (_, words, code) => {
    expect(codeOf(() => bls.publicKeyFromWords(words))).toBe(code);
  });

  it('refuse a key outside the subgroup', () => {
    const point = pointOutsideSubgroup();
    const text = [point.x, point.y].map((c) => c.toString(16).padStart(128, '0')).join('');
    const words = Array.from({ length: 4 }, (_, i) => `0x${text.slice(64 * i, 64 * i + 64)}`);
    expect(codeOf(() => bls.publicKeyFromWords(words))).toBe('CERTIFICATE_PUBLIC_KEY_SUBGROUP');
  });
});

/** A point of the curve y² = x³ + 4 whose order is not the prime one, found by trying small x. */
function pointOutsideSubgroup(): { x: bigint; y: bigint } {
  const { Fp } = fields;
  for (let x = 1n; ; x++) {
    const square = Fp.add(Fp.pow(x, 3n), 4n);
    if (Fp.pow(square, (Fp.ORDER - 1n) / 2n) !== Fp.ONE) continue;
    const y = Fp.sqrt(square);
    const point = G1.ProjectivePoint.fromAffine({ x, y });
    if (!point.isTorsionFree()) return { x, y };
  }
}

describe('keys and points', () => {
  const message = Uint8Array.of(1);
  const secretKey = new Uint8Array(32).fill(1);
  const order = fields.Fr.ORDER.toString(16).padStart(64, '0');

  it.each([
    ['31 bytes', new Uint8Array(31).fill(1)],
    ['33 bytes', new Uint8Array(33).fill(1)],
    ['zero', new Uint8Array(32)],
    ['the group order', hexToBytes(order)],
    ['2^256-1', new Uint8Array(32).fill(0xff)],
  ])('refuses %s as a secret key without showing it', (_, key) => {
    const refusal = expect.objectContaining({
      code: 'BLS_SECRET_KEY_INVALID',
      message: expect.not.stringContaining(Buffer.from(key).toString('hex')),
    });
    expect(() => bls.sign(key, message)).toThrow(refusal);
    expect(() => bls.publicKeyOf(key)).toThrow(refusal);
  });

  it('refuses infinity as key and as signature, which together would verify everything (S-2)', () => {
    const infinity = (size: number) => Uint8Array.of(0xc0, ...new Uint8Array(size - 1));
    expect(codeOf(() => bls.verify(infinity(48), message, infinity(96)))).toBe(
      'CERTIFICATE_PUBLIC_KEY_INFINITY',
    );
    expect(codeOf(() => bls.verify(bls.publicKeyOf(secretKey), message, infinity(96)))).toBe(
      'CERTIFICATE_SIGNATURE_INFINITY',
    );
  });

  it('refuses a public key outside the subgroup', () => {
    const { x, y } = pointOutsideSubgroup();
    const bytes = hexToBytes(x.toString(16).padStart(96, '0'));
    bytes[0] = 0x80 | (y > fields.Fp.ORDER / 2n ? 0x20 : 0);
    expect(codeOf(() => bls.publicKeyToWords(bytes))).toBe('CERTIFICATE_PUBLIC_KEY_SUBGROUP');
  });

  it('answers every flipped bit of a signature with false or a typed refusal', () => {
    const signature = bls.sign(secretKey, message);
    const publicKey = bls.publicKeyOf(secretKey);
    for (let bit = 0; bit < signature.length * 8; bit += 7) {
      const flipped = signature.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(codeOf(() => bls.verify(publicKey, message, flipped))).toMatch(
        /^(false|CERTIFICATE_SIGNATURE_(ENCODING|SUBGROUP))$/,
      );
    }
  });
});
