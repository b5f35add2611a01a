import {
  type Bytes32,
  bytesToHex,
  type Eip712Domain,
  type Eip712Types,
  type RequestClaims,
} from '@fourmica/core-types';
import { AbiWriter, encodeUtf8, keccak256, WORD_SIZE } from '@fourmica/core-types/abi';
import {
  INTENT_WORDS,
  STATIC_POLICY_WORDS,
  structOf,
  writeIntent,
  writeStaticPolicy,
} from './claims-struct.js';

/** keccak256 of `EIP712Domain(string name,string version,uint256 chainId)`. */
const DOMAIN_TYPE_HASH: Bytes32 = '0xc2f8787176b8ac6bf7215b4adcc1e069bf4ab82d9ab1df05a57a91d425935b6e';

/** EIP-712 typed data of guarantee request claims, ready for any wallet. */
export interface GuaranteeTypedData {
  readonly domain: Eip712Domain;
  readonly types: Eip712Types;
  readonly primaryType: string;
  readonly message: Readonly<Record<string, bigint | number | string>>;
}

/** Describes claims as EIP-712 typed data, members in the order in which they are hashed. */
export function guaranteeTypedData(domain: Eip712Domain, claims: RequestClaims): GuaranteeTypedData {
  const { primaryType, members } = structOf(claims);
  return { domain, types: { [primaryType]: members }, primaryType, message: messageOf(claims) };
}

function messageOf(claims: RequestClaims): GuaranteeTypedData['message'] {
  const intent = {
    user: claims.userAddress,
    recipient: claims.recipientAddress,
    tabId: claims.tabId,
    reqId: claims.reqId,
    amount: claims.amount,
    asset: claims.assetAddress,
    timestamp: claims.timestamp,
  };
  if (claims.version === 1) return intent;
  return {
    ...intent,
    validationRegistryAddress: claims.validationRegistryAddress,
    validationRequestHash: claims.validationRequestHash,
    validationChainId: claims.validationChainId,
    validatorAddress: claims.validatorAddress,
    validatorAgentId: claims.validatorAgentId,
    minValidationScore: claims.minValidationScore,
    validationSubjectHash: claims.validationSubjectHash,
    jobHash: claims.jobHash,
    requiredValidationTag: claims.requiredValidationTag,
  };
}

/** Computes the EIP-712 domain separator of a domain with `name`, `version` and `chainId`. */
export const eip712DomainSeparator = (domain: Eip712Domain): Bytes32 => bytesToHex(domainSeparator(domain));

/** Computes the EIP-712 digest that a payer signs for these claims. */
export const hashRequestClaims = (domain: Eip712Domain, claims: RequestClaims): Bytes32 =>
  bytesToHex(claimsDigest(domain, claims));

/** Computes the EIP-712 struct hash of claims: the part of the digest that does not depend on the domain. */
export const hashRequestClaimsStruct = (claims: RequestClaims): Bytes32 => bytesToHex(structHash(claims));

/** {@link hashRequestClaims} as bytes. */
export const claimsDigest = (domain: Eip712Domain, claims: RequestClaims): Uint8Array =>
  typedDataDigest(domainSeparator(domain), structHash(claims));

/** Computes keccak256 of `0x1901`, the domain separator and a struct hash (EIP-712). */
export function typedDataDigest(separator: Uint8Array, hash: Uint8Array): Uint8Array {
  const preimage = new Uint8Array(2 + 2 * WORD_SIZE);
  preimage[0] = 0x19;
  preimage[1] = 0x01;
  preimage.set(separator, 2);
  preimage.set(hash, 2 + WORD_SIZE);
  return keccak256(preimage);
}

let lastDomain: { readonly domain: Eip712Domain; readonly separator: Uint8Array } | undefined;

/**
 * {@link eip712DomainSeparator} as bytes. The last one is kept, because a process signs or checks many claims of one
 * domain and half of the hashing of a claim would be its domain.
 */
export function domainSeparator({ name, version, chainId }: Eip712Domain): Uint8Array {
  const { domain, separator } = lastDomain ?? {};
  if (
    separator !== undefined &&
    domain?.name === name &&
    domain.version === version &&
    domain.chainId === chainId
  ) {
    return separator;
  }
  const computed = computeDomainSeparator({ name, version, chainId });
  lastDomain = { domain: { name, version, chainId }, separator: computed };
  return computed;
}

const computeDomainSeparator = ({ name, version, chainId }: Eip712Domain): Uint8Array =>
  keccak256(
    new AbiWriter(4 * WORD_SIZE)
      .bytes32(DOMAIN_TYPE_HASH, 'typeHash')
      .word(keccak256(encodeUtf8(name, 'domain.name')))
      .word(keccak256(encodeUtf8(version, 'domain.version')))
      .uint(chainId, 256, 'domain.chainId')
      .finish(),
  );

/** Computes the EIP-712 struct hash of claims, the same on every chain. */
export function structHash(claims: RequestClaims): Uint8Array {
  const { typeHash } = structOf(claims);
  if (claims.version === 1) {
    const writer = new AbiWriter((1 + INTENT_WORDS) * WORD_SIZE).bytes32(typeHash, 'typeHash');
    return keccak256(writeIntent(writer, claims).finish());
  }
  const writer = new AbiWriter((1 + INTENT_WORDS + STATIC_POLICY_WORDS + 1) * WORD_SIZE);
  writeIntent(writer.bytes32(typeHash, 'typeHash'), claims);
  writeStaticPolicy(writer, claims);
  const tag = encodeUtf8(claims.requiredValidationTag, 'requiredValidationTag');
  return keccak256(writer.word(keccak256(tag)).finish());
}
