import { bytesToHex } from '@fourmica/core-types';
import type { Secp256k1Engine } from './engine.js';
import { portableEngine, publicKeyOf } from './portable.js';

const KEY = new Uint8Array(32).fill(1);
const DIGEST = new Uint8Array(32).fill(2);

/**
 * Compares an engine with the portable one on a known key and digest.
 *
 * @throws Error when it gives another signature or public key.
 */
export function testEngine(engine: Secp256k1Engine): void {
  const expected = portableEngine.sign(DIGEST, KEY);
  const signature = engine.sign(DIGEST, KEY);
  const agrees =
    signature.yParity === expected.yParity &&
    bytesToHex(signature.compact) === bytesToHex(expected.compact) &&
    bytesToHex(engine.recover(DIGEST, signature)) === bytesToHex(publicKeyOf(KEY));
  if (!agrees) throw new Error(`secp256k1: the ${engine.name} engine fails its known answer`);
}
