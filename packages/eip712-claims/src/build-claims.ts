import {
  computeValidationRequestHash,
  computeValidationSubjectHash,
  ETH_ASSET,
  type PaymentIntent,
  parseAddress,
  parseBytes32,
  parseU64,
  parseU256,
  parseUint,
  parseValidationTag,
  type RequestClaimsV1,
  type RequestClaimsV2,
  type UintLike,
  ValidationError,
  ZERO_BYTES32,
} from '@fourmica/core-types';

/** A payment as a user writes it. Integers in any accepted form; addresses checked against EIP-55. */
export interface PaymentInput {
  /** The payer. */
  readonly userAddress: string;
  readonly recipientAddress: string;
  readonly tabId: UintLike;
  /** The tab's next reqId. */
  readonly reqId: UintLike;
  /** Base units of the asset (wei for ETH). */
  readonly amount: UintLike;
  /** Time of signing in unix seconds. */
  readonly timestamp: UintLike;
  /** Token contract; absent or the zero address is ETH. */
  readonly assetAddress?: string | undefined;
}

/** A validation policy as a user writes it. Both hashes are computed from it. */
export interface ValidationPolicyInput {
  readonly validationRegistryAddress: string;
  readonly validationChainId: UintLike;
  readonly validatorAddress: string;
  readonly validatorAgentId: UintLike;
  /** 1 to 100. */
  readonly minValidationScore: UintLike;
  /** 32 bytes of hex, not zero. */
  readonly jobHash: string;
  /** Absent is empty: any tag. */
  readonly requiredValidationTag?: string | undefined;
}

/**
 * Builds version 1 request claims.
 *
 * @throws ValidationError naming the member, its value and what was expected.
 */
export const createRequestClaims = (payment: PaymentInput): RequestClaimsV1 => ({
  version: 1,
  ...parsePayment(payment),
});

/**
 * Builds version 2 request claims: the payment, the policy and the two canonical hashes that bind them together.
 *
 * @throws ValidationError naming the member, its value and what was expected.
 */
export function createValidatedRequestClaims(
  payment: PaymentInput,
  policy: ValidationPolicyInput,
): RequestClaimsV2 {
  const intent = parsePayment(payment);
  requireObject(policy, 'policy');
  const unhashed = {
    validationRegistryAddress: parseAddress(policy.validationRegistryAddress, 'validationRegistryAddress'),
    validationChainId: parseU64(policy.validationChainId, 'validationChainId'),
    validatorAddress: parseAddress(policy.validatorAddress, 'validatorAddress'),
    validatorAgentId: parseU256(policy.validatorAgentId, 'validatorAgentId'),
    minValidationScore: Number(parseUint(policy.minValidationScore, 8, 'minValidationScore')),
    validationSubjectHash: computeValidationSubjectHash(intent),
    jobHash: parseJobHash(policy.jobHash),
    requiredValidationTag: parseValidationTag(policy.requiredValidationTag),
  };
  return {
    version: 2,
    ...intent,
    ...unhashed,
    validationRequestHash: computeValidationRequestHash(unhashed),
  };
}

function parsePayment(payment: PaymentInput): PaymentIntent {
  requireObject(payment, 'payment');
  return {
    userAddress: parseAddress(payment.userAddress, 'userAddress'),
    recipientAddress: parseAddress(payment.recipientAddress, 'recipientAddress'),
    tabId: parseU256(payment.tabId, 'tabId'),
    reqId: parseU256(payment.reqId, 'reqId'),
    amount: parseU256(payment.amount, 'amount'),
    timestamp: parseU64(payment.timestamp, 'timestamp'),
    assetAddress:
      payment.assetAddress === undefined ? ETH_ASSET : parseAddress(payment.assetAddress, 'assetAddress'),
  };
}

function requireObject(value: unknown, field: string): void {
  if (typeof value !== 'object' || value === null) throw new ValidationError(field, value, 'an object');
}

function parseJobHash(value: unknown): RequestClaimsV2['jobHash'] {
  const jobHash = parseBytes32(value, 'jobHash');
  if (jobHash === ZERO_BYTES32) throw new ValidationError('jobHash', jobHash, 'the hash of a job, not zero');
  return jobHash;
}
