import { id } from 'ethers';
import { expect, it } from 'vitest';
import {
  computeValidationRequestHash,
  ETH_ASSET,
  VALIDATION_HASH_CANONICALIZATION_VERSION,
} from './index.js';

const policy = {
  validationRegistryAddress: ETH_ASSET,
  validationChainId: 1n,
  validatorAddress: ETH_ASSET,
  validatorAgentId: 1n,
  validationSubjectHash: id('subject') as `0x${string}`,
  jobHash: id('job') as `0x${string}`,
  requiredValidationTag: '',
};

it.each([0, 101, 255, 80.5, Number.NaN, -1])(
  'no request hash is produced for the score %s',
  (minValidationScore) => {
    expect(() => computeValidationRequestHash({ ...policy, minValidationScore })).toThrow(
      'minValidationScore: expected a whole number from 1 to 100',
    );
  },
);

it('the canonicalisation is the one that is hashed in', () => {
  expect(id(VALIDATION_HASH_CANONICALIZATION_VERSION)).toBe(
    '0xd05b8a652c43e9234d252e4a241e7ccd28b5127971d79abae92216b2bc49a9a9',
  );
});
