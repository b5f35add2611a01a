import { encodeCertificateClaims, verifyCertificateWith } from '@fourmica/bls-cert';
import {
  bytesToHex,
  hexToBytes,
  parseAddress,
  parseBytes32,
  parseNetwork,
  parseStrictJson,
  parseU64,
  parseU256,
  parseWireAddress,
  parseWith,
  SignedClaimsSchema,
  stringifyStrictJson,
  toSafeNumber,
} from '@fourmica/core-types';
import {
  createRequestClaims,
  createValidatedRequestClaims,
  encodeRequestClaims,
  fromCompactSignature,
  guaranteeTypedData,
  hashTypedData,
  LocalAccountSigner,
  recoverRequestSigner,
  toCompactSignature,
} from '@fourmica/eip712-claims';
import { contractSignatureVerdict } from '@fourmica/eip712-claims/contract-wallets';
import { loadVectors } from '@fourmica/test-vectors';
import { decodePaymentHeader, encodePaymentHeader, parseTabAnswer } from '@fourmica/x402';
import { signedClaims } from './schemas.js';
import { jsonTarget, requireSame, type Target, textTarget, Violation } from './target.js';

const allCertificates = loadVectors('guarantee-certificates').vectors;
/** What the verifier of certificates trusts: one contract. */
const domains = Object.fromEntries(allCertificates.map(({ version, claims }) => [version, claims.domain]));
const certificates = allCertificates.filter(({ version, claims }) => claims.domain === domains[version]);
const hashVectors = loadVectors('validation-hashes').vectors.filter(
  ({ valid, lenient }) => valid && !lenient,
);
const x402 = loadVectors('x402-envelopes').vectors;

const SMALL_INTEGERS = ['0', '1000', '0x3e8', '9007199254740991'];
const INTEGERS = [...SMALL_INTEGERS, `0x${'f'.repeat(64)}`, (2n ** 256n - 1n).toString()];
const HASH = `0x${'aB'.repeat(32)}`;
const DOMAIN = { name: '4mica', version: '1', chainId: 84532n };
const signatures = x402.flatMap(({ signature }) => signature ?? []);

const { claims } = parseWith(SignedClaimsSchema, signedClaims[0], 'body');
const typedData = [1, 2].flatMap((version) => {
  const signed = signedClaims.map((payload) => parseWith(SignedClaimsSchema, payload, 'body'));
  const found = signed.find((request) => request.claims.version === version);
  if (found === undefined) return [];
  const { types, message } = guaranteeTypedData(DOMAIN, found.claims);
  return [{ domain: { name: 'n', version: '1' }, types, message }];
});

/** A verifier that takes any signature, so that every mutation reaches the decoder behind it. */
const anySignature = { verify: () => true };

