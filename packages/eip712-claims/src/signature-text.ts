import { bytesToHex, type Hex, stripHexPrefix } from '@fourmica/core-types';
import { hexToBytes } from '@noble/hashes/utils';
import { SigningError } from './errors.js';
import { isHighS, type SignatureParts } from './secp256k1.js';

const SIGNATURE_SIZE = 65;
const HEX_BYTES = /^(?:[0-9a-f]{2})*$/i;

/**
 * Reads a 65-byte signature `r || s || v` from hex text, `0x` optional.
 *
 * @throws SigningError `SIGNATURE_NOT_HEX`, `SIGNATURE_LENGTH` or `SIGNATURE_HIGH_S`.
 */
export function parseSignature(text: unknown): SignatureParts {
  const bytes = decodeText(text);
  if (bytes.length !== SIGNATURE_SIZE) {
    throw new SigningError(
      'SIGNATURE_LENGTH',
      `signature: expected 65 bytes r || s || v, got ${bytes.length}`,
      {
        length: bytes.length,
      },
    );
  }
  const s = uint(bytes.subarray(32, 64));
  const yParity = parityOf(bytes[SIGNATURE_SIZE - 1] as number);
  if (isHighS(s)) {
    throw new SigningError(
      'SIGNATURE_HIGH_S',
      'signature: expected s in the lower half of the group order (EIP-2); sign again with a wallet that follows it',
    );
  }
  return { r: uint(bytes.subarray(0, 32)), s, yParity };
}

/** Writes a signature as 65 bytes of hex with `v` 27 or 28. */
export const formatSignature = ({ r, s, yParity }: SignatureParts): Hex =>
  `0x${hexWord(r)}${hexWord(s)}${yParity === 0 ? '1b' : '1c'}`;

function decodeText(text: unknown): Uint8Array {
  const digits = typeof text === 'string' ? stripHexPrefix(text) : '';
  if (typeof text !== 'string' || !HEX_BYTES.test(digits)) {
    throw new SigningError('SIGNATURE_NOT_HEX', 'signature: expected 65 bytes as 130 hex digits');
  }
  return hexToBytes(digits);
}

function parityOf(v: number): 0 | 1 {
  if (v === 0 || v === 27) return 0;
  if (v === 1 || v === 28) return 1;
  throw new SigningError(
    'SIGNATURE_LENGTH',
    `signature: expected the last byte v to be 0, 1, 27 or 28, got ${v}`,
    {
      length: SIGNATURE_SIZE,
      v,
    },
  );
}

const uint = (bytes: Uint8Array): bigint => BigInt(bytesToHex(bytes));
const hexWord = (value: bigint): string => value.toString(16).padStart(64, '0');
