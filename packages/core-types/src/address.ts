import { utf8ToBytes } from '@noble/hashes/utils';
import { ValidationError } from './errors.js';
import { type Hex, stripHexPrefix } from './hex.js';
import { keccak256 } from './keccak.js';

/** A 20-byte account address, always in EIP-55 checksum form, so that `===` compares by value. */
export type Address = Hex & { readonly __brand: 'Address' };

const ADDRESS_DIGITS = /^[0-9a-f]{40}$/i;

/** Converts 40 hexadecimal digits to EIP-55 checksum form. */
function checksum(digits: string): Address {
  const lower = digits.toLowerCase();
  const hash = keccak256(utf8ToBytes(lower));
  let text = '0x';
  for (let i = 0; i < 40; i++) {
    const nibble = ((hash[i >> 1] as number) >> (i % 2 === 0 ? 4 : 0)) & 0xf;
    text += nibble >= 8 ? (lower[i] as string).toUpperCase() : lower[i];
  }
  return text as Address;
}

/**
 * Reads an address from configuration, the command line or an SDK argument: `0x` and 40 hex digits, all lower case,
 * all upper case, or mixed with a valid EIP-55 checksum.
 *
 * @throws ValidationError when it is no address or the checksum is wrong (usually a typing error).
 */
export function parseAddress(value: unknown, field = 'address'): Address {
  if (typeof value !== 'string' || !/^0x/i.test(value)) {
    throw new ValidationError(field, value, 'an address: 0x and 40 hex digits');
  }
  const address = parseWireAddress(value, field);
  const digits = stripHexPrefix(value);
  const isMixedCase = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
  if (isMixedCase && digits !== stripHexPrefix(address)) {
    throw new ValidationError(field, value, `a valid EIP-55 checksum (${address} if every digit is right)`);
  }
  return address;
}

/**
 * Reads an address from a message of an existing client: 40 hex digits in any case, `0x` optional; the checksum is not
 * looked at.
 *
 * @throws ValidationError when it is no address.
 */
export function parseWireAddress(value: unknown, field = 'address'): Address {
  if (typeof value === 'string') {
    const digits = stripHexPrefix(value);
    if (ADDRESS_DIGITS.test(digits)) return checksum(digits);
  }
  throw new ValidationError(field, value, 'an address: 0x and 40 hex digits');
}

/** The zero address, which stands for ETH wherever an asset is named. */
export const ETH_ASSET: Address = `0x${'00'.repeat(20)}` as Address;

/** The form in which the core stores and answers addresses. */
export const lowerCaseAddress = (address: Address): Hex => address.toLowerCase() as Hex;