/** Decoders of text and of arguments. */
export const textTargets: readonly Target[] = [
  textTarget(
    'strict JSON',
    signedClaims.map((payload) => JSON.stringify(payload)),
    (text) => {
      const value = parseStrictJson(text);
      const written = stringifyStrictJson(value);
      requireSame(stringifyStrictJson(parseStrictJson(written)), written, 'is not stable');
      requireSame(JSON.parse(written), JSON.parse(text), 'JSON.parse reads something else');
    },
  ),
  textTarget('256-bit integer', INTEGERS, (text) => {
    const value = parseU256(text);
    requireSame(parseU256(value.toString()), value, 'reads another number');
    if (value < 0n || value >= 2n ** 256n) throw new Violation('reads a number that does not fit');
  }),
  textTarget('64-bit integer', SMALL_INTEGERS, (text) => {
    const value = parseU64(text);
    if (value < 0n || value >= 2n ** 64n) throw new Violation('reads a number that does not fit');
    requireSame(BigInt(toSafeNumber(value, 'value')), value, 'rounds');
  }),
  textTarget(
    'address',
    [HASH.slice(0, 42).toLowerCase(), '0xabCDEF1234567890ABcDEF1234567890aBCDeF12'],
    (text) => {
      requireSame(parseAddress(text), parseWireAddress(text), 'reads another address');
      requireSame(parseAddress(parseAddress(text)), parseAddress(text), 'is not stable');
    },
  ),
  textTarget('network', ['eip155:84532', 'base-sepolia'], (text) => {
    const network = parseNetwork(text);
    requireSame(parseNetwork(network), network, 'is not stable');
  }),
  textTarget('hex', ['', '0x', '00ff', '0xAABBCC', HASH], (text) => {
    const hex = bytesToHex(hexToBytes(text));
    requireSame(hex, `0x${text.toLowerCase().replace(/^0x/, '')}`, 'reads other bytes');
  }),
  textTarget('32 bytes', [HASH, HASH.slice(2)], (text) => {
    requireSame(bytesToHex(hexToBytes(text)), parseBytes32(text), 'reads other bytes');
  }),
  textTarget('private key', [`0x${'01'.repeat(32)}`, 'ab'.repeat(32)], (text) => {
    new LocalAccountSigner(text);
  }),
  textTarget('signature', signatures, (text) => {
    const signature = text as `0x${string}`;
    recoverRequestSigner(DOMAIN, { claims, signature, scheme: 'eip712' });
    const wire = fromCompactSignature(toCompactSignature(text));
    const again = recoverRequestSigner(DOMAIN, { claims, signature: wire, scheme: 'eip712' });
    const compact = { claims, signature: toCompactSignature(text), scheme: 'eip712' as const };
    requireSame(recoverRequestSigner(DOMAIN, compact, { allowCompact: true }), again, 'compact differs');
  }),
  textTarget(
    'compact signature',
    signatures.map((text) => toCompactSignature(text)),
    (text) => {
      const compact = toCompactSignature(fromCompactSignature(text));
      requireSame(compact, `0x${text.toLowerCase().replace(/^0x/, '')}`, 'encodes to other bytes');
    },
  ),
  textTarget('answer of a contract wallet', [`0x${'0'.repeat(63)}1`, `0x${'0'.repeat(64)}`], (text) => {
    if (contractSignatureVerdict(text) !== text.endsWith('1')) throw new Violation('reads another verdict');
  }),
  jsonTarget('typed data', typedData, (value) => {
    const { types, message, domain } = (value ?? {}) as (typeof typedData)[number];
    hashTypedData({ ...domain, chainId: 1n }, types, message);
  }),
  jsonTarget(
    'payment of a user',
    hashVectors.map(({ subject: { user, recipient, asset, ...numbers } }) => ({
      userAddress: user,
      recipientAddress: recipient,
      assetAddress: asset,
      ...numbers,
    })),
    (value) => {
      encodeRequestClaims(createRequestClaims(value as Parameters<typeof createRequestClaims>[0]));
    },
  ),
  jsonTarget(
    'validation policy of a user',
    hashVectors.map(({ policy }) => policy),
    (value) => {
      const policy = value as Parameters<typeof createValidatedRequestClaims>[1];
      encodeRequestClaims(createValidatedRequestClaims(claims, policy));
    },
  ),
  jsonTarget(
    'certificate text',
    certificates.map(({ encodedClaims, signature }) => ({ claims: encodedClaims, signature })),
    async (value) => {
      const text = value as { claims: string; signature: string };
      const trust = { publicKey: new Uint8Array(48), domains };
      const certified = await verifyCertificateWith(anySignature, text, trust);
      const again = bytesToHex(encodeCertificateClaims(certified));
      requireSame(again, `0x${text.claims.toLowerCase().replace(/^0x/, '')}`, 'encodes to other bytes');
    },
  ),
  textTarget(
    'payment header',
    x402.flatMap(({ header }) => header ?? []),
    (text) => {
      const payment = decodePaymentHeader(text);
      const again = decodePaymentHeader(encodePaymentHeader(payment));
      requireSame(again.payload, payment.payload, 'encodes to another payment');
    },
  ),
  jsonTarget(
    'tab answer',
    x402.flatMap(({ tabResponse }) => (tabResponse && 'nextReqId' in tabResponse ? tabResponse : [])),
    (value) => {
      parseTabAnswer(value);
    },
  ),
];
