import { FourMicaError } from '@fourmica/core-types';

/**
 * What can be wrong with a signer or a payer's signature.
 *
 * - `PRIVATE_KEY_INVALID`: not 32 bytes of hex, or not a secp256k1 key.
 * - `SIGNER_ADDRESS_MISMATCH`: the signer is not the payer of the claims.
 * - `SIGNER_FAILED`: the wallet refused or failed; `cause` says why.
 * - `TYPED_DATA_INVALID`: a type or a value of typed data cannot be hashed.
 * - `SIGNATURE_NOT_HEX`: not an even number of hex digits.
 * - `SIGNATURE_LENGTH`: not 65 bytes (64 for EIP-2098), or a last byte other than 0, 1, 27 and 28.
 * - `SIGNATURE_HIGH_S`: `s` above half the group order (EIP-2), so that a second spelling would exist.
 * - `SIGNATURE_RECOVERY_FAILED`: no public key belongs to this signature.
 * - `SIGNATURE_SIGNER_MISMATCH`: made by another account than the payer of the claims.
 * - `CONTRACT_WALLET_WRONG_CHAIN`: the provider is on another chain than the domain.
 * - `CONTRACT_WALLET_UNAVAILABLE`: the node could not be asked, so nothing is known about the signature; `cause` says why.
 */
export type SigningErrorCode =
  | 'PRIVATE_KEY_INVALID'
  | 'SIGNER_ADDRESS_MISMATCH'
  | 'SIGNER_FAILED'
  | 'TYPED_DATA_INVALID'
  | 'SIGNATURE_NOT_HEX'
  | 'SIGNATURE_LENGTH'
  | 'SIGNATURE_HIGH_S'
  | 'SIGNATURE_RECOVERY_FAILED'
  | 'SIGNATURE_SIGNER_MISMATCH'
  | 'CONTRACT_WALLET_WRONG_CHAIN'
  | 'CONTRACT_WALLET_UNAVAILABLE';

/** A signature that could not be made, read or matched to the payer. Never contains a key. */
export class SigningError extends FourMicaError<SigningErrorCode> {
  override readonly name = 'SigningError';

  constructor(
    code: SigningErrorCode,
    message: string,
    context: Readonly<Record<string, unknown>> = {},
    options?: { cause?: unknown },
  ) {
    super(code, message, context, options);
  }
}
