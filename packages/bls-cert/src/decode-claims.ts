import {
  type Address,
  type Bytes32,
  bytesToHex,
  type CertificateClaims,
  type CertifiedPayment,
  type GuaranteeVersion,
  parseWireAddress,
  type ValidationPolicy,
} from '@fourmica/core-types';
import { decodeUtf8, paddedSize, uintAt, WORD_SIZE } from '@fourmica/core-types/abi';
import {
  INNER_OFFSET,
  INNER_V1_SIZE,
  MAX_CLAIMS_SIZE,
  OUTER_HEAD_SIZE,
  V2_HEAD_SIZE,
  V2_TUPLE_OFFSET,
} from './claims-layout.js';
import { VerificationError } from './errors.js';

/**
 * Decodes what a certificate says. Only the canonical encoding is accepted, so that decoding and encoding again gives
 * the same bytes.
 *
 * @throws VerificationError `CERTIFICATE_CLAIMS_ENCODING`, `CERTIFICATE_CLAIMS_NOT_CANONICAL`,
 * `CERTIFICATE_VERSION_UNSUPPORTED` or `CERTIFICATE_VERSION_MISMATCH`.
 */
export function decodeCertificateClaims(bytes: Uint8Array): CertificateClaims {
  const version = certificateVersion(bytes);
  return version === 1 ? decodeV1(innerClaims(bytes)) : decodeV2(innerClaims(bytes));
}

/**
 * Reads the version of encoded certificate claims without decoding the rest.
 *
 * @throws VerificationError `CERTIFICATE_CLAIMS_ENCODING` or `CERTIFICATE_VERSION_UNSUPPORTED`.
 */
export function certificateVersion(bytes: Uint8Array): GuaranteeVersion {
  if (bytes.length < OUTER_HEAD_SIZE || bytes.length > MAX_CLAIMS_SIZE) {
    throw encodingError(`expected ${OUTER_HEAD_SIZE} to ${MAX_CLAIMS_SIZE} bytes, got ${bytes.length}`);
  }
  const version = uint64At(bytes, 0, 'version');
  if (version === 1n) return 1;
  if (version === 2n) return 2;
  throw new VerificationError(
    'CERTIFICATE_VERSION_UNSUPPORTED',
    `certificate: expected version 1 or 2, got ${version}`,
    { version },
  );
}

function innerClaims(bytes: Uint8Array): Uint8Array {
  if (uintAt(bytes, WORD_SIZE) !== BigInt(INNER_OFFSET))
    throw encodingError('the offset of the inner claims');
  const available = bytes.length - OUTER_HEAD_SIZE;
  const length = uintAt(bytes, INNER_OFFSET);
  if (length > BigInt(available)) {
    throw encodingError(`the inner claims say ${length} bytes, the certificate has ${available}`);
  }
  const inner = bytes.subarray(OUTER_HEAD_SIZE, OUTER_HEAD_SIZE + Number(length));
  if (inner.length % WORD_SIZE !== 0) throw encodingError('the inner claims are not whole words');
  if (inner.length !== available) throw notCanonical('bytes after the claims');
  return inner;
}

function decodeV1(inner: Uint8Array): CertificateClaims {
  if (inner.length < INNER_V1_SIZE) {
    throw encodingError(`version 1 claims have ${INNER_V1_SIZE} bytes, got ${inner.length}`);
  }
  requireInnerVersion(inner, 1n);
  const payment = decodePayment(inner);
  if (inner.length > INNER_V1_SIZE) throw notCanonical('bytes after the inner claims');
  return { version: 1, ...payment };
}

function decodeV2(inner: Uint8Array): CertificateClaims {
  if (inner.length < V2_TUPLE_OFFSET + V2_HEAD_SIZE + WORD_SIZE) {
    throw encodingError(`version 2 claims are longer than ${inner.length} bytes`);
  }
  if (uintAt(inner, 0) !== BigInt(V2_TUPLE_OFFSET)) throw encodingError('the offset of the tuple');
  const tuple = inner.subarray(V2_TUPLE_OFFSET);
  requireInnerVersion(tuple, 2n);
  return { version: 2, ...decodePayment(tuple), ...decodePolicy(tuple) };
}

