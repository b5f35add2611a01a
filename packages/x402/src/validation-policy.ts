import {
  type Address,
  type Bytes32,
  FourMicaError,
  parseBytes32,
  parseU64,
  parseU256,
  parseWireAddress,
} from '@fourmica/core-types';
import { X402Error } from './errors.js';
import { type JsonObject, memberOf } from './json-object.js';

/** The validation that a payment has to pass before it can be claimed, as an offer's `extra` states it. */
export interface OfferedValidationPolicy {
  readonly validationRegistryAddress: Address;
  readonly validationChainId: bigint;
  readonly validatorAddress: Address;
  readonly validatorAgentId: bigint;
  /** 1 to 100. */
  readonly minValidationScore: number;
  readonly jobHash: Bytes32;
  /** Empty = any tag. */
  readonly requiredValidationTag: string;
}

/** Members of `extra` that a validation policy must have, with their snake_case spelling. */
export const REQUIRED_POLICY_MEMBERS = {
  validationRegistryAddress: 'validation_registry_address',
  validatorAddress: 'validator_address',
  validatorAgentId: 'validator_agent_id',
  minValidationScore: 'min_validation_score',
  jobHash: 'job_hash',
} as const;

const OPTIONAL_POLICY_MEMBERS = {
  requiredValidationTag: 'required_validation_tag',
  validationChainId: 'validation_chain_id',
} as const;

const POLICY_MEMBERS = { ...REQUIRED_POLICY_MEMBERS, ...OPTIONAL_POLICY_MEMBERS };
/** A member of `extra` that belongs to a validation policy. */
export type PolicyMember = keyof typeof POLICY_MEMBERS;

/** Returns a policy member of `extra`: the camelCase spelling first, then snake_case; undefined when it is absent. */
export const policyMember = (extra: JsonObject, member: PolicyMember): unknown =>
  memberOf(extra, member, POLICY_MEMBERS[member]);

/** Tells whether `extra` has any member of a validation policy. */
export const hasPolicyMember = (extra: JsonObject | null | undefined): boolean =>
  extra !== null &&
  extra !== undefined &&
  (Object.keys(POLICY_MEMBERS) as PolicyMember[]).some((member) => policyMember(extra, member) !== undefined);

/**
 * Reads the validation policy of an offer.
 *
 * @param networkChainId - chain id of the offer's network, which the validation must be on.
 * @returns undefined when `extra` has no policy member at all.
 * @throws X402Error `VALIDATION_POLICY_INVALID` when some members are there and a required one is missing or wrong; a
 * payment without the policy must never be signed in its place.
 */
export function readValidationPolicy(
  extra: JsonObject | null | undefined,
  networkChainId: bigint,
): OfferedValidationPolicy | undefined {
  if (extra === null || extra === undefined || !hasPolicyMember(extra)) return undefined;
  const required = (member: keyof typeof REQUIRED_POLICY_MEMBERS): unknown => {
    const value = policyMember(extra, member);
    if (value !== undefined) return value;
    throw policyError(
      `extra.${member}`,
      `extra.${member} is missing, but the offer has other members of a validation policy; nothing was signed`,
    );
  };
  return readMembers({
    validationRegistryAddress: required('validationRegistryAddress'),
    validatorAddress: required('validatorAddress'),
    validatorAgentId: required('validatorAgentId'),
    minValidationScore: required('minValidationScore'),
    jobHash: required('jobHash'),
    requiredValidationTag: policyMember(extra, 'requiredValidationTag') ?? '',
    validationChainId: policyMember(extra, 'validationChainId') ?? networkChainId,
    networkChainId,
  });
}

function readMembers(
  raw: Record<PolicyMember, unknown> & { readonly networkChainId: bigint },
): OfferedValidationPolicy {
  if (typeof raw.requiredValidationTag !== 'string') {
    throw policyError('extra.requiredValidationTag', 'extra.requiredValidationTag: expected text');
  }
  try {
    const chainId = parseU64(raw.validationChainId, 'extra.validationChainId');
    if (chainId !== raw.networkChainId) {
      throw policyError(
        'extra.validationChainId',
        `extra.validationChainId is ${chainId}, but the network of the offer has chain id ${raw.networkChainId}; nothing was signed`,
      );
    }
    return {
      validationRegistryAddress: parseWireAddress(
        raw.validationRegistryAddress,
        'extra.validationRegistryAddress',
      ),
      validationChainId: chainId,
      validatorAddress: parseWireAddress(raw.validatorAddress, 'extra.validatorAddress'),
      validatorAgentId: parseU256(raw.validatorAgentId, 'extra.validatorAgentId'),
      minValidationScore: readScore(raw.minValidationScore),
      jobHash: parseBytes32(raw.jobHash, 'extra.jobHash'),
      requiredValidationTag: raw.requiredValidationTag,
    };
  } catch (error) {
    if (error instanceof X402Error || !(error instanceof FourMicaError)) throw error;
    throw policyError('extra', error.message, error);
  }
}

function readScore(value: unknown): number {
  const score = parseU256(value, 'extra.minValidationScore');
  if (score >= 1n && score <= 100n) return Number(score);
  throw policyError(
    'extra.minValidationScore',
    `extra.minValidationScore: expected a whole number from 1 to 100, got ${score}`,
  );
}

const policyError = (field: string, message: string, cause?: unknown): X402Error =>
  new X402Error('VALIDATION_POLICY_INVALID', message, { field }, { cause });
