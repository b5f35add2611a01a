import { bytesToHex, type Hex } from '@fourmica/core-types';

/** Computes SHA-256 with the platform's implementation. */
export async function sha256(bytes: Uint8Array): Promise<Hex> {
  const copy = new Uint8Array(bytes);
  return bytesToHex(new Uint8Array(await crypto.subtle.digest('SHA-256', copy)));
}
