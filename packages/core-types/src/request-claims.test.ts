import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeWith,
  type GuaranteeVersion,
  MAX_U256,
  parseStrictJson,
  parseWireAddress,
  parseWith,
  type RequestClaims,
  RequestClaimsSchema,
  SignedClaimsSchema,
  stringifyStrictJson,
} from './index.js';

const v1 = {
  version: 'v1',
  user_address: '0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1',
  recipient_address: '0xabCDEF1234567890ABcDEF1234567890aBCDeF12',
  tab_id: '0x2a',
  req_id: '0x7',
  amount: '0x3e8',
  asset_address: '0x0000000000000000000000000000000000000000',
  timestamp: 1736000000,
};
const v2 = {
  ...v1,
  version: 'v2',
  validation_registry_address: `0x${'11'.repeat(20)}`,
  validation_request_hash: `0x${'aa'.repeat(32)}`,
  validation_chain_id: 84532,
  validator_address: `0x${'22'.repeat(20)}`,
  validator_agent_id: '0x63',
  min_validation_score: 80,
  validation_subject_hash: `0x${'bb'.repeat(32)}`,
  job_hash: `0x${'33'.repeat(32)}`,
  required_validation_tag: 'hard-finality',
};
const parse = (value: unknown): RequestClaims => parseWith(RequestClaimsSchema, value, 'claims');
const refusal = (field: string) =>
  expect.objectContaining({ code: 'INVALID_VALUE', context: expect.objectContaining({ field }) });

