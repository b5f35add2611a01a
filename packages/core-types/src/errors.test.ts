import { describe, expect, it } from 'vitest';
import { describeValue, FourMicaError, ValidationError } from './index.js';

describe('errors', () => {
  it('T-12: every ValidationError is a FourMicaError with code, context and cause', () => {
    const cause = new Error('underneath');
    const error = new ValidationError('tabId', '', 'an integer', { cause });
    expect(error).toBeInstanceOf(FourMicaError);
    expect(error).toMatchObject({
      name: 'ValidationError',
      code: 'INVALID_VALUE',
      message: 'tabId: expected an integer, got ""',
      context: { field: 'tabId', value: '""', expected: 'an integer' },
      cause,
    });
  });

  it.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['a\nb', '"a\\nb"'],
    [5n, '5'],
    [Number.NaN, 'NaN'],
    [true, 'true'],
    [[1], 'an array'],
    [{ secret: 1 }, 'an object'],
    [() => 1, 'a function'],
    [Symbol('x'), 'a symbol'],
  ])('describes %s as %s', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  it('cuts long values', () => {
    expect(describeValue('x'.repeat(10_000))).toHaveLength(120);
    expect(describeValue(10n ** 5_000n)).toHaveLength(120);
  });
});
