import { bls12_381 } from '@noble/curves/bls12-381';
import { concat, getBytes, hexlify, toBeHex, toBigInt, zeroPadValue } from 'ethers';

/** BLS12-381 in the test's own words: @noble/curves and the ciphersuite without proof of possession. */
const DST = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_';

export type G1Words = readonly [string, string, string, string];
export type G2Words = readonly string[];

const { Fp, Fp2, Fr } = bls12_381.fields;
const G1 = bls12_381.G1.ProjectivePoint;

export const secretKey = (byte: string): string => `0x${byte.repeat(32)}`;

const words = (coordinate: bigint): [string, string] => {
  const bytes = toBeHex(coordinate, 64);
  return [`0x${bytes.slice(2, 66)}`, `0x${bytes.slice(66)}`];
};

export function publicKeyWords(secret: string): G1Words {
  const { x, y } = G1.BASE.multiply(Fr.create(toBigInt(secret))).toAffine();
  return [...words(x), ...words(y)];
}

export function sign(message: string, secret: string): G2Words {
  const { longSignatures } = bls12_381;
  const { x, y } = longSignatures
    .sign(longSignatures.hash(getBytes(message), DST), getBytes(secret))
    .toAffine();
  return [x.c0, x.c1, y.c0, y.c1].flatMap(words);
}

export const INFINITY_G1: G1Words = words(0n).concat(words(0n)) as unknown as G1Words;
export const INFINITY_G2: G2Words = Array.from({ length: 4 }, () => words(0n)).flat();

const SORT_FLAG = 0x20;
const INFINITY_FLAG = 0x40;

/** Reads flags and coordinates of a compressed point without asking whether it is in the subgroup. */
function openCompressed(compressed: string) {
  const bytes = getBytes(compressed);
  const flags = bytes[0] ?? 0;
  bytes[0] = flags & 0x1f;
  return { bytes, isInfinity: (flags & INFINITY_FLAG) !== 0, isLarger: (flags & SORT_FLAG) !== 0 };
}

/** Expands a compressed G2 point of the curve, also one outside the subgroup. */
export function expandG2(compressed: string): G2Words {
  const { bytes, isInfinity, isLarger } = openCompressed(compressed);
  if (isInfinity) return INFINITY_G2;
  const x = { c1: toBigInt(bytes.slice(0, 48)), c0: toBigInt(bytes.slice(48)) };
  const root = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), { c0: 4n, c1: 4n }));
  const negative = Fp2.neg(root);
  const rootIsLarger = root.c1 === negative.c1 ? root.c0 > negative.c0 : root.c1 > negative.c1;
  const y = rootIsLarger === isLarger ? root : negative;
  return [x.c0, x.c1, y.c0, y.c1].flatMap(words);
}

/** Expands a compressed G1 point of the curve, also one outside the subgroup. */
export function expandG1(compressed: string): G1Words {
  const { bytes, isInfinity, isLarger } = openCompressed(compressed);
  if (isInfinity) return INFINITY_G1;
  const x = toBigInt(bytes);
  const root = Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(x), x), 4n));
  const negative = Fp.neg(root);
  const y = root > negative === isLarger ? root : negative;
  return [...words(x), ...words(y)];
}

/** The precompiles' form of a point, for messages of failing tests. */
export const wordsToHex = (point: readonly string[]): string =>
  hexlify(concat(point.map((w) => zeroPadValue(w, 32))));
