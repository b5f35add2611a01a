import { bytesToHex } from '@fourmica/core-types';
import { VerificationError } from './errors.js';

/** Size of a coordinate of BLS12-381 in bytes. */
export const FIELD_SIZE = 48;

const FIELD_PRIME = BigInt(
  '0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab',
);
const COMPRESSED = 0x80;
const INFINITY = 0x40;
const FLAGS = 0xe0;

/** What is encoded; decides the error codes. */
export type PointRole = 'SIGNATURE' | 'PUBLIC_KEY';

const COMPRESSED_SIZE: Readonly<Record<PointRole, number>> = { PUBLIC_KEY: 48, SIGNATURE: 96 };

/** Creates the error of a refused point. */
export const pointError = (
  role: PointRole,
  defect: 'LENGTH' | 'ENCODING' | 'INFINITY' | 'SUBGROUP',
  expected: string,
): VerificationError =>
  new VerificationError(
    `CERTIFICATE_${role}_${defect}`,
    `${role === 'SIGNATURE' ? 'signature' : 'public key'}: expected ${expected}`,
  );

/**
 * Checks everything about a compressed point that needs no curve arithmetic (ZCash serialisation): length, flag bits,
 * infinity, coordinates below the field prime.
 *
 * @throws VerificationError `…_LENGTH`, `…_ENCODING` or `…_INFINITY`.
 */
export function checkCompressedPoint(role: PointRole, bytes: Uint8Array): void {
  const size = COMPRESSED_SIZE[role];
  if (bytes.length !== size) throw pointError(role, 'LENGTH', `${size} bytes, got ${bytes.length}`);
  const flags = bytes[0] as number;
  if ((flags & COMPRESSED) === 0) throw pointError(role, 'ENCODING', 'a compressed point');
  if ((flags & INFINITY) !== 0) {
    const isPlain = flags === (COMPRESSED | INFINITY) && bytes.subarray(1).every((byte) => byte === 0);
    throw isPlain
      ? pointError(role, 'INFINITY', 'another point than infinity')
      : pointError(role, 'ENCODING', 'a point at infinity to have no other bits set');
  }
  const unflagged = bytes.slice();
  unflagged[0] = flags & ~FLAGS;
  for (let start = 0; start < size; start += FIELD_SIZE) {
    if (BigInt(bytesToHex(unflagged.subarray(start, start + FIELD_SIZE))) >= FIELD_PRIME) {
      throw pointError(role, 'ENCODING', 'coordinates below the field prime');
    }
  }
}
