import type { GuaranteeVersion, PaymentIntent, RequestClaims, RequestClaimsV2 } from '@fourmica/core-types';
import { type Bytes32, ValidationError } from '@fourmica/core-types';
import type { AbiWriter } from '@fourmica/core-types/abi';

/** A member of an EIP-712 struct. */
export interface StructMember {
  readonly name: string;
  readonly type: string;
}

const INTENT_MEMBERS = [
  { name: 'user', type: 'address' },
  { name: 'recipient', type: 'address' },
  { name: 'tabId', type: 'uint256' },
  { name: 'reqId', type: 'uint256' },
  { name: 'amount', type: 'uint256' },
  { name: 'asset', type: 'address' },
  { name: 'timestamp', type: 'uint64' },
] as const satisfies readonly StructMember[];

const POLICY_MEMBERS = [
  { name: 'validationRegistryAddress', type: 'address' },
  { name: 'validationRequestHash', type: 'bytes32' },
  { name: 'validationChainId', type: 'uint256' },
  { name: 'validatorAddress', type: 'address' },
  { name: 'validatorAgentId', type: 'uint256' },
  { name: 'minValidationScore', type: 'uint8' },
  { name: 'validationSubjectHash', type: 'bytes32' },
  { name: 'jobHash', type: 'bytes32' },
  { name: 'requiredValidationTag', type: 'string' },
] as const satisfies readonly StructMember[];

/** The signed struct of one claims version: its name, its members in the order they are hashed, its EIP-712 type hash. */
export interface ClaimsStruct {
  readonly primaryType: string;
  readonly members: readonly StructMember[];
  readonly typeHash: Bytes32;
}

/** The signed structs by claims version (4Mica wire spec: request claims). Frozen, because their type hashes are known. */
export const CLAIMS_STRUCTS: Readonly<Record<GuaranteeVersion, ClaimsStruct>> = {
  1: {
    primaryType: 'SolGuaranteeRequestClaimsV1',
    members: Object.freeze([...INTENT_MEMBERS]),
    typeHash: '0xbe10b5cd784f76dd455836f6239e77dc646b69b07bc826ca86916579ac4fc555',
  },
  2: {
    primaryType: 'SolGuaranteeRequestClaimsV2',
    members: Object.freeze([...INTENT_MEMBERS, ...POLICY_MEMBERS]),
    typeHash: '0x49cf250766206507f288bc7d6c606e1a8db18dd1b2a4b8c0316e398170655c3e',
  },
};

/** Words of the members that both versions have. */
export const INTENT_WORDS = INTENT_MEMBERS.length;
/** Words of the policy members without the tag. */
export const STATIC_POLICY_WORDS = POLICY_MEMBERS.length - 1;

/**
 * Returns the struct of the claims' version.
 *
 * @throws ValidationError for a version other than 1 and 2.
 */
export function structOf(claims: RequestClaims): ClaimsStruct {
  if (claims.version !== 1 && claims.version !== 2) {
    throw new ValidationError('claims.version', (claims as { version: unknown }).version, '1 or 2');
  }
  return CLAIMS_STRUCTS[claims.version];
}

/** Writes the words of the members that both versions have. */
export const writeIntent = (writer: AbiWriter, claims: PaymentIntent): AbiWriter =>
  writer
    .address(claims.userAddress, 'userAddress')
    .address(claims.recipientAddress, 'recipientAddress')
    .uint(claims.tabId, 256, 'tabId')
    .uint(claims.reqId, 256, 'reqId')
    .uint(claims.amount, 256, 'amount')
    .address(claims.assetAddress, 'assetAddress')
    .uint(claims.timestamp, 64, 'timestamp');

/** Writes the words of the policy members that come before the tag. */
export const writeStaticPolicy = (writer: AbiWriter, claims: RequestClaimsV2): AbiWriter =>
  writer
    .address(claims.validationRegistryAddress, 'validationRegistryAddress')
    .bytes32(claims.validationRequestHash, 'validationRequestHash')
    .uint(claims.validationChainId, 256, 'validationChainId')
    .address(claims.validatorAddress, 'validatorAddress')
    .uint(claims.validatorAgentId, 256, 'validatorAgentId')
    .uint(claims.minValidationScore, 8, 'minValidationScore')
    .bytes32(claims.validationSubjectHash, 'validationSubjectHash')
    .bytes32(claims.jobHash, 'jobHash');
