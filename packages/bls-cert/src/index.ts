export { type Bls, loadBls, loadedBls, type PublicKeyWords, type SignedMessage } from './bls.js';
export {
  assertCertificateMatches,
  type BatchVerifier,
  type CertificateText,
  type CertificateTrust,
  signCertificate,
  signCertificateWith,
  type Verdicts,
  verifyCertificate,
  verifyCertificates,
  verifyCertificatesWith,
  verifyCertificateWith,
} from './certificate.js';
export { certificateVersion, decodeCertificateClaims } from './decode-claims.js';
export * from './encode-claims.js';
export * from './errors.js';
export * from './guarantee-domain.js';
export { CERTIFICATE_DST } from './herumi.js';
