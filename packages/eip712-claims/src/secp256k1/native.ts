import { parityOf, type Secp256k1Engine } from './engine.js';

/** The part of the package `secp256k1` that is used. */
interface NativeLibrary {
  ecdsaSign(digest: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number };
  ecdsaRecover(signature: Uint8Array, recid: number, digest: Uint8Array, compressed: boolean): Uint8Array;
}

/** The addon alone: the package's main file falls back to slow JavaScript without saying so. */
const ADDON = 'secp256k1/bindings.js';

/** libsecp256k1 as a Node addon, from the optional dependency `secp256k1`. */
export async function loadNativeEngine(): Promise<Secp256k1Engine> {
  const module: unknown = await import(/* @vite-ignore */ /* webpackIgnore: true */ ADDON);
  const library = defaultExportOf(module);
  if (!isNativeLibrary(library)) throw new TypeError(`${ADDON}: expected ecdsaSign and ecdsaRecover`);
  return {
    name: 'native',
    sign: (digest, privateKey) => {
      const { signature, recid } = library.ecdsaSign(digest, privateKey);
      return { compact: signature, yParity: parityOf(recid) };
    },
    recover: (digest, { compact, yParity }) =>
      library.ecdsaRecover(compact, yParity, digest, false).subarray(1),
  };
}

const defaultExportOf = (module: unknown): unknown =>
  typeof module === 'object' && module !== null && 'default' in module ? module.default : module;

const isNativeLibrary = (library: unknown): library is NativeLibrary =>
  typeof library === 'object' && library !== null && 'ecdsaSign' in library && 'ecdsaRecover' in library;
