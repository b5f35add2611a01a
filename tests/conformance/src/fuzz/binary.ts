import {
  type Bls,
  certificateVersion,
  decodeCertificateClaims,
  encodeCertificateClaims,
} from '@fourmica/bls-cert';
import { bytesToHex, decodePaymentMemo, encodePaymentMemo, hexToBytes } from '@fourmica/core-types';
import { decodeUtf8, encodeUtf8 } from '@fourmica/core-types/abi';
import { unwrapUndeployedSignature, wrapUndeployedSignature } from '@fourmica/eip712-claims/contract-wallets';
import { loadVectors } from '@fourmica/test-vectors';
import { bytesTarget, jsonTarget, requireFound, requireSame, type Target } from './target.js';

const certificates = loadVectors('guarantee-certificates').vectors;
const utf8 = (text: string) => new TextEncoder().encode(text);

const requireSameBytes = (actual: Uint8Array, expected: Uint8Array): void =>
  requireSame(bytesToHex(actual), bytesToHex(expected), 'encodes to other bytes');

const undeployed = wrapUndeployedSignature({
  factory: `0x${'11'.repeat(20)}` as Parameters<typeof wrapUndeployedSignature>[0]['factory'],
  factoryData: new Uint8Array(68).fill(2),
  signature: new Uint8Array(65).fill(3),
});

/** Decoders of bytes: whatever they accept has this one encoding. */
export const binaryTargets = (bls: Bls): readonly Target[] => [
  bytesTarget(
    'certificate claims',
    certificates.map(({ encodedClaims }) => hexToBytes(encodedClaims)),
    (bytes) => {
      const claims = decodeCertificateClaims(bytes);
      requireSameBytes(encodeCertificateClaims(claims), bytes);
      requireSame(certificateVersion(bytes), claims.version, 'reads another version');
    },
  ),
  bytesTarget(
    'signature point',
    certificates.map(({ signature }) => hexToBytes(signature)),
    (bytes) => requireSameBytes(bls.signatureFromWords(bls.signatureToWords(bytes)), bytes),
  ),
  bytesTarget(
    'public key point',
    certificates.map(({ publicKey }) => hexToBytes(publicKey)),
    (bytes) => requireSameBytes(bls.publicKeyFromWords(bls.publicKeyToWords(bytes)), bytes),
  ),
  jsonTarget(
    'signature words',
    certificates.map(({ signatureWords }) => signatureWords),
    (words) => requireSameWords(bls.signatureToWords(bls.signatureFromWords(words as string[])), words),
  ),
  jsonTarget(
    'public key words',
    certificates.map(({ publicKeyWords }) => publicKeyWords),
    (words) => requireSameWords(bls.publicKeyToWords(bls.publicKeyFromWords(words as string[])), words),
  ),
  bytesTarget('undeployed signature', [hexToBytes(undeployed)], (bytes) => {
    const opened = requireFound(unwrapUndeployedSignature(bytes));
    requireSameBytes(hexToBytes(wrapUndeployedSignature(opened)), bytes);
  }),
  bytesTarget('payment memo', ['tab_id:0x2a;req_id:0x7', 'req_id:1;x:y;tab_id:22'].map(utf8), (bytes) => {
    const memo = requireFound(decodePaymentMemo(bytes));
    requireSame(decodePaymentMemo(utf8(encodePaymentMemo(memo))), memo, 'encodes to another memo');
  }),
  bytesTarget('UTF-8', ['plain', 'Grüße 👋', '\ufeffmark'].map(utf8), (bytes) => {
    requireSameBytes(encodeUtf8(requireFound(decodeUtf8(bytes)), 'text'), bytes);
  }),
];

/** Words have two spellings: hex digits in upper case, and no `0x`. */
const requireSameWords = (actual: readonly string[], words: unknown): void =>
  requireSame(
    actual,
    (words as string[]).map((word) => `0x${word.toLowerCase().replace(/^0x/, '')}`),
    'encodes to other words',
  );
