import { assertCertificateMatches, VerificationError, verifyCertificate } from '@fourmica/bls-cert';
import type { BLSCert, CertificateClaims, RequestClaims } from '@fourmica/core-types';
import type { NetworkState } from './network-state.js';

/** Verifies a certificate with the contract's key and domain, and compares it with the request. */
export async function checkCertificate(
  certificate: BLSCert,
  { trust }: NetworkState,
  request: RequestClaims,
): Promise<{ readonly claims: CertificateClaims } | { readonly error: VerificationError }> {
  try {
    const claims = await verifyCertificate(certificate, trust);
    assertCertificateMatches(claims, request);
    return { claims };
  } catch (error) {
    if (error instanceof VerificationError) return { error };
    throw error;
  }
}
