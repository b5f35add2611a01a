import { FourMicaError } from '@fourmica/core-types';

/**
 * Why a certificate, a key or a signature is refused.
 *
 * - `CERTIFICATE_HEX`: claims or signature are not an even number of hex digits with an optional `0x`.
 * - `CERTIFICATE_SIGNATURE_LENGTH`: not 96 bytes.
 * - `CERTIFICATE_SIGNATURE_ENCODING`: wrong flag bits, a coordinate not below the field prime, or no curve point.
 * - `CERTIFICATE_SIGNATURE_INFINITY`: the point at infinity.
 * - `CERTIFICATE_SIGNATURE_SUBGROUP`: a curve point outside the subgroup of prime order.
 * - `CERTIFICATE_SIGNATURE_INVALID`: well-formed, but not made by this key over these claims.
 * - `CERTIFICATE_PUBLIC_KEY_LENGTH`, `…_ENCODING`, `…_INFINITY`, `…_SUBGROUP`: the same for the operator's key.
 * - `CERTIFICATE_CLAIMS_ENCODING`: the claims are no valid ABI encoding.
 * - `CERTIFICATE_CLAIMS_NOT_CANONICAL`: decodable, but not the bytes that encoding them again gives.
 * - `CERTIFICATE_VERSION_UNSUPPORTED`: a version other than 1 and 2, or one without a trusted domain.
 * - `CERTIFICATE_VERSION_MISMATCH`: the outer and the inner version differ.
 * - `CERTIFICATE_DOMAIN_MISMATCH`: issued for another contract, chain or version.
 * - `CERTIFICATE_VALIDATION_POLICY`: version 2 claims that are not bound to their validation policy.
 * - `CERTIFICATE_VALIDATION_CHAIN`, `CERTIFICATE_VALIDATION_REGISTRY`: a policy of another chain or an untrusted registry.
 * - `CERTIFICATE_DIFFERS_FROM_REQUEST`: valid, but not for the request it was issued for.
 * - `BLS_SECRET_KEY_INVALID`: not 32 bytes, zero, or not below the group order.
 * - `BLS_WORDS_INVALID`: not the words of a 48-byte field element each.
 * - `BLS_SELF_TEST_FAILED`: the BLS library gives wrong answers in this process.
 */
export type VerificationErrorCode =
  | 'CERTIFICATE_HEX'
  | 'CERTIFICATE_SIGNATURE_LENGTH'
  | 'CERTIFICATE_SIGNATURE_ENCODING'
  | 'CERTIFICATE_SIGNATURE_INFINITY'
  | 'CERTIFICATE_SIGNATURE_SUBGROUP'
  | 'CERTIFICATE_SIGNATURE_INVALID'
  | 'CERTIFICATE_PUBLIC_KEY_LENGTH'
  | 'CERTIFICATE_PUBLIC_KEY_ENCODING'
  | 'CERTIFICATE_PUBLIC_KEY_INFINITY'
  | 'CERTIFICATE_PUBLIC_KEY_SUBGROUP'
  | 'CERTIFICATE_CLAIMS_ENCODING'
  | 'CERTIFICATE_CLAIMS_NOT_CANONICAL'
  | 'CERTIFICATE_VERSION_UNSUPPORTED'
  | 'CERTIFICATE_VERSION_MISMATCH'
  | 'CERTIFICATE_DOMAIN_MISMATCH'
  | 'CERTIFICATE_VALIDATION_POLICY'
  | 'CERTIFICATE_VALIDATION_CHAIN'
  | 'CERTIFICATE_VALIDATION_REGISTRY'
  | 'CERTIFICATE_DIFFERS_FROM_REQUEST'
  | 'BLS_SECRET_KEY_INVALID'
  | 'BLS_WORDS_INVALID'
  | 'BLS_SELF_TEST_FAILED';

/** A certificate, key or signature that must not be trusted. Never contains a secret key. */
export class VerificationError extends FourMicaError<VerificationErrorCode> {
  override readonly name = 'VerificationError';

  constructor(
    code: VerificationErrorCode,
    message: string,
    context: Readonly<Record<string, unknown>> = {},
    options?: { cause?: unknown },
  ) {
    super(code, message, context, options);
  }
}
