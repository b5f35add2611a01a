import {
  type Address,
  parseBytes32,
  parseU64,
  parseU256,
  parseUint,
  parseWireAddress,
  type RequestClaims,
  type RequestClaimsV2,
} from '@fourmica/core-types';
import { isJsonObject, type JsonObject } from './json-object.js';
import { parsed } from './parsed.js';
import { type PolicyMember, policyMember } from './validation-policy.js';

interface PolicyContext {
  /** CAIP-2 id. */
  readonly network: string;
  readonly chainId: bigint;
  /** Empty = all. */
  readonly trustedValidationRegistries: readonly Address[];
}

/** A member of the policy: how to read it from `extra`, and what differs when the claims say otherwise. */
interface MemberRule {
  readonly member: PolicyMember;
  readonly invalid: string;
  readonly parse: (raw: unknown) => string | bigint;
  readonly signed: (claims: RequestClaimsV2) => string | bigint;
  readonly differs: (signed: string | bigint, required: string | bigint) => string;
}

const REGISTRY: MemberRule = {
  member: 'validationRegistryAddress',
  invalid: 'invalid validationRegistryAddress address',
  parse: (raw) => parseWireAddress(raw),
  signed: (claims) => claims.validationRegistryAddress,
  differs: (signed, required) => `validation registry ${signed} does not match requirement ${required}`,
};

const REMAINING: readonly MemberRule[] = [
  {
    member: 'validatorAddress',
    invalid: 'invalid validatorAddress address',
    parse: (raw) => parseWireAddress(raw),
    signed: (claims) => claims.validatorAddress,
    differs: (signed, required) => `validator address ${signed} does not match requirement ${required}`,
  },
  {
    member: 'validatorAgentId',
    invalid: 'invalid validatorAgentId',
    parse: (raw) => parseU256(raw),
    signed: (claims) => claims.validatorAgentId,
    differs: (signed, required) => `validator agent id ${signed} does not match requirement ${required}`,
  },
  {
    member: 'minValidationScore',
    invalid: 'invalid minValidationScore',
    parse: (raw) => parseUint(raw, 8, 'minValidationScore'),
    signed: (claims) => BigInt(claims.minValidationScore),
    differs: (signed, required) => `min validation score ${signed} does not match requirement ${required}`,
  },
  {
    member: 'jobHash',
    invalid: 'invalid jobHash',
    parse: (raw) => parseBytes32(raw),
    signed: (claims) => claims.jobHash,
    differs: (signed, required) => `job hash '${signed}' does not match requirement '${required}'`,
  },
];

/**
 * Compares the validation policy of version 2 claims with the one that the requirements ask for, in `extra`.
 *
 * @returns the reason of the first difference; undefined for version 1 claims.
 */
export function checkValidationPolicy(
  claims: RequestClaims,
  { extra }: JsonObject,
  context: PolicyContext,
): string | undefined {
  if (claims.version === 1) return undefined;
  if (!isJsonObject(extra)) return 'extra is required and must be an object for x402Version 2';
  const remaining = (): string | undefined => {
    for (const rule of REMAINING) {
      const reason = checkMember(rule, claims, extra);
      if (reason !== undefined) return reason;
    }
    return checkTag(claims, extra);
  };
  return (
    checkMember(REGISTRY, claims, extra) ??
    checkTrust(claims, context) ??
    checkChain(claims, extra, context) ??
    remaining()
  );
}

function checkMember(rule: MemberRule, claims: RequestClaimsV2, extra: JsonObject): string | undefined {
  const raw = policyMember(extra, rule.member);
  if (raw === undefined) return `${rule.member} is required for x402Version 2`;
  const required = parsed(rule.parse, raw);
  if (required === undefined) return rule.invalid;
  const signed = rule.signed(claims);
  return signed === required ? undefined : rule.differs(signed, required);
}

function checkTrust(
  claims: RequestClaimsV2,
  { trustedValidationRegistries: trusted }: PolicyContext,
): string | undefined {
  const registry = claims.validationRegistryAddress;
  if (trusted.length === 0 || trusted.includes(registry)) return undefined;
  return `validation registry ${registry} is not trusted by core metadata`;
}

function checkChain(
  claims: RequestClaimsV2,
  extra: JsonObject,
  { network, chainId }: PolicyContext,
): string | undefined {
  if (claims.validationChainId !== chainId) {
    return `validation chain id ${claims.validationChainId} does not match payment network ${network}`;
  }
  const raw = policyMember(extra, 'validationChainId');
  if (raw === undefined) return undefined;
  return parsed((value) => parseU64(value), raw) === chainId
    ? undefined
    : `validationChainId ${String(raw)} does not match payment network ${network}`;
}

function checkTag(claims: RequestClaimsV2, extra: JsonObject): string | undefined {
  const required = policyMember(extra, 'requiredValidationTag') ?? '';
  return claims.requiredValidationTag === required
    ? undefined
    : `required validation tag '${claims.requiredValidationTag}' does not match requirement '${String(required)}'`;
}
