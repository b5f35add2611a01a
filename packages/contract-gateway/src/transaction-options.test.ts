import { expect, test } from 'vitest';
import { checkTransactionOptions } from './transaction-options.js';

test('known options with usable values pass', () => {
  const signal = new AbortController().signal;
  const options = {
    timeoutMs: 5_000,
    pollingIntervalMs: 1,
    confirmations: 3,
    gasLimit: 1n,
    maxFeePerGas: 1n,
    signal,
  };
  checkTransactionOptions(options, 'options');
});

test.each([
  ['timeout', { timeout: 5 }],
  ['timeoutMs', { timeoutMs: -1 }],
  ['timeoutMs', { timeoutMs: Number.NaN }],
  ['confirmations', { confirmations: 0 }],
  ['confirmations', { confirmations: 1.5 }],
  ['gasLimit', { gasLimit: 21_000 }],
  ['signal', { signal: {} }],
  ['toString', { toString: 1 }],
])('%s is refused: %j', (option, options) => {
  expect(() => checkTransactionOptions(options as never, 'receipt')).toThrow(
    expect.objectContaining({
      code: 'INVALID_VALUE',
      context: expect.objectContaining({ field: `receipt.${option}` }),
    }),
  );
});
