import type { SecretKey } from '@chainsafe/bls/herumi';

/** A point of the library. */
export interface HerumiPoint {
  deserialize(bytes: Uint8Array): void;
  deserializeUncompressed(bytes: Uint8Array): void;
  serialize(): Uint8Array;
  serializeUncompressed(): Uint8Array;
  isZero(): boolean;
  isValidOrder(): boolean;
}

/** A public key of the library. */
export interface HerumiPublicKey extends HerumiPoint {
  verify(signature: HerumiPoint, message: Uint8Array): boolean;
}

/** The part of the module `bls-eth-wasm` that is used; `setDstG2` is missing in its own types. */
export interface HerumiModule {
  readonly PublicKey: new () => HerumiPublicKey;
  readonly Signature: new () => HerumiPoint;
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
  if (!isHerumiModule(module)) throw new TypeError('bls-eth-wasm: expected a module with setDstG2');
  return { SecretKey, module };
}

const isHerumiModule = (module: unknown): module is HerumiModule =>
  typeof module === 'object' && module !== null && 'setDstG2' in module && 'PublicKey' in module;

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