describe('request claims on the wire', () => {
  it('are read and written, version 1', () => {
    const claims = parse(v1);
    expect(claims).toEqual({
      version: 1,
      userAddress: v1.user_address,
      recipientAddress: v1.recipient_address,
      tabId: 42n,
      reqId: 7n,
      amount: 1000n,
      assetAddress: v1.asset_address,
      timestamp: 1736000000n,
    });
    expect(encodeWith(RequestClaimsSchema, claims, 'claims')).toEqual(v1);
  });

  it('are read and written, version 2', () => {
    const claims = parse(v2);
    expect(claims).toMatchObject({
      version: 2,
      validatorAgentId: 99n,
      validationChainId: 84532n,
      minValidationScore: 80,
    });
    expect(encodeWith(RequestClaimsSchema, claims, 'claims')).toEqual(v2);
  });

  it('are the same in every accepted spelling', () => {
    const other = {
      ...v1,
      user_address: v1.user_address.toLowerCase(),
      recipient_address: `0x${v1.recipient_address.slice(2).toUpperCase()}`,
      tab_id: '42',
      req_id: `0x${'0'.repeat(40)}7`,
      amount: 1000,
      timestamp: '1736000000',
    };
    expect(parse(other)).toEqual(parse(v1));
  });

  it('read integers beyond 2^53 exactly from JSON text', () => {
    const text = stringifyStrictJson({ ...v1, amount: MAX_U256 });
    expect(parse(parseStrictJson(text))).toMatchObject({ amount: MAX_U256 });
  });

  it.each(Object.keys(v1))('T-4: refuse a missing %s instead of assuming one', (member) => {
    const { [member as keyof typeof v1]: _, ...rest } = v1;
    expect(() => parse(rest)).toThrow(refusal(`claims.${member}`));
    expect(() => parse({ ...v1, [member]: null })).toThrow(refusal(`claims.${member}`));
    expect(() => parse({ ...v1, [member]: '' })).toThrow(refusal(`claims.${member}`));
  });

  it('take an absent job hash as zero and an absent tag as empty', () => {
    const { job_hash, required_validation_tag, ...rest } = v2;
    expect([job_hash, required_validation_tag]).toHaveLength(2);
    expect(parse(rest)).toMatchObject({ jobHash: `0x${'00'.repeat(32)}`, requiredValidationTag: '' });
  });

  const optional = ['job_hash', 'required_validation_tag'];
  it.each(Object.keys(v2).filter((member) => !(member in v1 || optional.includes(member))))(
    'T-10: refuse version 2 without %s instead of falling back to version 1',
    (member) => {
      const { [member as keyof typeof v2]: _, ...rest } = v2;
      expect(() => parse(rest)).toThrow(refusal(`claims.${member}`));
    },
  );

  it.each([1, 2, 'V1', '1', 'v3', 'v01', '', null])('refuse the version %j', (version) => {
    expect(() => parse({ ...v2, version })).toThrow('claims.version: expected "v1" or "v2"');
  });

  it('refuse members they do not know, also those of the other version', () => {
    expect(() => parse({ ...v1, memo: 'x' })).toThrow(
      'no other members than the known ones (unknown: "memo")',
    );
    expect(() => parse({ ...v1, min_validation_score: 80 })).toThrow('"min_validation_score"');
    expect(() => parse({ ...v2, version: 'v1' })).toThrow('unknown');
  });

  it.each([
    ['tab_id', '0x', 'an unsigned 256-bit integer (decimal or 0x hex), got "0x"'],
    ['tab_id', {}, 'a decimal or 0x hex integer, got an object'],
    ['req_id', -1, 'an unsigned 256-bit integer (decimal or 0x hex), got -1'],
    ['amount', 1.5, 'an unsigned 256-bit integer (decimal or 0x hex), got 1.5'],
    ['amount', `0x1${'0'.repeat(64)}`, 'an unsigned 256-bit integer'],
    ['timestamp', '18446744073709551616', 'an unsigned 64-bit integer'],
    ['user_address', 5, 'an address: 0x and 40 hex digits, got 5'],
    ['user_address', '0x12', 'an address: 0x and 40 hex digits, got "0x12"'],
    ['job_hash', '0x12', '32 bytes as 64 hex digits, got "0x12"'],
    ['job_hash', null, '32 bytes as 64 hex digits, got null'],
    ['min_validation_score', '80', 'a number, got "80"'],
    ['min_validation_score', 80.5, 'a whole number, got 80.5'],
    ['min_validation_score', 256, 'a number of at most 255, got 256'],
    ['required_validation_tag', 5, 'text, got 5'],
    ['required_validation_tag', 'x'.repeat(1025), 'text of at most 1024 characters, got "xxx'],
    ['required_validation_tag', '\ud800', 'well-formed text'],
  ])('name the field, the value and the expectation: %s', (member, value, message) => {
    expect(() => parse({ ...v2, [member]: value })).toThrow(`claims.${member}: expected ${message}`);
  });

  it.each([undefined, null, 'v1', 5, [], [v1]])('refuse %j in place of an object', (value) => {
    expect(() => parse(value)).toThrow(/^claims.*: expected /);
  });

  const address = fc
    .uint8Array({ minLength: 20, maxLength: 20 })
    .map((b) => parseWireAddress(Buffer.from(b).toString('hex')));
  const hash = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((b) => `0x${Buffer.from(b).toString('hex')}` as const);
  const u256 = fc.bigInt({ min: 0n, max: MAX_U256 });
  const safe = fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) });
  const claims = fc.record({
    version: fc.constantFrom<GuaranteeVersion>(1, 2),
    userAddress: address,
    recipientAddress: address,
    tabId: u256,
    reqId: u256,
    amount: u256,
    assetAddress: address,
    timestamp: safe,
  });
  const policy = fc.record({
    validationRegistryAddress: address,
    validationRequestHash: hash,
    validationChainId: safe,
    validatorAddress: address,
    validatorAgentId: u256,
    minValidationScore: fc.nat(255),
    validationSubjectHash: hash,
    jobHash: hash,
    requiredValidationTag: fc.string({ unit: 'binary', maxLength: 100 }),
  });

  it('survive encoding to JSON text and decoding', () => {
    fc.assert(
      fc.property(claims, policy, (payment, rules) => {
        const { version } = payment;
        const original = version === 1 ? { ...payment, version } : { ...payment, ...rules, version };
        const text = JSON.stringify(encodeWith(RequestClaimsSchema, original, 'claims'));
        expect(parse(parseStrictJson(text))).toEqual(original);
      }),
      { numRuns: 200 },
    );
  });

  it('are not written when a JSON number would round them', () => {
    const late = { ...parse(v1), timestamp: 2n ** 53n };
    expect(() => encodeWith(RequestClaimsSchema, late, 'claims')).toThrow(
      'claims.timestamp: expected at most 2^53-1',
    );
  });
});

describe('signed claims', () => {
  const signed = { claims: v1, signature: `0x${'AB'.repeat(65)}`, scheme: 'eip712' };
  const parseSigned = (value: unknown) => parseWith(SignedClaimsSchema, value, 'body');

  it('keep the signature as lower-case text for recovery to judge', () => {
    expect(parseSigned(signed)).toMatchObject({ signature: `0x${'ab'.repeat(65)}`, scheme: 'eip712' });
    expect(parseSigned({ ...signed, signature: 'hello' })).toMatchObject({ signature: '0xhello' });
  });

  it('ignore members beside the claims, but not inside', () => {
    expect(parseSigned({ ...signed, note: 'x' })).not.toHaveProperty('note');
    expect(() => parseSigned({ ...signed, claims: { ...v1, note: 'x' } })).toThrow(refusal('body.claims'));
  });

  it.each([
    ['claims', undefined, 'body.claims: expected an object, got nothing'],
    ['signature', undefined, 'body.signature: expected text, got nothing'],
    ['signature', 'a'.repeat(1025), 'body.signature: expected text of at most 1024 characters'],
    ['scheme', undefined, 'body.scheme: expected "eip712" or "eip191", got nothing'],
    ['scheme', 'EIP712', 'body.scheme: expected "eip712" or "eip191", got "EIP712"'],
  ])('refuse %s %s', (member, value, message) => {
    expect(() => parseSigned({ ...signed, [member]: value })).toThrow(message);
  });
});
