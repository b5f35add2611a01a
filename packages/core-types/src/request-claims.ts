import * as z from 'zod/mini';
import type { Address } from './address.js';
import { ValidationError } from './errors.js';
import type { Bytes32 } from './hex.js';
import { ZERO_BYTES32 } from './hex.js';
import { Bytes32Schema, U64Schema, U256Schema, WireAddressSchema } from './schema.js';
import { isWellFormed } from './utf8.js';

/** The versions of guarantees that exist. */
export type GuaranteeVersion = 1 | 2;

/** What a payer signs for one request: a payment of `amount` on a tab. */
export interface PaymentIntent {
  /** The payer. */
  readonly userAddress: Address;
  readonly recipientAddress: Address;
  readonly tabId: bigint;
  /** Position of the request in its tab: 0, 1, 2, … */
  readonly reqId: bigint;
  /** Amount of this request, in base units of the asset (wei for ETH). */
  readonly amount: bigint;
  /** Token contract; the zero address is ETH. */
  readonly assetAddress: Address;
  /** Time of signing in unix seconds. */
  readonly timestamp: bigint;
}

/** What a validation has to look like before a version 2 guarantee can be claimed. */
export interface ValidationPolicy {
  readonly validationRegistryAddress: Address;
  /** Canonical hash of the policy. */
  readonly validationRequestHash: Bytes32;
  readonly validationChainId: bigint;
  readonly validatorAddress: Address;
  readonly validatorAgentId: bigint;
  /** 1 to 100. */
  readonly minValidationScore: number;
  /** Canonical hash of the payment intent. */
  readonly validationSubjectHash: Bytes32;
  /** Hash of the job to be validated; never zero in a signed claim. */
  readonly jobHash: Bytes32;
  /** Tag that the validation must carry; empty = any. */
  readonly requiredValidationTag: string;
}

export interface RequestClaimsV1 extends PaymentIntent {
  readonly version: 1;
}

export interface RequestClaimsV2 extends PaymentIntent, ValidationPolicy {
  readonly version: 2;
}

/** Guarantee request claims: what the payer signs and the core checks. */
export type RequestClaims = RequestClaimsV1 | RequestClaimsV2;

/** The longest accepted validation tag, in UTF-16 code units. */
export const MAX_VALIDATION_TAG_LENGTH = 1024;

/**
 * Reads the tag of a validation policy from an argument; absent is empty, which means any tag.
 *
 * @throws ValidationError when it is no text or too long.
 */
export function parseValidationTag(tag: unknown, field = 'requiredValidationTag'): string {
  if (tag === undefined) return '';
  if (typeof tag === 'string' && tag.length <= MAX_VALIDATION_TAG_LENGTH) return tag;
  throw new ValidationError(field, tag, `text of at most ${MAX_VALIDATION_TAG_LENGTH} characters`);
}

const TagSchema = z
  .string()
  .check(
    z.maxLength(MAX_VALIDATION_TAG_LENGTH),
    z.refine(isWellFormed, 'expected well-formed text (it has a lone surrogate)'),
  );

const intentWire = {
  user_address: WireAddressSchema,
  recipient_address: WireAddressSchema,
  tab_id: U256Schema,
  req_id: U256Schema,
  amount: U256Schema,
  asset_address: WireAddressSchema,
  timestamp: U64Schema,
};

const policyWire = {
  validation_registry_address: WireAddressSchema,
  validation_request_hash: Bytes32Schema,
  validation_chain_id: U64Schema,
  validator_address: WireAddressSchema,
  validator_agent_id: U256Schema,
  min_validation_score: z.number().check(z.int(), z.minimum(0), z.maximum(255)),
  validation_subject_hash: Bytes32Schema,
  job_hash: z._default(Bytes32Schema, ZERO_BYTES32),
  required_validation_tag: z._default(TagSchema, ''),
};

const WireV1 = z.strictObject({ version: z.literal('v1'), ...intentWire });
const WireV2 = z.strictObject({ version: z.literal('v2'), ...intentWire, ...policyWire });
const Wire = z.discriminatedUnion('version', [WireV1, WireV2], {
  error: (issue) => (issue.code === 'invalid_union' ? 'expected "v1" or "v2"' : undefined),
});

type WireIntent = Omit<z.output<typeof WireV1>, 'version'>;

const decodeIntent = (wire: WireIntent): PaymentIntent => ({
  userAddress: wire.user_address,
  recipientAddress: wire.recipient_address,
  tabId: wire.tab_id,
  reqId: wire.req_id,
  amount: wire.amount,
  assetAddress: wire.asset_address,
  timestamp: wire.timestamp,
});

const encodeIntent = (intent: PaymentIntent): WireIntent => ({
  user_address: intent.userAddress,
  recipient_address: intent.recipientAddress,
  tab_id: intent.tabId,
  req_id: intent.reqId,
  amount: intent.amount,
  asset_address: intent.assetAddress,
  timestamp: intent.timestamp,
});

function decodeClaims(wire: z.output<typeof Wire>): RequestClaims {
  if (wire.version === 'v1') return { version: 1, ...decodeIntent(wire) };
  return {
    version: 2,
    ...decodeIntent(wire),
    validationRegistryAddress: wire.validation_registry_address,
    validationRequestHash: wire.validation_request_hash,
    validationChainId: wire.validation_chain_id,
    validatorAddress: wire.validator_address,
    validatorAgentId: wire.validator_agent_id,
    minValidationScore: wire.min_validation_score,
    validationSubjectHash: wire.validation_subject_hash,
    jobHash: wire.job_hash,
    requiredValidationTag: wire.required_validation_tag,
  };
}

function encodeClaims(claims: RequestClaims): z.output<typeof Wire> {
  if (claims.version === 1) return { version: 'v1', ...encodeIntent(claims) };
  return {
    version: 'v2',
    ...encodeIntent(claims),
    validation_registry_address: claims.validationRegistryAddress,
    validation_request_hash: claims.validationRequestHash,
    validation_chain_id: claims.validationChainId,
    validator_address: claims.validatorAddress,
    validator_agent_id: claims.validatorAgentId,
    min_validation_score: claims.minValidationScore,
    validation_subject_hash: claims.validationSubjectHash,
    job_hash: claims.jobHash,
    required_validation_tag: claims.requiredValidationTag,
  };
}

/**
 * Guarantee request claims on the wire (flat, snake_case, `version` `"v1"` or `"v2"`) and as {@link RequestClaims}.
 * Unknown members are refused, because a member that is not understood could change what is signed.
 */
export const RequestClaimsSchema = z.codec(Wire, z.custom<RequestClaims>(), {
  decode: decodeClaims,
  encode: encodeClaims,
});

/** Guarantee request claims as they stand in JSON. */
export type WireRequestClaims = z.input<typeof RequestClaimsSchema>;
