import type { CertificateClaims, CertificateClaimsV2, CertifiedPayment } from '@fourmica/core-types';
import { ValidationError } from '@fourmica/core-types';
import { AbiWriter, encodeUtf8, paddedSize, WORD_SIZE } from '@fourmica/core-types/abi';
import {
  INNER_OFFSET,
  INNER_V1_SIZE,
  OUTER_HEAD_SIZE,
  V2_HEAD_SIZE,
  V2_TUPLE_OFFSET,
} from './claims-layout.js';

/**
 * Encodes what a certificate says: `abi.encode(uint64 version, bytes innerClaims)`. These bytes are what is signed.
 *
 * @throws ValidationError when the version is not 1 or 2 or a member does not fit its Solidity type.
 */
export function encodeCertificateClaims(claims: CertificateClaims): Uint8Array {
  if (claims.version === 1) return inEnvelope(1, INNER_V1_SIZE, (writer) => writePayment(writer, claims, 1));
  if (claims.version === 2) {
    const tag = encodeUtf8(claims.requiredValidationTag, 'requiredValidationTag');
    const size = WORD_SIZE + V2_HEAD_SIZE + WORD_SIZE + paddedSize(tag.length);
    return inEnvelope(2, size, (writer) => writeInnerV2(writer, claims, tag));
  }
  throw new ValidationError('version', (claims as { version: unknown }).version, '1 or 2');
}

function inEnvelope(version: number, innerSize: number, writeInner: (writer: AbiWriter) => void): Uint8Array {
  const writer = new AbiWriter(OUTER_HEAD_SIZE + innerSize)
    .uint(version, 64, 'version')
    .uint(INNER_OFFSET, 256, 'offset')
    .uint(innerSize, 256, 'length');
  writeInner(writer);
  return writer.finish();
}

const writePayment = (writer: AbiWriter, claims: CertifiedPayment, version: number): AbiWriter =>
  writer
    .bytes32(claims.domain, 'domain')
    .uint(claims.tabId, 256, 'tabId')
    .uint(claims.reqId, 256, 'reqId')
    .address(claims.userAddress, 'userAddress')
    .address(claims.recipientAddress, 'recipientAddress')
    .uint(claims.amount, 256, 'amount')
    .uint(claims.totalAmount, 256, 'totalAmount')
    .address(claims.assetAddress, 'assetAddress')
    .uint(claims.timestamp, 64, 'timestamp')
    .uint(version, 64, 'version');

const writeInnerV2 = (writer: AbiWriter, claims: CertificateClaimsV2, tag: Uint8Array): AbiWriter =>
  writePayment(writer.uint(V2_TUPLE_OFFSET, 256, 'offset'), claims, 2)
    .address(claims.validationRegistryAddress, 'validationRegistryAddress')
    .bytes32(claims.validationRequestHash, 'validationRequestHash')
    .uint(claims.validationChainId, 64, 'validationChainId')
    .address(claims.validatorAddress, 'validatorAddress')
    .uint(claims.validatorAgentId, 256, 'validatorAgentId')
    .uint(claims.minValidationScore, 8, 'minValidationScore')
    .bytes32(claims.validationSubjectHash, 'validationSubjectHash')
    .bytes32(claims.jobHash, 'jobHash')
    .uint(V2_HEAD_SIZE, 256, 'offset')
    .dynamicBytes(tag);