const word = (index: number): number => index * WORD_SIZE;

function requireInnerVersion(tuple: Uint8Array, outer: bigint): void {
  const inner = uint64At(tuple, word(9), 'inner version');
  if (inner === outer) return;
  throw new VerificationError(
    'CERTIFICATE_VERSION_MISMATCH',
    `certificate: expected the claims inside to have version ${outer} like the envelope, got ${inner}`,
    { outer, inner },
  );
}

const decodePayment = (tuple: Uint8Array): CertifiedPayment => ({
  domain: bytes32At(tuple, word(0)),
  tabId: uintAt(tuple, word(1)),
  reqId: uintAt(tuple, word(2)),
  userAddress: addressAt(tuple, word(3), 'client'),
  recipientAddress: addressAt(tuple, word(4), 'recipient'),
  amount: uintAt(tuple, word(5)),
  totalAmount: uintAt(tuple, word(6)),
  assetAddress: addressAt(tuple, word(7), 'asset'),
  timestamp: uint64At(tuple, word(8), 'timestamp'),
});

const decodePolicy = (tuple: Uint8Array): ValidationPolicy => ({
  validationRegistryAddress: addressAt(tuple, word(10), 'validation registry'),
  validationRequestHash: bytes32At(tuple, word(11)),
  validationChainId: uint64At(tuple, word(12), 'validation chain id'),
  validatorAddress: addressAt(tuple, word(13), 'validator'),
  validatorAgentId: uintAt(tuple, word(14)),
  minValidationScore: Number(sizedUintAt(tuple, word(15), 8, 'minimum validation score')),
  validationSubjectHash: bytes32At(tuple, word(16)),
  jobHash: bytes32At(tuple, word(17)),
  requiredValidationTag: decodeTag(tuple),
});

function decodeTag(tuple: Uint8Array): string {
  if (uintAt(tuple, word(18)) !== BigInt(V2_HEAD_SIZE)) throw encodingError('the offset of the tag');
  const padded = tuple.subarray(V2_HEAD_SIZE + WORD_SIZE);
  const length = uintAt(tuple, V2_HEAD_SIZE);
  if (length > BigInt(padded.length)) {
    throw encodingError(`the tag says ${length} bytes, the claims have ${padded.length}`);
  }
  const size = Number(length);
  const tag = decodeUtf8(padded.subarray(0, size));
  if (tag === undefined) throw encodingError('the tag is no valid UTF-8');
  if (padded.length !== paddedSize(size)) throw notCanonical('bytes after the tag');
  if (padded.subarray(size).some((byte) => byte !== 0))
    throw notCanonical('the padding of the tag is not zero');
  return tag;
}

const bytes32At = (bytes: Uint8Array, offset: number): Bytes32 =>
  bytesToHex(bytes.subarray(offset, offset + WORD_SIZE));

function sizedUintAt(bytes: Uint8Array, offset: number, bits: number, what: string): bigint {
  const value = uintAt(bytes, offset);
  if (value >> BigInt(bits) !== 0n) throw encodingError(`the ${what} does not fit into ${bits} bits`);
  return value;
}

const uint64At = (bytes: Uint8Array, offset: number, what: string): bigint =>
  sizedUintAt(bytes, offset, 64, what);

function addressAt(bytes: Uint8Array, offset: number, what: string): Address {
  const start = offset + WORD_SIZE - 20;
  if (bytes.subarray(offset, start).some((byte) => byte !== 0)) {
    throw encodingError(`the ${what} does not fit into 20 bytes`);
  }
  return parseWireAddress(bytesToHex(bytes.subarray(start, offset + WORD_SIZE)));
}

const encodingError = (detail: string): VerificationError =>
  new VerificationError('CERTIFICATE_CLAIMS_ENCODING', `certificate claims: not a valid encoding: ${detail}`);

const notCanonical = (detail: string): VerificationError =>
  new VerificationError(
    'CERTIFICATE_CLAIMS_NOT_CANONICAL',
    `certificate claims: not in the canonical form: ${detail}`,
  );
