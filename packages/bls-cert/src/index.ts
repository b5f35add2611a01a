export { type Bls, loadBls, type PublicKeyWords } from './bls.js';
export {
  assertCertificateMatches,
  type CertificateText,
  type CertificateTrust,
  signCertificate,
  signCertificateWith,
  verifyCertificate,
  verifyCertificateWith,
} from './certificate.js';
export { certificateVersion, decodeCertificateClaims } from './decode-claims.js';
export * from './encode-claims.js';
export * from './errors.js';
export * from './guarantee-domain.js';
export { CERTIFICATE_DST } from './herumi.js';
