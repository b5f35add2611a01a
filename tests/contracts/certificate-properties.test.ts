import {
  type CertificateTrust,
  loadBls,
  signCertificate,
  VerificationError,
  verifyCertificate,
} from '@fourmica/bls-cert';
import {
  type BLSCert,
  bytesToHex,
  type CertificateClaims,
  computeValidationRequestHash,
  computeValidationSubjectHash,
  type Hex,
  hexToBytes,
  parseAddress,
} from '@fourmica/core-types';
import { getAddress } from 'ethers';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chain } from './support/chain.js';
import { deployFixture, type Fixture, OPERATOR_SECRET } from './support/fixture.js';
import { revertOf } from './support/reverts.js';
import { answer } from './support/validation.js';

const CHAIN_ID = 31_337n;
const SECRET = hexToBytes(OPERATOR_SECRET);

let chain: Chain;
let f: Fixture;
let domains: { readonly 1: Hex; readonly 2: Hex };
let trust: CertificateTrust;
let bls: Awaited<ReturnType<typeof loadBls>>;

beforeAll(async () => {
  chain = await Chain.start();
  f = await deployFixture(chain);
  const [, second] = await f.core.read('getGuaranteeVersionConfig', 2n);
  domains = { 1: f.domain as Hex, 2: second };
  bls = await loadBls();
  trust = {
    publicKey: bls.publicKeyOf(SECRET),
    domains,
    validationChainId: CHAIN_ID,
    trustedValidationRegistries: [parseAddress(f.registry.address)],
  };
});
afterAll(() => chain.stop());

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const hash = bytes(32).map(bytesToHex);
const address = bytes(20).map((value) => parseAddress(getAddress(bytesToHex(value))));
const uint = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });

const payment = fc.record({
  tabId: uint(256),
  reqId: uint(256),
  userAddress: address,
  recipientAddress: address,
  amount: uint(256),
  totalAmount: uint(256),
  assetAddress: address,
  timestamp: uint(64),
});
const policy = fc.record({
  validatorAddress: address,
  validatorAgentId: uint(256),
  minValidationScore: fc.integer({ min: 1, max: 100 }),
  jobHash: hash,
  requiredValidationTag: fc.string({ unit: 'binary', maxLength: 40 }),
});

/** Claims of this contract, built when the test runs, because its domains are not known before. */
const claimsV1: fc.Arbitrary<() => CertificateClaims> = payment.map((members) => () => ({
  version: 1,
  ...members,
  domain: domains[1],
}));
const claimsV2: fc.Arbitrary<() => CertificateClaims & { version: 2 }> = fc
  .tuple(payment, policy)
  .map(([members, rules]) => () => {
    const unhashed = {
      ...rules,
      validationRegistryAddress: parseAddress(f.registry.address),
      validationChainId: CHAIN_ID,
      validationSubjectHash: computeValidationSubjectHash(members),
    };
    const validationRequestHash = computeValidationRequestHash(unhashed);
    return { version: 2, ...members, ...unhashed, validationRequestHash, domain: domains[2] };
  });

/** The validator answers just well enough. */
const validate = (claims: CertificateClaims & { version: 2 }) =>
  answer(chain, f.registry, {
    requestHash: claims.validationRequestHash,
    validator: claims.validatorAddress,
    agentId: claims.validatorAgentId,
    response: BigInt(claims.minValidationScore),
    tag: claims.requiredValidationTag,
  });

/** What the contract reads out of a certificate. */
async function verdictOnChain(claims: string, words: readonly string[]): Promise<unknown[]> {
  const [guarantee] = await f.core.read('verifyAndDecodeGuarantee', claims, words);
  return guarantee.toArray();
}

const asOnChain = (claims: CertificateClaims): unknown[] => [
  claims.domain,
  claims.tabId,
  claims.reqId,
  claims.userAddress,
  claims.recipientAddress,
  claims.amount,
  claims.totalAmount,
  claims.assetAddress,
  claims.timestamp,
  BigInt(claims.version),
];

/** What we say: the claims, or the code of the refusal. */
async function ourVerdict(claims: string, words: readonly string[]): Promise<CertificateClaims | string> {
  try {
    const signature = bytesToHex(bls.signatureFromWords(words));
    return await verifyCertificate({ claims, signature }, trust);
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    throw error;
  }
}

async function requireAcceptance({ claims, signature }: BLSCert, expected: CertificateClaims): Promise<void> {
  const words = bls.signatureToWords(signature);
  expect(await ourVerdict(claims, words)).toEqual(expected);
  expect(await verdictOnChain(claims, words)).toEqual(asOnChain(expected));
}

