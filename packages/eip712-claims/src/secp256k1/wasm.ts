import { parityOf, type Secp256k1Engine } from './engine.js';

/** libsecp256k1 compiled to WebAssembly, from the optional dependency `@bitauth/libauth`. */
export async function loadWasmEngine(): Promise<Secp256k1Engine> {
  const { instantiateSecp256k1 } = await import('@bitauth/libauth');
  const library = await instantiateSecp256k1();
  return {
    name: 'wasm',
    sign: (digest, privateKey) => {
      const signed = library.signMessageHashRecoverableCompact(privateKey, digest);
      if (typeof signed === 'string') throw new Error(signed);
      return { compact: signed.signature, yParity: parityOf(signed.recoveryId) };
    },
    recover: (digest, { compact, yParity }) => {
      const publicKey = library.recoverPublicKeyUncompressed(compact, yParity, digest);
      if (typeof publicKey === 'string') throw new Error(publicKey);
      return publicKey.subarray(1);
    },
  };
}
