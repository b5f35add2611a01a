import { AbiWriter } from './abi.js';
import { FourMicaError, ValidationError } from './errors.js';
import { type Bytes32, bytesToHex, ZERO_BYTES32 } from './hex.js';
import { keccak256 } from './keccak.js';
import type { PaymentIntent, ValidationPolicy } from './request-claims.js';
import { encodeUtf8 } from './utf8.js';

/** keccak256 of `4MICA_VALIDATION_SUBJECT_V1`. */
const SUBJECT_DOMAIN: Bytes32 = '0x7c6f53278ef946b91604da7c736603e76d5808f31a7d1a9bd34d528aed9a8217';
/** keccak256 of `4MICA_VALIDATION_REQUEST_V2`. */
const REQUEST_DOMAIN: Bytes32 = '0xd05b8a652c43e9234d252e4a241e7ccd28b5127971d79abae92216b2bc49a9a9';

/** A policy before its request hash is computed. */
export type UnhashedValidationPolicy = Omit<ValidationPolicy, 'validationRequestHash'>;

/** The rules that a validation policy can break. */
export type ValidationPolicyRule =
  | 'jobHash'
  | 'validationSubjectHash'
  | 'minValidationScore'
  | 'validationRequestHash'
  | 'validationChainId';

/** A version 2 claim or certificate whose policy is incomplete or not bound to its payment. */
export class ValidationPolicyError extends FourMicaError<
  'VALIDATION_POLICY_INVALID',
  { readonly rule: ValidationPolicyRule }
> {
  override readonly name = 'ValidationPolicyError';

  constructor(rule: ValidationPolicyRule, message: string) {
    super('VALIDATION_POLICY_INVALID', message, { rule });
  }
}

/** Tells whether a score is a whole number from 1 to 100. */
export const isValidationScore = (score: number): boolean =>
  Number.isInteger(score) && score >= 1 && score <= 100;

/**
 * Computes the canonical hash of the payment that a validation is about: keccak256 over eight ABI words.
 *
 * @throws ValidationError when a member does not fit its Solidity type.
 */
export function computeValidationSubjectHash(intent: PaymentIntent): Bytes32 {
  const preimage = new AbiWriter(8 * 32)
    .bytes32(SUBJECT_DOMAIN, 'domain')
    .uint(intent.tabId, 256, 'tabId')
    .uint(intent.reqId, 256, 'reqId')
    .address(intent.userAddress, 'userAddress')
    .address(intent.recipientAddress, 'recipientAddress')
    .uint(intent.amount, 256, 'amount')
    .address(intent.assetAddress, 'assetAddress')
    .uint(intent.timestamp, 64, 'timestamp');
  return bytesToHex(keccak256(preimage.finish()));
}

/**
 * Computes the canonical hash of a validation policy: keccak256 over nine ABI words.
 *
 * @throws ValidationError when the score is not a whole number from 1 to 100, the tag is not well-formed text, or a
 * member does not fit its Solidity type.
 */
export function computeValidationRequestHash(policy: UnhashedValidationPolicy): Bytes32 {
  if (!isValidationScore(policy.minValidationScore)) {
    throw new ValidationError(
      'minValidationScore',
      policy.minValidationScore,
      'a whole number from 1 to 100',
    );
  }
  const preimage = new AbiWriter(9 * 32)
    .bytes32(REQUEST_DOMAIN, 'domain')
    .uint(policy.validationChainId, 256, 'validationChainId')
    .address(policy.validationRegistryAddress, 'validationRegistryAddress')
    .address(policy.validatorAddress, 'validatorAddress')
    .uint(policy.validatorAgentId, 256, 'validatorAgentId')
    .bytes32(policy.validationSubjectHash, 'validationSubjectHash')
    .uint(BigInt(policy.minValidationScore), 8, 'minValidationScore')
    .word(keccak256(encodeUtf8(policy.requiredValidationTag, 'requiredValidationTag')))
    .bytes32(policy.jobHash, 'jobHash');
  return bytesToHex(keccak256(preimage.finish()));
}

/**
 * Checks that a validation policy is complete and that both of its hashes are the canonical ones of this payment
 * (4Mica wire spec: validation hashes). The message is the text that the core answers.
 *
 * @param chainId - when given, the chain that the validation has to be on: that of the core.
 * @throws ValidationPolicyError naming the first broken rule.
 */
export function assertCanonicalValidation(
  claims: PaymentIntent & ValidationPolicy,
  chainId: bigint = claims.validationChainId,
): void {
  if (claims.jobHash === ZERO_BYTES32) {
    throw new ValidationPolicyError('jobHash', 'job_hash must be provided for V2 validation policy');
  }
  if (claims.validationSubjectHash !== computeValidationSubjectHash(claims)) {
    throw new ValidationPolicyError(
      'validationSubjectHash',
      'validation_subject_hash is not canonical for the payment intent fields',
    );
  }
  if (!isValidationScore(claims.minValidationScore)) {
    throw new ValidationPolicyError('minValidationScore', 'min_validation_score must be between 1 and 100');
  }
  if (claims.validationRequestHash !== computeValidationRequestHash(claims)) {
    throw new ValidationPolicyError(
      'validationRequestHash',
      'validation_request_hash is not canonical for the validation policy fields',
    );
  }
  if (claims.validationChainId !== chainId) {
    throw new ValidationPolicyError(
      'validationChainId',
      `validation_chain_id ${claims.validationChainId} must match core chain_id ${chainId}`,
    );
  }
}
