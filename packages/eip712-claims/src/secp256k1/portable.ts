import { secp256k1 } from '@noble/curves/secp256k1';
import { parityOf, type Secp256k1Engine } from './engine.js';

/** Tells whether 32 bytes are a private key: above zero and below the group order. */
export const isPrivateKey = (key: Uint8Array): boolean => secp256k1.utils.isValidPrivateKey(key);

/** Derives the uncompressed public key without its `0x04` prefix: 64 bytes. */
export const publicKeyOf = (privateKey: Uint8Array): Uint8Array =>
  secp256k1.getPublicKey(privateKey, false).subarray(1);

/** JavaScript alone; runs everywhere. */
export const portableEngine: Secp256k1Engine = {
  name: 'portable',
  sign: (digest, privateKey) => {
    const signature = secp256k1.sign(digest, privateKey, { lowS: true, prehash: false });
    return { compact: signature.toCompactRawBytes(), yParity: parityOf(signature.recovery) };
  },
  recover: (digest, { compact, yParity }) =>
    secp256k1.Signature.fromCompact(compact)
      .addRecoveryBit(yParity)
      .recoverPublicKey(digest)
      .toRawBytes(false)
      .subarray(1),
};
