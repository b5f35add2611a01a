import { bytesToHex, type Hex, stripHexPrefix } from '@fourmica/core-types';
import { hexToBytes } from '@noble/hashes/utils';
import { SigningError } from './errors.js';
import type { RecoverableSignature } from './secp256k1/engine.js';

/** Forms of a signature that are read besides the 65 bytes of the wire. */
export interface SignatureForms {
  /** Also read 64 bytes `r || yParity and s` (EIP-2098). Default is false, because nobody accepts them on the wire. */
  readonly allowCompact?: boolean | undefined;
}

const COMPACT_SIZE = 64;
const SIGNATURE_SIZE = COMPACT_SIZE + 1;
/** The longest signature that is looked at, in bytes: contract wallets have signatures of their own making. */
export const MAX_SIGNATURE_SIZE = 16_384;
const HEX_BYTES = /^(?:[0-9a-f]{2})*$/i;
/** Half the group order of secp256k1, rounded down. */
const HALF_ORDER = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0';
/** The bit of EIP-2098 that holds `yParity`; the low half of the group order leaves it free. */
const PARITY_BIT = 0x80;

/**
 * Reads a signature from hex text, `0x` optional: 65 bytes `r || s || v`, and 64 bytes when they are allowed.
 *
 * @throws SigningError `SIGNATURE_NOT_HEX`, `SIGNATURE_LENGTH` or `SIGNATURE_HIGH_S`.
 */
export function parseSignature(
  text: unknown,
  { allowCompact = false }: SignatureForms = {},
): RecoverableSignature {
  const bytes = bytesOfSignature(text);
  if (allowCompact && bytes.length === COMPACT_SIZE) return lowS(separateParity(bytes));
  if (bytes.length !== SIGNATURE_SIZE) throw wrongLength(bytes.length, '65 bytes r || s || v');
  return lowS({ compact: bytes.subarray(0, COMPACT_SIZE), yParity: parityOf(bytes[COMPACT_SIZE] as number) });
}

/** Writes a signature as 65 bytes of hex with `v` 27 or 28. */
export const formatSignature = ({ compact, yParity }: RecoverableSignature): Hex =>
  `${bytesToHex(compact)}${yParity === 0 ? '1b' : '1c'}`;

/**
 * Converts 65 bytes `r || s || v` to the 64 bytes of EIP-2098.
 *
 * @throws SigningError `SIGNATURE_NOT_HEX`, `SIGNATURE_LENGTH` or `SIGNATURE_HIGH_S`.
 */
export function toCompactSignature(signature: string): Hex {
  const { compact, yParity } = parseSignature(signature);
  const bytes = compact.slice();
  if (yParity === 1) bytes[COMPACT_SIZE / 2] = (bytes[COMPACT_SIZE / 2] as number) | PARITY_BIT;
  return bytesToHex(bytes);
}

/**
 * Converts the 64 bytes of EIP-2098 to 65 bytes `r || s || v`, the form of the wire.
 *
 * @throws SigningError `SIGNATURE_NOT_HEX`, `SIGNATURE_LENGTH` or `SIGNATURE_HIGH_S`.
 */
export function fromCompactSignature(compact: string): Hex {
  const bytes = bytesOfSignature(compact);
  if (bytes.length !== COMPACT_SIZE) throw wrongLength(bytes.length, '64 bytes');
  return formatSignature(lowS(separateParity(bytes)));
}

/**
 * Decodes the hex text of a signature, `0x` optional.
 *
 * @throws SigningError `SIGNATURE_NOT_HEX`, or `SIGNATURE_LENGTH` above {@link MAX_SIGNATURE_SIZE}.
 */
export function bytesOfSignature(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw notHex();
  const digits = stripHexPrefix(text);
  if (digits.length > 2 * MAX_SIGNATURE_SIZE) {
    throw wrongLength(Math.ceil(digits.length / 2), `at most ${MAX_SIGNATURE_SIZE} bytes`);
  }
  if (!HEX_BYTES.test(digits)) throw notHex();
  return hexToBytes(digits);
}

function separateParity(bytes: Uint8Array): RecoverableSignature {
  const compact = bytes.slice();
  const top = compact[COMPACT_SIZE / 2] as number;
  compact[COMPACT_SIZE / 2] = top & ~PARITY_BIT;
  return { compact, yParity: top >= PARITY_BIT ? 1 : 0 };
}

function lowS(signature: RecoverableSignature): RecoverableSignature {
  if (bytesToHex(signature.compact.subarray(COMPACT_SIZE / 2)).slice(2) <= HALF_ORDER) return signature;
  throw new SigningError(
    'SIGNATURE_HIGH_S',
    'signature: expected s in the lower half of the group order (EIP-2); sign again with a wallet that follows it',
  );
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

const notHex = (): SigningError =>
  new SigningError('SIGNATURE_NOT_HEX', 'signature: expected an even number of hex digits');

const wrongLength = (length: number, expected: string): SigningError =>
  new SigningError('SIGNATURE_LENGTH', `signature: expected ${expected}, got ${length}`, { length });
