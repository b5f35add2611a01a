import type { SecretKey } from '@chainsafe/bls/herumi';

/** A point of the library. */
export interface HerumiPoint {
  deserialize(bytes: Uint8Array): void;
  deserializeUncompressed(bytes: Uint8Array): void;
  serialize(): Uint8Array;
  serializeUncompressed(): Uint8Array;
  isZero(): boolean;
  isValidOrder(): boolean;
  /** The value in the library's own layout. */
  readonly a_: Uint32Array;
}

/** A scalar of the library. */
export interface HerumiScalar {
  setLittleEndian(bytes: Uint8Array): void;
  readonly a_: Uint32Array;
}

/** The functions of the library's C interface that have no wrapper. Positions are addresses in its memory. */
export interface HerumiFunctions {
  stackSave(): number;
  stackRestore(position: number): void;
  stackAlloc(size: number): number;
  sallocBytes(bytes: Uint8Array): number;
  sallocCopy(value: Uint32Array): number;
  sallocArray(values: readonly Uint32Array[]): number;
  _mclBnG2_hashAndMapToWithDst(
    out: number,
    message: number,
    size: number,
    dst: number,
    dstSize: number,
  ): number;
  _mclBnG2_mulVec(out: number, points: number, scalars: number, count: number): void;
  _blsVerifyPairing(signature: number, hashed: number, publicKey: number): number;
}

/** A public key of the library. */
export interface HerumiPublicKey extends HerumiPoint {
  verify(signature: HerumiPoint, message: Uint8Array): boolean;
}

/** The part of the module `bls-eth-wasm` that is used; `setDstG2` is missing in its own types. */
export interface HerumiModule {
  readonly PublicKey: new () => HerumiPublicKey;
  readonly Signature: new () => HerumiPoint;
  readonly Fr: new () => HerumiScalar;
  readonly mod: HerumiFunctions;
  setDstG2(dst: string): void;
  verifySignatureOrder(enabled: boolean): void;
  verifyPublicKeyOrder(enabled: boolean): void;
}

/** The two entries to one instance of the library. */
export interface Herumi {
  readonly SecretKey: typeof SecretKey;
  readonly module: HerumiModule;
}

/** Ciphersuite of 4Mica certificates: hash to G2 without proof of possession. */
export const CERTIFICATE_DST = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_';
/** What the library is set to by default, for Ethereum consensus. */
export const LIBRARY_DST = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_';

/** Loads and initialises the WebAssembly library. */
export async function loadHerumi(): Promise<Herumi> {
  const [{ SecretKey }, wasm] = await Promise.all([import('@chainsafe/bls/herumi'), import('bls-eth-wasm')]);
  const module: unknown = 'default' in wasm ? wasm.default : wasm;
  if (!isHerumiModule(module))
    throw new TypeError('bls-eth-wasm: expected an initialised module with setDstG2');
  return { SecretKey, module };
}

const isHerumiModule = (module: unknown): module is HerumiModule =>
  typeof module === 'object' && module !== null && 'setDstG2' in module && 'mod' in module;

/**
 * Runs `work` with the ciphersuite of certificates, then restores the library's default, because the instance is shared
 * with everything else in the process. `work` must be synchronous: nothing else may run in between.
 *
 * Inside, points are read without a subgroup check, so that the caller can do it and tell the two failures apart.
 */
export function withCertificateSettings<T>(module: HerumiModule, work: () => T): T {
  module.setDstG2(CERTIFICATE_DST);
  module.verifySignatureOrder(false);
  module.verifyPublicKeyOrder(false);
  try {
    return work();
  } finally {
    module.setDstG2(LIBRARY_DST);
    module.verifySignatureOrder(true);
    module.verifyPublicKeyOrder(true);
  }
}
