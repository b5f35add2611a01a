import {
  type Address,
  bytesToHex,
  type Eip712Domain,
  parseWireAddress,
  type RequestClaims,
  type SignedClaims,
  SigningScheme,
  ValidationError,
} from '@fourmica/core-types';
import { keccak256 } from '@fourmica/core-types/abi';
import { SigningError } from './errors.js';
import { encodeRequestClaims, personalMessageDigest } from './personal-message.js';
import { recoverPublicKey } from './secp256k1/current.js';
import { parseSignature, type SignatureForms } from './signature-text.js';
import { claimsDigest } from './typed-data.js';

/** Derives the address of a 64-byte uncompressed public key. */
export const addressOfPublicKey = (publicKey: Uint8Array): Address =>
  parseWireAddress(bytesToHex(keccak256(publicKey).subarray(12)));

/** Computes the digest that a payer signs for claims in a scheme. */
export function signedDigest(domain: Eip712Domain, claims: RequestClaims, scheme: SigningScheme): Uint8Array {
  switch (scheme) {
    case SigningScheme.EIP712:
      return claimsDigest(domain, claims);
    case SigningScheme.EIP191:
      return personalMessageDigest(encodeRequestClaims(claims));
    default:
      throw new ValidationError('scheme', scheme, '"eip712" or "eip191"');
  }
}

/**
 * Recovers the account that signed a digest.
 *
 * @param signature - 65 bytes of hex, `0x` optional, `v` 0, 1, 27 or 28, low `s`; 64 bytes (EIP-2098) when allowed.
 * @throws SigningError `SIGNATURE_NOT_HEX`, `SIGNATURE_LENGTH`, `SIGNATURE_HIGH_S` or `SIGNATURE_RECOVERY_FAILED`.
 */
export function recoverAddress(digest: Uint8Array, signature: string, forms?: SignatureForms): Address {
  const parts = parseSignature(signature, forms);
  try {
    return addressOfPublicKey(recoverPublicKey(digest, parts));
  } catch (cause) {
    throw new SigningError(
      'SIGNATURE_RECOVERY_FAILED',
      'signature: no public key belongs to it',
      {},
      { cause },
    );
  }
}

/**
 * Recovers the account that signed guarantee request claims.
 *
 * @throws SigningError `SIGNATURE_NOT_HEX`, `SIGNATURE_LENGTH`, `SIGNATURE_HIGH_S` or `SIGNATURE_RECOVERY_FAILED`.
 */
export const recoverRequestSigner = (
  domain: Eip712Domain,
  signed: SignedClaims,
  forms?: SignatureForms,
): Address => recoverAddress(signedDigest(domain, signed.claims, signed.scheme), signed.signature, forms);

/**
 * Checks that guarantee request claims were signed by their payer.
 *
 * @throws SigningError `SIGNATURE_SIGNER_MISMATCH`, or what {@link recoverRequestSigner} throws.
 */
export function verifyRequestSignature(
  domain: Eip712Domain,
  signed: SignedClaims,
  forms?: SignatureForms,
): void {
  const signer = recoverRequestSigner(domain, signed, forms);
  const { userAddress } = signed.claims;
  if (signer !== parseWireAddress(userAddress, 'userAddress')) {
    throw new SigningError(
      'SIGNATURE_SIGNER_MISMATCH',
      `signature: expected the payer ${userAddress}, got ${signer}; check name, version and chain id of the domain too`,
      { expected: userAddress, signer },
    );
  }
}
