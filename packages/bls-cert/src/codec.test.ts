import { type CertificateClaims, ETH_ASSET, hexToBytes, parseAddress } from '@fourmica/core-types';
import { loadVectors } from '@fourmica/test-vectors';
import { AbiCoder, getAddress } from 'ethers';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  certificateVersion,
  decodeCertificateClaims,
  encodeCertificateClaims,
  VerificationError,
} from './index.js';

const PAYMENT = 'bytes32,uint256,uint256,address,address,uint256,uint256,address,uint64,uint64';
const POLICY = 'address,bytes32,uint64,address,uint256,uint8,bytes32,bytes32,string';

const hex = (size: number) =>
  fc
    .uint8Array({ minLength: size, maxLength: size })
    .map((b) => `0x${Buffer.from(b).toString('hex')}` as const);
const address = hex(20).map((text) => parseAddress(getAddress(text)));
const uint = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });

const payment = fc.record({
  domain: hex(32),
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
  validationRegistryAddress: address,
  validationRequestHash: hex(32),
  validationChainId: uint(64),
  validatorAddress: address,
  validatorAgentId: uint(256),
  minValidationScore: fc.nat(255),
  validationSubjectHash: hex(32),
  jobHash: hex(32),
  requiredValidationTag: fc.string({ unit: 'binary', maxLength: 80 }),
});
const claims: fc.Arbitrary<CertificateClaims> = fc.oneof(
  payment.map((members) => ({ version: 1 as const, ...members })),
  fc.tuple(payment, policy).map(([members, rules]) => ({ version: 2 as const, ...members, ...rules })),
);

/** The same encoding by an independent implementation. */
function encodeWithEthers(c: CertificateClaims): string {
  const coder = AbiCoder.defaultAbiCoder();
  const head = [
    c.domain,
    c.tabId,
    c.reqId,
    c.userAddress,
    c.recipientAddress,
    c.amount,
    c.totalAmount,
    c.assetAddress,
    c.timestamp,
    c.version,
  ];
  const inner =
    c.version === 1
      ? coder.encode([`tuple(${PAYMENT})`], [head])
      : coder.encode(
          [`tuple(${PAYMENT},${POLICY})`],
          [
            [
              ...head,
              c.validationRegistryAddress,
              c.validationRequestHash,
              c.validationChainId,
              c.validatorAddress,
              c.validatorAgentId,
              c.minValidationScore,
              c.validationSubjectHash,
              c.jobHash,
              c.requiredValidationTag,
            ],
          ],
        );
  return coder.encode(['uint64', 'bytes'], [c.version, inner]);
}

const toHex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`;
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    throw error;
  }
  return 'ACCEPTED';
};

describe('the claims codec', () => {
  it('encodes like ethers and decodes what it encoded', () => {
    fc.assert(
      fc.property(claims, (value) => {
        const encoded = encodeCertificateClaims(value);
        expect(toHex(encoded)).toBe(encodeWithEthers(value));
        expect(decodeCertificateClaims(encoded)).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it('never decodes bytes that encode to other bytes, and fails with its own error only', () => {
    const mutation = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.option(fc.nat(900), { freq: 8 }) });
    fc.assert(
      fc.property(claims, fc.array(mutation, { minLength: 1, maxLength: 3 }), (value, mutations) => {
        let bytes = encodeCertificateClaims(value);
        for (const { at, byte, cut } of mutations) {
          bytes[at % bytes.length] = byte;
          if (cut !== null && bytes.length > 96) bytes = bytes.slice(0, Math.max(96, bytes.length - cut));
        }
        if (codeOf(() => decodeCertificateClaims(bytes)) === 'ACCEPTED') {
          expect(toHex(encodeCertificateClaims(decodeCertificateClaims(bytes)))).toBe(toHex(bytes));
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('refuses any bytes at all with its own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 900 }), (bytes) => {
        expect(codeOf(() => decodeCertificateClaims(bytes))).toMatch(/^CERTIFICATE_(CLAIMS|VERSION)_/);
      }),
    );
  });

  it('keeps a tag with a byte order mark, and refuses one that is no UTF-8', () => {
    const [vector] = loadVectors('guarantee-certificates').vectors.filter(
      (v) => v.name === 'v2-tag-32-bytes',
    );
    const bytes = hexToBytes(vector?.encodedClaims ?? '');
    const tagStart = bytes.length - 32;
    bytes.set([0xef, 0xbb, 0xbf], tagStart);
    expect(decodeCertificateClaims(bytes)).toMatchObject({ requiredValidationTag: /^\uFEFF/ });
    bytes[tagStart] = 0xff;
    expect(codeOf(() => decodeCertificateClaims(bytes))).toBe('CERTIFICATE_CLAIMS_ENCODING');
  });

  it('refuses claims above 4096 bytes before looking at them', () => {
    expect(codeOf(() => certificateVersion(new Uint8Array(4097)))).toBe('CERTIFICATE_CLAIMS_ENCODING');
  });

  it.each([
    ['amount', { amount: 1n << 256n }],
    ['reqId', { reqId: -1n }],
    ['timestamp', { timestamp: 1n << 64n }],
    ['userAddress', { userAddress: '0x12' }],
    ['domain', { domain: '0x' }],
    ['version', { version: 3 }],
  ])('refuses to encode %s out of range, by name', (field, member) => {
    const valid = {
      version: 1,
      domain: `0x${'ab'.repeat(32)}`,
      tabId: 1n,
      reqId: 0n,
      userAddress: ETH_ASSET,
      recipientAddress: ETH_ASSET,
      amount: 1n,
      totalAmount: 1n,
      assetAddress: ETH_ASSET,
      timestamp: 1n,
    };
    const invalid = { ...valid, ...member } as unknown as CertificateClaims;
    expect(() => encodeCertificateClaims(invalid)).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', context: expect.objectContaining({ field }) }),
    );
  });

  describe('T-2: forms that the contract does not take', () => {
    const { vectors } = loadVectors('guarantee-certificates');
    const v1 = vectors.find((vector) => vector.version === 1);
    const v2 = vectors.find((vector) => vector.version === 2);

    it('bare version 1 claims without the envelope', () => {
      expect(codeOf(() => decodeCertificateClaims(hexToBytes(v1?.innerClaims ?? '')))).toBe(
        'CERTIFICATE_CLAIMS_ENCODING',
      );
    });

    it('version 2 claims without the tuple offset', () => {
      const inner = (v2?.innerClaims ?? '').slice(2 + 64);
      const encoded = AbiCoder.defaultAbiCoder().encode(['uint64', 'bytes'], [2, `0x${inner}`]);
      expect(codeOf(() => decodeCertificateClaims(hexToBytes(encoded)))).toBe('CERTIFICATE_CLAIMS_ENCODING');
    });

    it.each([0, 3, 255])('version %i is not treated as version 1', (version) => {
      const encoded = AbiCoder.defaultAbiCoder().encode(['uint64', 'bytes'], [version, v1?.innerClaims]);
      expect(codeOf(() => decodeCertificateClaims(hexToBytes(encoded)))).toBe(
        'CERTIFICATE_VERSION_UNSUPPORTED',
      );
    });
  });
});