describe('a certificate signed by this library', () => {
  it('of version 1 is decoded by the contract to the same claims', async () => {
    await fc.assert(
      fc.asyncProperty(claimsV1, async (make) => {
        await requireAcceptance(await signCertificate(SECRET, make()), make());
      }),
      { numRuns: 40 },
    );
  });

  it('of version 2 is decoded by the contract to the same claims, once it is validated', async () => {
    await fc.assert(
      fc.asyncProperty(claimsV2, async (make) => {
        const claims = make();
        const certificate = await signCertificate(SECRET, claims);
        const early = verdictOnChain(certificate.claims, bls.signatureToWords(certificate.signature));
        expect((await revertOf(early))[0]).toBe('ValidationPending');
        await validate(claims);
        await requireAcceptance(certificate, claims);
      }),
      { numRuns: 15 },
    );
  });
});

const change = fc.record({ at: fc.nat(), value: fc.integer({ min: 1, max: 255 }) });

/** The same bytes with one of them changed, at `start` or behind it. */
function changed(hex: string, { at, value }: { at: number; value: number }, start = 0): Hex {
  const altered = hexToBytes(hex);
  const position = start + (at % (altered.length - start));
  altered[position] = (altered[position] as number) ^ value;
  return bytesToHex(altered);
}

describe('a certificate that was changed after it was signed', () => {
  it('is refused by the contract and by us: claims, signature, signer', async () => {
    const otherSecret = bytes(31).map((tail) => Uint8Array.of(0, ...tail));
    const damage = fc.oneof(
      change.map((one) => async ({ claims, signature }: BLSCert) => ({
        claims: changed(claims, one),
        words: bls.signatureToWords(signature),
      })),
      change.map((one) => async ({ claims, signature }: BLSCert) => {
        const joined = bls.signatureToWords(signature).map((word) => word.slice(2));
        const altered = changed(joined.join(''), one).slice(2);
        return { claims, words: joined.map((_, i) => `0x${altered.slice(64 * i, 64 * i + 64)}`) };
      }),
      otherSecret.map((secret) => async ({ claims }: BLSCert) => ({
        claims,
        words: bls.signatureToWords(bls.sign(secret, hexToBytes(claims))),
      })),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(claimsV1, claimsV2), damage, async (make, spoil) => {
        const { claims, words } = await spoil(await signCertificate(SECRET, make()));
        expect(await ourVerdict(claims, words)).toMatch(/^(CERTIFICATE_|BLS_WORDS_INVALID)/);
        expect((await revertOf(verdictOnChain(claims, words)))[0]).not.toBe('success');
      }),
      { numRuns: 60 },
    );
  });

  it('and signed again is accepted by us only as the contract reads it; the contract alone takes odd spellings', async () => {
    const spelling = ['CERTIFICATE_CLAIMS_ENCODING', 'CERTIFICATE_CLAIMS_NOT_CANONICAL'];
    const alterations = fc.oneof(
      change.map((one) => (claims: Hex) => changed(claims, one)),
      change.map((one) => (claims: Hex) => changed(claims, one, 96)),
      bytes(32).map((tail) => (claims: Hex) => `${claims}${bytesToHex(tail).slice(2)}` as Hex),
      fc.nat(64).map((cut) => (claims: Hex) => claims.slice(0, claims.length - 2 * cut) as Hex),
    );
    const seen = new Set<string>();
    const property = fc.asyncProperty(fc.oneof(claimsV1, claimsV2), alterations, async (make, alter) => {
      const original = make();
      if (original.version === 2) await validate(original);
      const claims = alter((await signCertificate(SECRET, original)).claims);
      const words = bls.signatureToWords(bls.sign(SECRET, hexToBytes(claims)));
      const ours = await ourVerdict(claims, words);
      if (typeof ours !== 'string') {
        expect(await verdictOnChain(claims, words)).toEqual(asOnChain(ours));
        seen.add('accepted by both');
      } else if ((await revertOf(verdictOnChain(claims, words)))[0] === 'success') {
        expect(spelling).toContain(ours);
        seen.add('accepted by the contract');
      } else {
        seen.add('refused by both');
      }
    });
    await fc.assert(property, { numRuns: 80, seed: 5 });
    expect([...seen].sort()).toEqual(['accepted by both', 'accepted by the contract', 'refused by both']);
  });
});
