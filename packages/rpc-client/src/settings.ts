import { ValidationError } from '@fourmica/core-types';

const DEFAULT_TIMEOUT_MS = 30_000;
/** The longest time that timers can wait, in milliseconds. */
export const MAX_INT32 = 2 ** 31 - 1;

/** @throws ValidationError unless `value` is an integer within the bounds. */
export function integer(field: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ValidationError(field, value, `an integer from ${min} to ${max}`);
}

/** @throws ValidationError */
export const timeoutOf = (timeoutMs: number | undefined): number =>
  integer('timeoutMs', timeoutMs ?? DEFAULT_TIMEOUT_MS, 1, MAX_INT32);
