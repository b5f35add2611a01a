import { AbiCoder, keccak256, toUtf8Bytes } from 'ethers';
import { type G2Words, sign } from './bls.js';

const abi = AbiCoder.defaultAbiCoder();

export interface Claims {
  readonly domain: string;
  readonly tabId: bigint;
  readonly reqId: bigint;
  readonly client: string;
  readonly recipient: string;
  readonly amount: bigint;
  readonly totalAmount: bigint;
  readonly asset: string;
  readonly timestamp: bigint;
  readonly version: bigint;
}

export interface ValidatedClaims extends Claims {
  readonly validationRegistryAddress: string;
  readonly validationRequestHash: string;
  readonly validationChainId: bigint;
  readonly validatorAddress: string;
  readonly validatorAgentId: bigint;
  readonly minValidationScore: bigint;
  readonly validationSubjectHash: string;
  readonly jobHash: string;
  readonly requiredValidationTag: string;
}

/** A certificate as the arguments of `remunerate` and `verifyAndDecodeGuarantee`. */
export type Certificate = readonly [guarantee: string, signature: G2Words];

const V1_TYPES =
  'bytes32 domain, uint256 tabId, uint256 reqId, address client, address recipient, uint256 amount, uint256 totalAmount, address asset, uint64 timestamp, uint64 version';
const V2_TYPES = `${V1_TYPES}, address validationRegistryAddress, bytes32 validationRequestHash, uint64 validationChainId, address validatorAddress, uint256 validatorAgentId, uint8 minValidationScore, bytes32 validationSubjectHash, bytes32 jobHash, string requiredValidationTag`;

export const encodeClaims = (claims: Claims): string => abi.encode([`tuple(${V1_TYPES})`], [claims]);

export const encodeValidatedClaims = (claims: ValidatedClaims): string =>
  abi.encode([`tuple(${V2_TYPES})`], [claims]);

export const envelope = (version: bigint, inner: string): string =>
  abi.encode(['uint64', 'bytes'], [version, inner]);

export function certify(version: bigint, inner: string, secret: string): Certificate {
  const guarantee = envelope(version, inner);
  return [guarantee, sign(guarantee, secret)];
}

export const domainSeparator = (label: string, chainId: bigint, contract: string): string =>
  keccak256(abi.encode(['string', 'uint256', 'address'], [label, chainId, contract]));

const text = (value: string): string => keccak256(toUtf8Bytes(value));

export const subjectHash = (claims: Claims): string =>
  keccak256(
    abi.encode(
      ['bytes32', 'uint256', 'uint256', 'address', 'address', 'uint256', 'address', 'uint64'],
      [
        text('4MICA_VALIDATION_SUBJECT_V1'),
        claims.tabId,
        claims.reqId,
        claims.client,
        claims.recipient,
        claims.amount,
        claims.asset,
        claims.timestamp,
      ],
    ),
  );

export const requestHash = (claims: Omit<ValidatedClaims, 'validationRequestHash'>): string =>
  keccak256(
    abi.encode(
      ['bytes32', 'uint256', 'address', 'address', 'uint256', 'bytes32', 'uint8', 'bytes32', 'bytes32'],
      [
        text('4MICA_VALIDATION_REQUEST_V2'),
        claims.validationChainId,
        claims.validationRegistryAddress,
        claims.validatorAddress,
        claims.validatorAgentId,
        claims.validationSubjectHash,
        claims.minValidationScore,
        text(claims.requiredValidationTag),
        claims.jobHash,
      ],
    ),
  );

/** The version 2 claims of an envelope, or undefined when there are none that can be read. */
export function decodeValidatedClaims(encoded: string): ValidatedClaims | undefined {
  try {
    const [, inner] = abi.decode(['uint64', 'bytes'], encoded);
    return abi.decode([`tuple(${V2_TYPES})`], inner)[0].toObject();
  } catch {
    return undefined;
  }
}
