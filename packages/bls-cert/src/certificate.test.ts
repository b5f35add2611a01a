import {
  type CertificateClaims,
  type CertificateClaimsV2,
  computeValidationRequestHash,
  computeValidationSubjectHash,
  type PaymentIntent,
  parseAddress,
  type RequestClaims,
} from '@fourmica/core-types';
import { describe, expect, it } from 'vitest';
import {
  assertCertificateMatches,
  type CertificateTrust,
  encodeCertificateClaims,
  guaranteeDomain,
  loadBls,
  signCertificate,
  verifyCertificate,
} from './index.js';

const CONTRACT = parseAddress('0x5FbDB2315678afecb367f032d93F642f64180aa3');
const OPERATOR_KEY = new Uint8Array(32).fill(1);
const OTHER_KEY = new Uint8Array(32).fill(2);
const domains = { 1: guaranteeDomain(1, 84532n, CONTRACT), 2: guaranteeDomain(2, 84532n, CONTRACT) };

const intent: PaymentIntent = {
  userAddress: parseAddress('0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1'),
  recipientAddress: parseAddress('0xabCDEF1234567890ABcDEF1234567890aBCDeF12'),
  tabId: 42n,
  reqId: 7n,
  amount: 1000n,
  assetAddress: parseAddress(`0x${'00'.repeat(20)}`),
  timestamp: 1736000000n,
};
const unhashed = {
  validationRegistryAddress: parseAddress(`0x${'11'.repeat(20)}`),
  validationChainId: 84532n,
  validatorAddress: parseAddress(`0x${'22'.repeat(20)}`),
  validatorAgentId: 99n,
  minValidationScore: 80,
  validationSubjectHash: computeValidationSubjectHash(intent),
  jobHash: `0x${'33'.repeat(32)}`,
  requiredValidationTag: 'hard-finality',
} as const;
const policy = { ...unhashed, validationRequestHash: computeValidationRequestHash(unhashed) };
const v1: CertificateClaims = { version: 1, ...intent, domain: domains[1], totalAmount: 5000n };
const v2: CertificateClaimsV2 = { version: 2, ...intent, ...policy, domain: domains[2], totalAmount: 5000n };

const trust = async (): Promise<CertificateTrust> => ({
  publicKey: (await loadBls()).publicKeyOf(OPERATOR_KEY),
  domains,
});
const refusal = (code: string) => expect.objectContaining({ name: 'VerificationError', code });

