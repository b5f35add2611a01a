/** A recoverable signature as bytes. */
export interface RecoverableSignature {
  /** `r || s`, 64 bytes. */
  readonly compact: Uint8Array;
  /** Which of the two points with the abscissa `r` was meant. */
  readonly yParity: 0 | 1;
}

/** An implementation of ECDSA over secp256k1. All pass the same tests and give the same bytes. */
export interface Secp256k1Engine {
  readonly name: 'portable' | 'wasm' | 'native';
  /** Signs a 32-byte digest: deterministic (RFC 6979), low `s` (EIP-2). */
  sign(digest: Uint8Array, privateKey: Uint8Array): RecoverableSignature;
  /**
   * Recovers the uncompressed public key (64 bytes, no prefix) that signed a digest.
   *
   * @throws Error when `r` or `s` is out of range or no point belongs to `r`.
   */
  recover(digest: Uint8Array, signature: RecoverableSignature): Uint8Array;
}

/** Turns the number of a point into its parity; the numbers 2 and 3 belong to an `r` that no honest signer produces. */
export function parityOf(recoveryId: number): 0 | 1 {
  if (recoveryId === 0 || recoveryId === 1) return recoveryId;
  throw new Error('signature: r was reduced by the group order');
}
