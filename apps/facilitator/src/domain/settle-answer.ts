import type { VerificationError } from '@fourmica/bls-cert';
import { type BLSCert, type RequestClaims, uintToHex } from '@fourmica/core-types';
import type { Repayment } from '@fourmica/x402';

/** The reason when the core cannot be asked: the same payment may be sent again. */
export const CORE_UNAVAILABLE = '4mica_core_unavailable';

/** An answer of `/settle` that satisfies clients of 4Mica and of standard x402. */
export function settledAnswer(input: {
  readonly claims: RequestClaims;
  readonly network: string;
  /** Null when the caller may not see it. */
  readonly certificate: BLSCert | null;
  readonly repayment: Repayment;
  readonly certificateVisibility: 'strict' | 'open';
}): Record<string, unknown> {
  const { claims, network, certificate, repayment, certificateVisibility } = input;
  return {
    success: true,
    error: null,
    payer: claims.userAddress,
    transaction: '',
    txHash: null,
    network,
    networkId: network,
    certificate,
    extra: {
      certificate,
      tabId: uintToHex(claims.tabId),
      reqId: uintToHex(claims.reqId),
      repayment,
      certificateVisibility,
    },
  };
}

/** An answer of `/settle` to a payment that cannot be settled. */
export const settleFailure = (
  error: string,
  network: string,
  errorReason: string = error,
): Record<string, unknown> => ({
  success: false,
  error,
  errorReason,
  transaction: '',
  txHash: null,
  network,
  networkId: network,
});

/** Says why a certificate that the core gave is refused. */
export function certificateProblem(error: VerificationError): string {
  if (error.code === 'CERTIFICATE_DOMAIN_MISMATCH') return error.message.replace(/^certificate: /, '');
  if (error.code === 'CERTIFICATE_DIFFERS_FROM_REQUEST')
    return 'certificate values differ from requested claims';
  if (error.code === 'CERTIFICATE_VALIDATION_POLICY') {
    return 'certificate validation policy differs from requested claims';
  }
  return error.code === 'CERTIFICATE_SIGNATURE_INVALID' ? 'signature verification failed' : error.message;
}