describe('verifyCertificate', () => {
  it.each([v1, v2])('accepts what the operator signed, version $version', async (claims) => {
    const certificate = await signCertificate(OPERATOR_KEY, claims);
    expect(await verifyCertificate(certificate, await trust())).toEqual(claims);
  });

  it('T-1: refuses a forged certificate whose claims are perfect', async () => {
    const forged = await signCertificate(OTHER_KEY, v1);
    await expect(verifyCertificate(forged, await trust())).rejects.toThrow(
      refusal('CERTIFICATE_SIGNATURE_INVALID'),
    );
  });

  it('T-1: refuses a genuine signature under raised claims', async () => {
    const { signature } = await signCertificate(OPERATOR_KEY, v1);
    const { claims } = await signCertificate(OTHER_KEY, { ...v1, amount: 10n ** 18n });
    await expect(verifyCertificate({ claims, signature }, await trust())).rejects.toThrow(
      refusal('CERTIFICATE_SIGNATURE_INVALID'),
    );
  });

  it('T-4: refuses an empty certificate', async () => {
    await expect(verifyCertificate({ claims: '', signature: '' }, await trust())).rejects.toThrow(
      refusal('CERTIFICATE_SIGNATURE_LENGTH'),
    );
  });

  it('refuses members that are missing or no text', async () => {
    for (const nothing of [{}, null, undefined] as { claims: string; signature: string }[]) {
      await expect(verifyCertificate(nothing, await trust())).rejects.toThrow(refusal('CERTIFICATE_HEX'));
    }
  });

  it('takes another key for another version', async () => {
    const bls = await loadBls();
    const publicKey = (version: 1 | 2) => bls.publicKeyOf(version === 1 ? OPERATOR_KEY : OTHER_KEY);
    const byVersion = { publicKey, domains };
    expect(await verifyCertificate(await signCertificate(OTHER_KEY, v2), byVersion)).toEqual(v2);
    await expect(verifyCertificate(await signCertificate(OPERATOR_KEY, v2), byVersion)).rejects.toThrow(
      refusal('CERTIFICATE_SIGNATURE_INVALID'),
    );
  });

  it('refuses a version that is not enabled', async () => {
    const { publicKey } = await trust();
    const certificate = await signCertificate(OPERATOR_KEY, v2);
    await expect(verifyCertificate(certificate, { publicKey, domains: { 1: domains[1] } })).rejects.toThrow(
      refusal('CERTIFICATE_VERSION_UNSUPPORTED'),
    );
  });

  it('refuses a certificate of another contract, and says so', async () => {
    const elsewhere = guaranteeDomain(1, 84532n, parseAddress(`0x${'44'.repeat(20)}`));
    const certificate = await signCertificate(OPERATOR_KEY, { ...v1, domain: elsewhere });
    await expect(verifyCertificate(certificate, await trust())).rejects.toThrow('guarantee domain mismatch');
  });

  it.each([
    ['jobHash', { jobHash: `0x${'00'.repeat(32)}` as const }],
    ['amount', { amount: 999n }],
    ['minValidationScore', { minValidationScore: 81 }],
    ['requiredValidationTag', { requiredValidationTag: 'soft-finality' }],
  ])('refuses a version 2 certificate whose policy is not bound: %s', async (_, member) => {
    const certificate = await signCertificate(OPERATOR_KEY, { ...v2, ...member });
    await expect(verifyCertificate(certificate, await trust())).rejects.toThrow(
      refusal('CERTIFICATE_VALIDATION_POLICY'),
    );
  });

  it('refuses an oversized text before decoding it', async () => {
    const claims = '00'.repeat(5000);
    await expect(verifyCertificate({ claims, signature: '' }, await trust())).rejects.toThrow(
      refusal('CERTIFICATE_HEX'),
    );
  });
});

describe('signCertificate', () => {
  it('signs the encoded claims, deterministically', async () => {
    const first = await signCertificate(OPERATOR_KEY, v2);
    expect(first).toEqual(await signCertificate(OPERATOR_KEY, v2));
    expect(first.claims).toBe(`0x${Buffer.from(encodeCertificateClaims(v2)).toString('hex')}`);
  });

  it('never shows the key', async () => {
    const key = new Uint8Array(31).fill(0xab);
    await expect(signCertificate(key, v1)).rejects.toThrow(
      expect.objectContaining({
        code: 'BLS_SECRET_KEY_INVALID',
        message: expect.not.stringMatching(/abab|171,171/),
      }),
    );
  });
});

describe('assertCertificateMatches', () => {
  const request1: RequestClaims = { version: 1, ...intent };
  const request2: RequestClaims = { version: 2, ...intent, ...policy };

  it('accepts what was requested', () => {
    expect(() => assertCertificateMatches(v1, request1)).not.toThrow();
    expect(() => assertCertificateMatches(v2, request2)).not.toThrow();
  });

  it('refuses the other version', () => {
    expect(() => assertCertificateMatches(v1, request2)).toThrow(refusal('CERTIFICATE_DIFFERS_FROM_REQUEST'));
  });

  const changed = (value: unknown): unknown => {
    if (typeof value === 'bigint') return value + 1n;
    if (typeof value === 'number') return value + 1;
    return String(value).replace(/.$/, (last) => (last === '9' ? '8' : '9'));
  };
  const members = Object.keys(request2).filter((member) => member !== 'version') as (keyof typeof v2)[];

  it('knows every member of the request', () => expect(members).toHaveLength(16));

  it.each(members)('refuses another %s', (member) => {
    const other = { ...v2, [member]: changed(v2[member]) };
    expect(() => assertCertificateMatches(other, request2)).toThrow(
      expect.objectContaining({
        code: 'CERTIFICATE_DIFFERS_FROM_REQUEST',
        context: expect.objectContaining({ member }),
      }),
    );
  });

  it('refuses a running total below the amount', () => {
    expect(() => assertCertificateMatches({ ...v1, totalAmount: 999n }, request1)).toThrow('totalAmount');
  });
});
