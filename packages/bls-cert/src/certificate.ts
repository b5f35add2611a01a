import {
  type Address,
  assertCanonicalValidation,
  type BLSCert,
  type Bytes32,
  bytesToHex,
  type CertificateClaims,
  type CertificateClaimsV2,
  type GuaranteeVersion,
  type RequestClaims,
  ValidationError,
  ValidationPolicyError,
} from '@fourmica/core-types';
import { hexToBytes } from '@noble/hashes/utils';
import { loadBls, refusalOr, type SignedMessage, signatureInvalid } from './bls.js';
import { MAX_CLAIMS_SIZE } from './claims-layout.js';
import { certificateVersion, decodeCertificateClaims } from './decode-claims.js';
import { encodeCertificateClaims } from './encode-claims.js';
import { VerificationError } from './errors.js';

/** Whom and what a verifier trusts. Take keys and domains from the contract. */
export interface CertificateTrust {
  /** The operator's compressed public key, 48 bytes; by version where versions have different keys. */
  readonly publicKey: Uint8Array | ((version: GuaranteeVersion) => Uint8Array);
  /** Guarantee domain of each enabled version; certificates of other versions are refused. */
  readonly domains: Partial<Record<GuaranteeVersion, Bytes32>>;
  /** When given, the chain that version 2 policies must name. */
  readonly validationChainId?: bigint | undefined;
  /** When given and not empty, the registries that version 2 policies may name. */
  readonly trustedValidationRegistries?: readonly Address[] | undefined;
}

/** A certificate as received: hex text, `0x` optional. */
export interface CertificateText {
  readonly claims: string;
  readonly signature: string;
}

/**
 * Signs what a certificate says.
 *
 * @param secretKey - 32 bytes, big-endian.
 * @throws ValidationError when a member does not fit its Solidity type.
 * @throws VerificationError `BLS_SECRET_KEY_INVALID`.
 */
export async function signCertificate(secretKey: Uint8Array, claims: CertificateClaims): Promise<BLSCert> {
  const bls = await loadBls();
  return signCertificateWith(bls, secretKey, claims);
}

/** {@link signCertificate} with the signing done by `bls`, in this thread or elsewhere. */
export async function signCertificateWith(
  bls: { sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array | Promise<Uint8Array> },
  secretKey: Uint8Array,
  claims: CertificateClaims,
): Promise<BLSCert> {
  const encoded = encodeCertificateClaims(claims);
  return { claims: bytesToHex(encoded), signature: bytesToHex(await bls.sign(secretKey, encoded)) };
}

/**
 * Verifies a certificate: hex, operator's signature, encoding, guarantee domain and, in version 2, that the policy is
 * bound to the payment. A certificate that passes is accepted by the contract that the domains were read from.
 *
 * @returns what the certificate says.
 * @throws VerificationError with a `CERTIFICATE_…` code for the first check that fails.
 */
export async function verifyCertificate(
  certificate: CertificateText,
  trust: CertificateTrust,
): Promise<CertificateClaims> {
  return verifyCertificateWith(await loadBls(), certificate, trust);
}

/** {@link verifyCertificate} with the signature checked by `bls`, in this thread or elsewhere. */
export async function verifyCertificateWith(
  bls: {
    verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>;
  },
  certificate: CertificateText,
  trust: CertificateTrust,
): Promise<CertificateClaims> {
  const { key, message, signature } = readCertificate(certificate, trust);
  if (!(await bls.verify(key, message, signature))) throw signatureInvalid();
  return checkClaims(message, trust);
}

/**
 * Verifies many certificates with the checks of {@link verifyCertificate}, those of one key in a batch.
 *
 * @returns for each certificate what it says, or the error that `verifyCertificate` would throw.
 */
export async function verifyCertificates(
  certificates: readonly CertificateText[],
  trust: CertificateTrust,
): Promise<readonly (CertificateClaims | VerificationError)[]> {
  return verifyCertificatesWith(await loadBls(), certificates, trust);
}

/** {@link verifyCertificates} with the signatures checked by `bls`, in this thread or elsewhere. */
export async function verifyCertificatesWith(
  bls: BatchVerifier,
  certificates: readonly CertificateText[],
  trust: CertificateTrust,
): Promise<readonly (CertificateClaims | VerificationError)[]> {
  const read = certificates.map((certificate) => refusalOr(() => readCertificate(certificate, trust)));
  const refusals = new Map<ReadCertificate, VerificationError | undefined>();
  await Promise.all(
    groupByKey(read).map(async (group) => {
      const verdicts = await verdictsOf(bls, group);
      group.forEach((entry, i) => {
        refusals.set(entry, verdicts[i]);
      });
    }),
  );
  return read.map((entry) => {
    if (entry instanceof VerificationError) return entry;
    return refusals.get(entry) ?? refusalOr(() => checkClaims(entry.message, trust));
  });
}

/** The part of `Bls`, or of a pool, that verifies many signatures of one key. */
export interface BatchVerifier {
  verifyBatch(publicKey: Uint8Array, signatures: readonly SignedMessage[]): Verdicts | Promise<Verdicts>;
}

/** What is wrong with each entry of a batch; undefined for those that are right. */
export type Verdicts = readonly (VerificationError | undefined)[];

/** A refused key is what is wrong with every certificate of the group. */
async function verdictsOf(
  bls: BatchVerifier,
  group: readonly [ReadCertificate, ...ReadCertificate[]],
): Promise<Verdicts> {
  try {
    return await bls.verifyBatch(group[0].key, group);
  } catch (error) {
    if (error instanceof VerificationError) return group.map(() => error);
    throw error;
  }
}

