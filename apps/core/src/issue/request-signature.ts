import { type Eip712Domain, FourMicaError, type SignedClaims } from '@fourmica/core-types';
import { assertCanonicalValidation, verifyRequestSignature } from '@fourmica/eip712-claims';
import { type RefusalError, refusal } from '../domain/refusal.js';

const TEXT_OF_CODE: Readonly<Record<string, string>> = {
  SIGNATURE_NOT_HEX: 'invalid hex signature',
  SIGNATURE_LENGTH: 'invalid signature length',
  SIGNATURE_RECOVERY_FAILED: 'signature recovery failed',
  SIGNATURE_HIGH_S: 'Invalid signature',
  SIGNATURE_SIGNER_MISMATCH: 'Invalid signature',
};

/**
 * Checks that the payer signed the claims, and that version 2 hashes are canonical.
 *
 * @throws RefusalError
 */
export function checkSignedClaims(domain: Eip712Domain, signed: SignedClaims): void {
  if (signed.claims.version === 2) {
    const { claims } = signed;
    refuseFourMicaError(
      () => assertCanonicalValidation(claims),
      (error) => refusal('VALIDATION_POLICY_INVALID', error.message, {}, error),
    );
  }
  refuseFourMicaError(
    () => verifyRequestSignature(domain, signed),
    (error) => refusal('INVALID_SIGNATURE', TEXT_OF_CODE[error.code] ?? 'Invalid signature', {}, error),
  );
}

function refuseFourMicaError(check: () => void, toRefusal: (error: FourMicaError) => RefusalError): void {
  try {
    check();
  } catch (error) {
    if (error instanceof FourMicaError) throw toRefusal(error);
    throw error;
  }
}
