import {
  type CertificateClaims,
  type PaymentIntent,
  parseWireAddress,
  type RequestClaims,
} from '@fourmica/core-types';
import type {
  CertificateClaimsVector,
  ClaimsVectorV1,
  ClaimsVectorV2,
  PolicyVector,
  VersionedClaims,
} from '@fourmica/test-vectors';

export const intentOf = (claims: ClaimsVectorV1): PaymentIntent => ({
  userAddress: parseWireAddress(claims.user),
  recipientAddress: parseWireAddress(claims.recipient),
  tabId: BigInt(claims.tabId),
  reqId: BigInt(claims.reqId),
  amount: BigInt(claims.amount),
  assetAddress: parseWireAddress(claims.asset),
  timestamp: BigInt(claims.timestamp),
});

export const unhashedPolicyOf = (policy: PolicyVector) => ({
  validationRegistryAddress: parseWireAddress(policy.validationRegistryAddress),
  validationChainId: BigInt(policy.validationChainId),
  validatorAddress: parseWireAddress(policy.validatorAddress),
  validatorAgentId: BigInt(policy.validatorAgentId),
  minValidationScore: policy.minValidationScore,
  jobHash: policy.jobHash,
  requiredValidationTag: policy.requiredValidationTag,
});

const policyOf = (
  claims: PolicyVector & Pick<ClaimsVectorV2, 'validationRequestHash' | 'validationSubjectHash'>,
) => ({
  ...unhashedPolicyOf(claims),
  validationRequestHash: claims.validationRequestHash,
  validationSubjectHash: claims.validationSubjectHash,
});

export const requestClaimsOf = (vector: VersionedClaims): RequestClaims =>
  vector.version === 1
    ? { version: 1, ...intentOf(vector.claims) }
    : { version: 2, ...intentOf(vector.claims), ...policyOf(vector.claims) };

export function certificateClaimsOf(claims: CertificateClaimsVector): CertificateClaims {
  const payment = {
    ...intentOf({ ...claims, user: claims.client }),
    domain: claims.domain,
    totalAmount: BigInt(claims.totalAmount),
  };
  return claims.version === 1 ? { version: 1, ...payment } : { version: 2, ...payment, ...policyOf(claims) };
}
