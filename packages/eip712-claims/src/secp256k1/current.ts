import type { RecoverableSignature, Secp256k1Engine } from './engine.js';
import { portableEngine } from './portable.js';

let engine: Secp256k1Engine = portableEngine;

/** Signs a digest with the engine in use. */
export const signDigest = (digest: Uint8Array, privateKey: Uint8Array): RecoverableSignature =>
  engine.sign(digest, privateKey);

/** Recovers a public key with the engine in use. @throws Error when there is none. */
export const recoverPublicKey = (digest: Uint8Array, signature: RecoverableSignature): Uint8Array =>
  engine.recover(digest, signature);

/** Chooses the engine for the whole process. */
export function setEngine(next: Secp256k1Engine): void {
  engine = next;
}
