import { expect, test } from 'vitest';
import { hintFor } from './hints.js';
import { errorCodeOf, knownErrorNames } from './revert-data.js';

test('every error of the contract, its decoder and ERC-6093 has a hint that does not need facts', () => {
  for (const name of [...knownErrorNames(), 'Error', 'Panic']) {
    expect(hintFor(name, {}), name).toMatch(/\S{2,}/);
    expect(hintFor(name, {}), name).not.toContain('undefined');
  }
});

test('a time in the facts is shown as a date and as unix seconds', () => {
  const hint = hintFor('TabNotYetOverdue', { notBefore: 1_800_000_000n });
  expect(hint).toContain('2027-01-15T08:00:00.000Z');
  expect(hint).toContain('1800000000');
});

test('a name that objects have by nature is not taken for an error', () => {
  expect(hintFor('constructor', {})).toBeUndefined();
});

test.each([
  ['TabNotYetOverdue', 'TAB_NOT_YET_OVERDUE'],
  ['SafeERC20FailedOperation', 'SAFE_ERC20_FAILED_OPERATION'],
  ['ERC20InsufficientAllowance', 'ERC20_INSUFFICIENT_ALLOWANCE'],
  ['AccessManagedUnauthorized', 'ACCESS_MANAGED_UNAUTHORIZED'],
  ['Error', 'REVERT_WITH_REASON'],
  ['Panic', 'PANIC'],
])('the code of %s is %s', (name, code) => expect(errorCodeOf(name)).toBe(code));

test('the codes of all errors differ', () => {
  const codes = knownErrorNames().map(errorCodeOf);
  expect(new Set(codes).size).toBe(codes.length);
});
