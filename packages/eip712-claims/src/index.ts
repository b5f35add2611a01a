export {
  assertCanonicalValidation,
  computeValidationRequestHash,
  computeValidationSubjectHash,
  type UnhashedValidationPolicy,
  ValidationPolicyError,
} from '@fourmica/core-types';
export * from './build-claims.js';
export { CLAIMS_STRUCTS, type ClaimsStruct, type StructMember } from './claims-struct.js';
export * from './errors.js';
export * from './from-eip1193.js';
export * from './from-ethers.js';
export * from './from-viem.js';
export { hashTypedData } from './hash-typed-data.js';
export * from './local-account-signer.js';
export { encodeRequestClaims, hashRequestClaimsEip191, personalMessageDigest } from './personal-message.js';
export { recoverAddress, recoverRequestSigner, verifyRequestSignature } from './recover.js';
export * from './sign.js';
export { fromCompactSignature, type SignatureForms, toCompactSignature } from './signature-text.js';
export {
  eip712DomainSeparator,
  type GuaranteeTypedData,
  guaranteeTypedData,
  hashRequestClaims,
  hashRequestClaimsStruct,
} from './typed-data.js';
