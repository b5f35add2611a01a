import {
  parseAddress,
  parseBytes32,
  parseU64,
  parseU256,
  parseUint,
  parseValidationTag,
  type RequestClaimsV1,
  type RequestClaimsV2,
  type UintLike,
  ZERO_BYTES32,
} from '@fourmica/core-types';
import { createRequestClaims } from '@fourmica/eip712-claims';
import { type WithJson, withJson } from './json.js';

/** The members of version 1 claims as a user writes them. */
export interface RequestClaimsFields {
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
  /** Token contract; absent, null or the zero address is ETH. */
  readonly erc20Token?: string | null | undefined;
}

/** The members of version 2 claims as a user writes them. */
export interface RequestClaimsV2Fields extends RequestClaimsFields {
  readonly validationRegistryAddress: string;
  /** Canonical hash of the policy; 32 zero bytes while it is still to be computed. */
  readonly validationRequestHash: string;
  readonly validationChainId: UintLike;
  readonly validatorAddress: string;
  readonly validatorAgentId: UintLike;
  /** 1 to 100. */
  readonly minValidationScore: UintLike;
  readonly validationSubjectHash: string;
  /** Absent or empty: any tag. */
  readonly requiredValidationTag?: string | null | undefined;
  /** Absent reads as zero, which cannot be signed. */
  readonly jobHash?: string | null | undefined;
}

/** Claims as one object, or as the positional arguments of other SDKs. */
export type RequestClaimsParameters =
  | [fields: RequestClaimsFields]
  | [
      userAddress: string,
      recipientAddress: string,
      tabId: UintLike,
      amount: UintLike,
      timestamp: UintLike,
      erc20Token: string | null | undefined,
      reqId: UintLike,
    ];

/** What a payer signs for one request, version 1. */
export type PaymentGuaranteeRequestClaims = WithJson<RequestClaimsV1>;
export const PaymentGuaranteeRequestClaims = {
  /**
   * Builds version 1 claims, from one object or from positional values.
   *
   * @throws ValidationError naming the member, its value and what was expected.
   */
  new: (...parameters: RequestClaimsParameters): PaymentGuaranteeRequestClaims =>
    withJson(paymentOf(fieldsOf(parameters))),
};

/** What a payer signs for one request whose guarantee depends on a validation, version 2. */
export type PaymentGuaranteeRequestClaimsV2 = WithJson<RequestClaimsV2>;
export const PaymentGuaranteeRequestClaimsV2 = {
  /**
   * Builds version 2 claims from members that the caller computes. Whether the hashes belong to the payment and the
   * policy is checked when the claims are signed, so that a first object can serve to compute them.
   *
   * @throws ValidationError naming the member, its value and what was expected.
   */
  new: (fields: RequestClaimsV2Fields): PaymentGuaranteeRequestClaimsV2 =>
    withJson({
      ...paymentOf(fields),
      version: 2,
      validationRegistryAddress: parseAddress(fields.validationRegistryAddress, 'validationRegistryAddress'),
      validationRequestHash: parseBytes32(fields.validationRequestHash, 'validationRequestHash'),
      validationChainId: parseU64(fields.validationChainId, 'validationChainId'),
      validatorAddress: parseAddress(fields.validatorAddress, 'validatorAddress'),
      validatorAgentId: parseU256(fields.validatorAgentId, 'validatorAgentId'),
      minValidationScore: Number(parseUint(fields.minValidationScore, 8, 'minValidationScore')),
      validationSubjectHash: parseBytes32(fields.validationSubjectHash, 'validationSubjectHash'),
      jobHash: parseBytes32(fields.jobHash ?? ZERO_BYTES32, 'jobHash'),
      requiredValidationTag: parseValidationTag(fields.requiredValidationTag ?? undefined),
    }),
};

const paymentOf = ({ erc20Token, ...payment }: RequestClaimsFields): RequestClaimsV1 =>
  createRequestClaims({ ...payment, assetAddress: erc20Token ?? undefined });

function fieldsOf(parameters: RequestClaimsParameters): RequestClaimsFields {
  if (parameters.length === 1) return parameters[0];
  const [userAddress, recipientAddress, tabId, amount, timestamp, erc20Token, reqId] = parameters;
  return { userAddress, recipientAddress, tabId, reqId, amount, timestamp, erc20Token };
}
