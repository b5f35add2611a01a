import { ValidationError } from '@fourmica/core-types';
import type { TransactionOptions } from './transaction-sender.js';

interface Check {
  readonly isValid: (value: unknown) => boolean;
  readonly expected: string;
}

const isNumber = (value: unknown, least: number): boolean =>
  typeof value === 'number' && Number.isFinite(value) && value >= least;
const milliseconds: Check = { isValid: (value) => isNumber(value, 1), expected: 'milliseconds, at least 1' };
const isFeeBump = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'afterMs' in value &&
  isNumber(value.afterMs, 1) &&
  'attempts' in value &&
  Number.isInteger(value.attempts) &&
  isNumber(value.attempts, 1);
const positive: Check = {
  isValid: (value) => typeof value === 'bigint' && value > 0n,
  expected: 'a bigint above 0',
};

const CHECKS: Readonly<Record<keyof TransactionOptions, Check>> = {
  timeoutMs: milliseconds,
  pollingIntervalMs: milliseconds,
  confirmations: {
    isValid: (value) => Number.isInteger(value) && isNumber(value, 1),
    expected: 'a whole number of blocks, at least 1',
  },
  gasLimit: positive,
  maxFeePerGas: positive,
  feeBump: { isValid: isFeeBump, expected: '{ afterMs: at least 1, attempts: whole number, at least 1 }' },
  onSigned: { isValid: (value) => typeof value === 'function', expected: 'a function' },
  signal: { isValid: (value) => value instanceof AbortSignal, expected: 'an AbortSignal' },
};

/**
 * Checks options of transactions: a misspelt limit would be no limit.
 *
 * @param name - of the argument, for the error.
 * @throws ValidationError naming the option that is wrong or unknown.
 */
export function checkTransactionOptions(options: TransactionOptions, name: string): void {
  for (const [option, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, option) ? CHECKS[option as keyof TransactionOptions] : undefined;
    if (check === undefined) {
      throw new ValidationError(
        `${name}.${option}`,
        value,
        `no such option; known are ${Object.keys(CHECKS).join(', ')}`,
      );
    }
    if (value !== undefined && !check.isValid(value)) {
      throw new ValidationError(`${name}.${option}`, value, check.expected);
    }
  }
}