/** A certificate as bytes, with the key that has to have signed it. */
interface ReadCertificate {
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

function readCertificate(certificate: CertificateText, { publicKey }: CertificateTrust): ReadCertificate {
  const message = decodeHex(certificate?.claims, 'claims');
  const signature = decodeHex(certificate?.signature, 'signature');
  const key = typeof publicKey === 'function' ? publicKey(certificateVersion(message)) : publicKey;
  return { key, message, signature };
}

function groupByKey(
  read: readonly (ReadCertificate | VerificationError)[],
): readonly (readonly [ReadCertificate, ...ReadCertificate[]])[] {
  const groups = new Map<string, [ReadCertificate, ...ReadCertificate[]]>();
  for (const entry of read) {
    if (entry instanceof VerificationError) continue;
    const id = bytesToHex(entry.key);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [entry]);
    else group.push(entry);
  }
  return [...groups.values()];
}

function checkClaims(message: Uint8Array, trust: CertificateTrust): CertificateClaims {
  const claims = decodeCertificateClaims(message);
  checkDomain(claims, trust);
  if (claims.version === 2) checkPolicy(claims, trust);
  return claims;
}

/** Only the forms in which certificates are issued: hex digits, optionally behind a lower-case `0x`. */
const HEX_TEXT = /^(?:0x)?((?:[0-9a-fA-F]{2})*)$/;
const MAX_HEX_LENGTH = 2 + 2 * MAX_CLAIMS_SIZE;

function decodeHex(text: unknown, field: string): Uint8Array {
  const digits =
    typeof text === 'string' && text.length <= MAX_HEX_LENGTH ? HEX_TEXT.exec(text)?.[1] : undefined;
  if (digits !== undefined) return hexToBytes(digits);
  throw new VerificationError(
    'CERTIFICATE_HEX',
    `certificate.${field}: expected an even number of hex digits, 0x optional, at most ${MAX_CLAIMS_SIZE} bytes`,
    { field },
  );
}

function checkDomain(claims: CertificateClaims, { domains }: CertificateTrust): void {
  const expected = domains[claims.version];
  if (expected === undefined) {
    throw new VerificationError(
      'CERTIFICATE_VERSION_UNSUPPORTED',
      `certificate: expected an enabled guarantee version, got ${claims.version}`,
      { version: claims.version },
    );
  }
  if (claims.domain !== expected.toLowerCase()) {
    throw new VerificationError(
      'CERTIFICATE_DOMAIN_MISMATCH',
      `guarantee domain mismatch: expected ${expected}, got ${claims.domain}; the certificate is for another contract, chain or version`,
      { expected, domain: claims.domain },
    );
  }
}

function checkPolicy(claims: CertificateClaimsV2, trust: CertificateTrust): void {
  try {
    assertCanonicalValidation(claims);
  } catch (cause) {
    if (!(cause instanceof ValidationPolicyError || cause instanceof ValidationError)) throw cause;
    throw new VerificationError(
      'CERTIFICATE_VALIDATION_POLICY',
      `certificate: ${cause.message}`,
      {},
      { cause },
    );
  }
  const { validationChainId, trustedValidationRegistries: trusted = [] } = trust;
  if (validationChainId !== undefined && claims.validationChainId !== validationChainId) {
    throw new VerificationError(
      'CERTIFICATE_VALIDATION_CHAIN',
      `certificate: expected a validation on chain ${validationChainId}, got ${claims.validationChainId}`,
      { expected: validationChainId, chainId: claims.validationChainId },
    );
  }
  if (trusted.length > 0 && !trusted.includes(claims.validationRegistryAddress)) {
    throw new VerificationError(
      'CERTIFICATE_VALIDATION_REGISTRY',
      `certificate: validation registry ${claims.validationRegistryAddress} is not trusted`,
      { registry: claims.validationRegistryAddress },
    );
  }
}

const COMPARED = [
  'version',
  'userAddress',
  'recipientAddress',
  'tabId',
  'reqId',
  'amount',
  'assetAddress',
  'timestamp',
] as const;

const COMPARED_POLICY = [
  'validationRegistryAddress',
  'validationRequestHash',
  'validationChainId',
  'validatorAddress',
  'validatorAgentId',
  'minValidationScore',
  'validationSubjectHash',
  'jobHash',
  'requiredValidationTag',
] as const;

/**
 * Checks that a certificate says what was requested, and that its running total is at least this request's amount.
 *
 * @throws VerificationError `CERTIFICATE_DIFFERS_FROM_REQUEST` naming the first member that differs.
 */
export function assertCertificateMatches(certificate: CertificateClaims, request: RequestClaims): void {
  for (const member of COMPARED) requireEqual(member, request[member], certificate[member]);
  if (certificate.version === 2 && request.version === 2) {
    for (const member of COMPARED_POLICY) requireEqual(member, request[member], certificate[member]);
  }
  if (certificate.totalAmount < certificate.amount) {
    throw differs('totalAmount', `at least ${certificate.amount}`, certificate.totalAmount);
  }
}

function requireEqual(member: string, requested: unknown, certified: unknown): void {
  if (requested !== certified) throw differs(member, String(requested), certified);
}

const differs = (member: string, expected: string, certified: unknown): VerificationError =>
  new VerificationError(
    'CERTIFICATE_DIFFERS_FROM_REQUEST',
    `certificate.${member}: expected ${expected} as requested, got ${String(certified)}`,
    { member, expected, certified },
  );
