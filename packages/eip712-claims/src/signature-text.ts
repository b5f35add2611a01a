import { bytesToHex, type Hex, stripHexPrefix } from '@fourmica/core-types';
import { hexToBytes } from '@noble/hashes/utils';
import { SigningError } from './errors.js';
import type { RecoverableSignature } from './secp256k1/engine.js';

const COMPACT_SIZE = 64;
const SIGNATURE_SIZE = COMPACT_SIZE + 1;
const HEX_BYTES = /^(?:[0-9a-f]{2})*$/i;
/** Half the group order of secp256k1, rounded down. */
const HALF_ORDER = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0';

/**
 * Reads a 65-byte signature `r || s || v` from hex text, `0x` optional.
 *
 * @throws SigningError `SIGNATURE_NOT_HEX`, `SIGNATURE_LENGTH` or `SIGNATURE_HIGH_S`.
 */
export function parseSignature(text: unknown): RecoverableSignature {
  const digits = hexDigitsOf(text);
  if (digits.length !== 2 * SIGNATURE_SIZE) {
    const length = digits.length / 2;
    throw new SigningError('SIGNATURE_LENGTH', `signature: expected 65 bytes r || s || v, got ${length}`, {
      length,
    });
  }
  const yParity = parityOf(Number.parseInt(digits.slice(2 * COMPACT_SIZE), 16));
  const s = digits.slice(COMPACT_SIZE, 2 * COMPACT_SIZE);
  if (s > HALF_ORDER) {
    throw new SigningError(
      'SIGNATURE_HIGH_S',
      'signature: expected s in the lower half of the group order (EIP-2); sign again with a wallet that follows it',
    );
  }
  return { compact: hexToBytes(digits.slice(0, 2 * COMPACT_SIZE)), yParity };
}

/** Writes a signature as 65 bytes of hex with `v` 27 or 28. */
export const formatSignature = ({ compact, yParity }: RecoverableSignature): Hex =>
  `${bytesToHex(compact)}${yParity === 0 ? '1b' : '1c'}`;

function hexDigitsOf(text: unknown): string {
  const digits = typeof text === 'string' ? stripHexPrefix(text).toLowerCase() : undefined;
  if (digits === undefined || !HEX_BYTES.test(digits)) {
    throw new SigningError('SIGNATURE_NOT_HEX', 'signature: expected 65 bytes as 130 hex digits');
  }
  return digits;
}

function parityOf(v: number): 0 | 1 {
  if (v === 0 || v === 27) return 0;
  if (v === 1 || v === 28) return 1;
  throw new SigningError(
    'SIGNATURE_LENGTH',
    `signature: expected the last byte v to be 0, 1, 27 or 28, got ${v}`,
    { length: SIGNATURE_SIZE, v },
  );
}
