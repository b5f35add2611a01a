import { hexToBytes, parseWireAddress } from '@fourmica/core-types';
import { loadVectors, type VerifierContext } from '@fourmica/test-vectors';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bls, loadBls, VerificationError, verifyCertificate, verifyCertificates } from './index.js';

const secretKey = new Uint8Array(32).fill(1);
const messageOf = (i: number) => new Uint8Array(416).fill(i);

let bls: Bls;
let publicKey: Uint8Array;
beforeAll(async () => {
  bls = await loadBls();
  publicKey = bls.publicKeyOf(secretKey);
});

const signed = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    message: messageOf(i),
    signature: bls.sign(secretKey, messageOf(i)),
  }));

describe('verifyBatch', () => {
  it.each([0, 1, 2, 64, 65, 130])('accepts %i good signatures', (count) => {
    expect(bls.verifyBatch(publicKey, signed(count))).toEqual(Array.from({ length: count }, () => undefined));
  });

  it('accepts the same signature twice', () => {
    expect(bls.verifyBatch(publicKey, [...signed(1), ...signed(1)])).toEqual([undefined, undefined]);
  });

  it('finds every bad one among good ones, wherever it stands', () => {
    const good = signed(70);
    const other = bls.sign(new Uint8Array(32).fill(2), messageOf(1));
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(69), { minLength: 1, maxLength: 3 }), (bad) => {
        const batch = good.map((entry, i) => (bad.includes(i) ? { ...entry, signature: other } : entry));
        const codes = bls.verifyBatch(publicKey, batch).map((refusal) => refusal?.code);
        expect(codes).toEqual(
          good.map((_, i) => (bad.includes(i) ? 'CERTIFICATE_SIGNATURE_INVALID' : undefined)),
        );
      }),
      { numRuns: 3 },
    );
  });

  it('refuses two forged signatures whose errors cancel out', () => {
    const pair = signed(2);
    const signatures = pair.map(({ signature }) => signature).reverse();
    const swapped = pair.map((entry, i) => ({ ...entry, signature: signatures[i] ?? new Uint8Array() }));
    const codes = bls.verifyBatch(publicKey, swapped).map((refusal) => refusal?.code);
    expect(codes).toEqual(['CERTIFICATE_SIGNATURE_INVALID', 'CERTIFICATE_SIGNATURE_INVALID']);
  });

  it('says what is wrong with malformed points, and still verifies the rest', () => {
    const infinity = Uint8Array.of(0xc0, ...new Uint8Array(95));
    const message = messageOf(0);
    const batch = [
      ...signed(1),
      { message, signature: infinity },
      { message, signature: new Uint8Array(95) },
    ];
    expect(bls.verifyBatch(publicKey, batch).map((refusal) => refusal?.code)).toEqual([
      undefined,
      'CERTIFICATE_SIGNATURE_INFINITY',
      'CERTIFICATE_SIGNATURE_LENGTH',
    ]);
    expect(() => bls.verifyBatch(new Uint8Array(48), batch)).toThrow(VerificationError);
  });

  it('takes messages of any length', () => {
    for (const size of [0, 1, 800, 4096]) {
      const message = new Uint8Array(size).fill(3);
      const entry = { message, signature: bls.sign(secretKey, message) };
      expect(
        bls.verifyBatch(
          publicKey,
          Array.from({ length: 64 }, () => entry),
        ),
      ).toEqual(Array.from({ length: 64 }, () => undefined));
    }
  });
});

describe('verifyCertificates', () => {
  const { contexts, controls, vectors } = loadVectors('invalid-certificates');

  it.each(Object.keys(contexts))('gives the verdicts of verifyCertificate, context %s', async (name) => {
    const context = contexts[name] as VerifierContext;
    const trust = {
      publicKey: hexToBytes(context.publicKey),
      domains: { 1: context.domains.v1, 2: context.domains.v2 },
      validationChainId: BigInt(context.chainId),
      trustedValidationRegistries: context.trustedValidationRegistries.map((address) =>
        parseWireAddress(address),
      ),
    };
    const all = [...vectors, ...controls];
    const verdicts = await verifyCertificates(all, trust);
    const codes = verdicts.map((verdict) => (verdict instanceof VerificationError ? verdict.code : verdict));
    const alone = await Promise.all(
      all.map((vector) => verifyCertificate(vector, trust).catch((error: VerificationError) => error.code)),
    );
    expect(codes).toEqual(alone);
    expect(codes.filter((verdict) => typeof verdict === 'object').length).toBeGreaterThanOrEqual(4);
  });

  it('groups by key where versions have different keys', async () => {
    const certificates = loadVectors('guarantee-certificates').vectors;
    const keys = {
      1: certificates.find((v) => v.version === 1),
      2: certificates.find((v) => v.version === 2),
    };
    const trust = {
      publicKey: (version: 1 | 2) => hexToBytes(keys[version]?.publicKey ?? ''),
      domains: { 1: keys[1]?.claims.domain ?? '0x', 2: keys[2]?.claims.domain ?? '0x' },
    } as const;
    const received = [keys[2], keys[1]].map((vector) => ({
      claims: vector?.encodedClaims ?? '',
      signature: vector?.signature ?? '',
    }));
    const verdicts = await verifyCertificates(received, trust);
    expect(verdicts.map((verdict) => 'version' in verdict && verdict.version)).toEqual([2, 1]);
  });

  it('refuses everything when the key is no key', async () => {
    const verdicts = await verifyCertificates(controls, {
      publicKey: new Uint8Array(48),
      domains: {},
    });
    for (const verdict of verdicts)
      expect(verdict).toMatchObject({ code: 'CERTIFICATE_PUBLIC_KEY_ENCODING' });
  });
});
