import { parseAddress, type RequestClaims, type RequestClaimsV2 } from '@fourmica/core-types';
import { AbiCoder, getAddress, getBytes, hashMessage, id, keccak256, TypedDataEncoder } from 'ethers';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  computeValidationRequestHash,
  computeValidationSubjectHash,
  eip712DomainSeparator,
  encodeRequestClaims,
  guaranteeTypedData,
  hashRequestClaims,
  hashRequestClaimsEip191,
} from './index.js';

const hex = (size: number) =>
  fc
    .uint8Array({ minLength: size, maxLength: size })
    .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}` as const);
const address = hex(20).map((text) => parseAddress(getAddress(text)));
const uint = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
const text = fc.string({ unit: 'binary', maxLength: 80 });

const intent = fc.record({
  userAddress: address,
  recipientAddress: address,
  tabId: uint(256),
  reqId: uint(256),
  amount: uint(256),
  assetAddress: address,
  timestamp: uint(64),
});
const policy = fc.record({
  validationRegistryAddress: address,
  validationRequestHash: hex(32),
  validationChainId: uint(256),
  validatorAddress: address,
  validatorAgentId: uint(256),
  minValidationScore: fc.nat(255),
  validationSubjectHash: hex(32),
  jobHash: hex(32),
  requiredValidationTag: text,
});
const claimsV2: fc.Arbitrary<RequestClaimsV2> = fc
  .tuple(intent, policy)
  .map(([payment, rules]) => ({ version: 2 as const, ...payment, ...rules }));
const anyClaims: fc.Arbitrary<RequestClaims> = fc.oneof(
  intent.map((payment) => ({ version: 1 as const, ...payment })),
  claimsV2,
);
const anyDomain = fc.record({ name: text, version: text, chainId: uint(256) });

/** Struct types written out a second time, so that a swapped member in the code under test cannot hide. */
const V1 =
  'address user,address recipient,uint256 tabId,uint256 reqId,uint256 amount,address asset,uint64 timestamp';
const V2 = `${V1},address validationRegistryAddress,bytes32 validationRequestHash,uint256 validationChainId,address validatorAddress,uint256 validatorAgentId,uint8 minValidationScore,bytes32 validationSubjectHash,bytes32 jobHash,string requiredValidationTag`;

const membersOf = (declaration: string) =>
  declaration.split(',').map((member) => {
    const [type = '', name = ''] = member.split(' ');
    return { name, type };
  });

function valuesOf(c: RequestClaims): unknown[] {
  const head = [c.userAddress, c.recipientAddress, c.tabId, c.reqId, c.amount, c.assetAddress, c.timestamp];
  return c.version === 1
    ? head
    : [
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
      ];
}

describe('digests', () => {
  it('of EIP-712 are those of ethers', () => {
    fc.assert(
      fc.property(anyDomain, anyClaims, (domain, claims) => {
        const members = membersOf(claims.version === 1 ? V1 : V2);
        const types = { [`SolGuaranteeRequestClaimsV${claims.version}`]: members };
        const values = valuesOf(claims);
        const message = Object.fromEntries(members.map(({ name }, i) => [name, values[i]]));
        expect(hashRequestClaims(domain, claims)).toBe(TypedDataEncoder.hash(domain, types, message));
        expect(eip712DomainSeparator(domain)).toBe(TypedDataEncoder.hashDomain(domain));
      }),
      { numRuns: 300 },
    );
  });

  it('of EIP-191 are those of ethers over its own encoding', () => {
    fc.assert(
      fc.property(anyClaims, (claims) => {
        const encoded = AbiCoder.defaultAbiCoder().encode(
          [`tuple(${claims.version === 1 ? V1 : V2})`],
          [valuesOf(claims)],
        );
        expect(Buffer.from(encodeRequestClaims(claims)).toString('hex')).toBe(encoded.slice(2));
        expect(hashRequestClaimsEip191(claims)).toBe(hashMessage(getBytes(encoded)));
      }),
      { numRuns: 300 },
    );
  });

  it('T-18: typed data has its members in the order in which they are hashed', () => {
    fc.assert(
      fc.property(anyDomain, anyClaims, (domain, claims) => {
        const data = guaranteeTypedData(domain, claims);
        const expected = membersOf(claims.version === 1 ? V1 : V2);
        expect(data.types).toEqual({ [data.primaryType]: expected });
        expect(Object.values(data.message)).toEqual(valuesOf(claims));
      }),
      { numRuns: 20 },
    );
  });
});

describe('every signed member is bound', () => {
  const changed = (value: unknown): unknown => {
    if (typeof value === 'bigint') return value === 0n ? 1n : value - 1n;
    if (typeof value === 'number') return value === 0 ? 1 : value - 1;
    const last = String(value).at(-1);
    return String(value) === '' ? 'x' : `${String(value).slice(0, -1)}${last === '1' ? '2' : '1'}`;
  };
  const [claims] = fc.sample(claimsV2, { numRuns: 1, seed: 4 });
  const domain = { name: '4mica', version: '1', chainId: 84532n };
  const members = Object.keys(claims as RequestClaimsV2).filter((member) => member !== 'version');

  it('knows all sixteen', () => expect(members).toHaveLength(16));

  it.each(members)('%s moves both digests', (member) => {
    const original = claims as RequestClaimsV2;
    const other = { ...original, [member]: changed(original[member as keyof RequestClaimsV2]) };
    expect(hashRequestClaims(domain, other)).not.toBe(hashRequestClaims(domain, original));
    expect(hashRequestClaimsEip191(other)).not.toBe(hashRequestClaimsEip191(original));
  });

  it.each(Object.keys(domain))('the domain member %s moves the EIP-712 digest', (member) => {
    const other = { ...domain, [member]: changed(domain[member as keyof typeof domain]) };
    expect(hashRequestClaims(other, claims as RequestClaims)).not.toBe(
      hashRequestClaims(domain, claims as RequestClaims),
    );
  });
});

describe('validation hashes', () => {
  const coder = AbiCoder.defaultAbiCoder();

  it('are those of ethers', () => {
    const valid = fc.tuple(claimsV2, fc.integer({ min: 1, max: 100 }));
    fc.assert(
      fc.property(valid, ([claims, minValidationScore]) => {
        const c = { ...claims, minValidationScore };
        const subject = coder.encode(
          ['bytes32', 'uint256', 'uint256', 'address', 'address', 'uint256', 'address', 'uint64'],
          [
            id('4MICA_VALIDATION_SUBJECT_V1'),
            c.tabId,
            c.reqId,
            c.userAddress,
            c.recipientAddress,
            c.amount,
            c.assetAddress,
            c.timestamp,
          ],
        );
        expect(computeValidationSubjectHash(c)).toBe(keccak256(subject));
        const request = coder.encode(
          ['bytes32', 'uint256', 'address', 'address', 'uint256', 'bytes32', 'uint8', 'bytes32', 'bytes32'],
          [
            id('4MICA_VALIDATION_REQUEST_V2'),
            c.validationChainId,
            c.validationRegistryAddress,
            c.validatorAddress,
            c.validatorAgentId,
            c.validationSubjectHash,
            c.minValidationScore,
            id(c.requiredValidationTag),
            c.jobHash,
          ],
        );
        expect(computeValidationRequestHash(c)).toBe(keccak256(request));
      }),
      { numRuns: 100 },
    );
  });
});
