import { ETH_ASSET } from '@fourmica/core-types';
import { describe, expect, it } from 'vitest';
import { assertCanonicalValidation, createRequestClaims, createValidatedRequestClaims } from './index.js';

const payment = {
  userAddress: '0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1',
  recipientAddress: '0xabCDEF1234567890ABcDEF1234567890aBCDeF12',
  tabId: 42,
  reqId: '7',
  amount: '0x3e8',
  timestamp: 1736000000n,
};
const policy = {
  validationRegistryAddress: `0x${'11'.repeat(20)}`,
  validationChainId: 84532,
  validatorAddress: `0x${'22'.repeat(20)}`,
  validatorAgentId: 99,
  minValidationScore: 80,
  jobHash: `0x${'33'.repeat(32)}`,
};
const refusal = (field: string) =>
  expect.objectContaining({ code: 'INVALID_VALUE', context: expect.objectContaining({ field }) });

describe('createRequestClaims', () => {
  it('reads every accepted form of a number, and ETH when no asset is named', () => {
    expect(createRequestClaims(payment)).toEqual({
      version: 1,
      userAddress: payment.userAddress,
      recipientAddress: payment.recipientAddress,
      tabId: 42n,
      reqId: 7n,
      amount: 1000n,
      timestamp: 1736000000n,
      assetAddress: ETH_ASSET,
    });
  });

  it.each(['userAddress', 'recipientAddress', 'tabId', 'reqId', 'amount', 'timestamp'] as const)(
    'T-4: refuses a missing %s instead of assuming one',
    (field) => {
      const { [field]: _, ...rest } = payment;
      expect(() => createRequestClaims(rest as unknown as typeof payment)).toThrow(refusal(field));
    },
  );

  it.each([
    ['amount', ''],
    ['amount', 1.5],
    ['amount', -1],
    ['amount', 2 ** 53],
    ['amount', 1n << 256n],
    ['timestamp', 1n << 64n],
    ['reqId', null],
    ['userAddress', '0x1A642f0E3c3aF545E7AcBD38b07251B3990914F1'],
    ['assetAddress', ''],
    ['assetAddress', null],
  ])('refuses %s %s, by name', (field, value) => {
    const input = { ...payment, [field]: value } as unknown as typeof payment;
    expect(() => createRequestClaims(input)).toThrow(refusal(field));
  });
});

it('refuses what is no object at all', () => {
  const nothing = undefined as unknown as typeof payment & typeof policy;
  expect(() => createRequestClaims(nothing)).toThrow(refusal('payment'));
  expect(() => createValidatedRequestClaims(payment, nothing)).toThrow(refusal('policy'));
});

describe('createValidatedRequestClaims', () => {
  it('computes both hashes, so that the claims are bound to their policy', () => {
    const claims = createValidatedRequestClaims(payment, policy);
    expect(() => assertCanonicalValidation(claims)).not.toThrow();
    expect(claims.requiredValidationTag).toBe('');
  });

  it.each([
    ['minValidationScore', 0],
    ['minValidationScore', 101],
    ['minValidationScore', 80.5],
    ['minValidationScore', Number.NaN],
    ['jobHash', `0x${'00'.repeat(32)}`],
    ['jobHash', '0x33'],
    ['jobHash', undefined],
    ['validationChainId', undefined],
    ['validationChainId', 1n << 64n],
    ['validatorAgentId', undefined],
    ['validatorAddress', '0x'],
    ['validationRegistryAddress', undefined],
    ['requiredValidationTag', 'x'.repeat(1025)],
    ['requiredValidationTag', '\udc00'],
    ['requiredValidationTag', 5],
  ])('refuses %s %s, by name', (field, value) => {
    const input = { ...policy, [field]: value } as unknown as typeof policy;
    expect(() => createValidatedRequestClaims(payment, input)).toThrow(refusal(field));
  });
});

describe('assertCanonicalValidation', () => {
  const claims = createValidatedRequestClaims(payment, policy);
  const refused = (changes: object) => () => assertCanonicalValidation({ ...claims, ...changes });

  it('answers the texts of the wire spec in its order', () => {
    const zero = { jobHash: `0x${'00'.repeat(32)}` };
    const amount = { amount: 1n };
    const score = { minValidationScore: 101 };
    expect(refused({ ...zero, ...amount, ...score })).toThrow(
      /^job_hash must be provided for V2 validation policy$/,
    );
    expect(refused({ ...amount, ...score })).toThrow(
      /^validation_subject_hash is not canonical for the payment intent fields$/,
    );
    expect(refused(score)).toThrow(/^min_validation_score must be between 1 and 100$/);
    expect(refused({ validatorAgentId: 1n })).toThrow(
      /^validation_request_hash is not canonical for the validation policy fields$/,
    );
  });

  it('checks the chain of the validation when it is told the chain of the core', () => {
    expect(() => assertCanonicalValidation(claims, 84532n)).not.toThrow();
    expect(() => assertCanonicalValidation(claims, 1n)).toThrow(
      expect.objectContaining({
        message: 'validation_chain_id 84532 must match core chain_id 1',
        context: { rule: 'validationChainId' },
      }),
    );
  });
});
