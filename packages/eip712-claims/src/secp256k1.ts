import { secp256k1 } from '@noble/curves/secp256k1';

const { n: ORDER } = secp256k1.CURVE;

/** Tells whether 32 bytes are a private key: above zero and below the group order. */
export const isPrivateKey = (key: Uint8Array): boolean => secp256k1.utils.isValidPrivateKey(key);

/** Derives the uncompressed public key without its `0x04` prefix: 64 bytes. */
export const publicKeyOf = (privateKey: Uint8Array): Uint8Array =>
  secp256k1.getPublicKey(privateKey, false).subarray(1);

/** A signature as numbers. */
export interface SignatureParts {
  readonly r: bigint;
  readonly s: bigint;
  /** Which of the two points with the abscissa `r` was meant. */
  readonly yParity: 0 | 1;
}

/** Signs a digest: deterministic (RFC 6979), low `s` (EIP-2). */
export function signDigest(digest: Uint8Array, privateKey: Uint8Array): SignatureParts {
  const { r, s, recovery } = secp256k1.sign(digest, privateKey, { lowS: true, prehash: false });
  return { r, s, yParity: recovery === 1 ? 1 : 0 };
}

/** Tells whether `s` is above half the group order, the form that EIP-2 refuses. */
export const isHighS = (s: bigint): boolean => s > ORDER >> 1n;

/**
 * Recovers the uncompressed public key (64 bytes, no prefix) that signed a digest.
 *
 * @throws Error when `r` or `s` is out of range or no point belongs to `r`.
 */
export const recoverPublicKey = (digest: Uint8Array, { r, s, yParity }: SignatureParts): Uint8Array =>
  new secp256k1.Signature(r, s)
    .addRecoveryBit(yParity)
    .recoverPublicKey(digest)
    .toRawBytes(false)
    .subarray(1);
