import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_RETRY_POLICY,
  type FailedAttempt,
  parseRetryAfter,
  retryDelay,
  shouldRetry,
} from './retry.js';

const status = (code: number, more: Partial<FailedAttempt> = {}): FailedAttempt => ({
  failure: 'status',
  status: code,
  ...more,
});

describe('shouldRetry', () => {
  it.each<[string, FailedAttempt, boolean]>([
    ['no answer', { failure: 'unreachable' }, true],
    ['timeout: the time of the caller is used up', { failure: 'timeout' }, false],
    ['broken answer', { failure: 'invalid-response', status: 200 }, false],
    ['429', status(429), true],
    ['502', status(502), true],
    ['503', status(503), true],
    ['504', status(504), true],
    ['500', status(500), false],
    ['400', status(400), false],
    ['401', status(401), false],
    ['409 lost lock', status(409, { reason: 'request failed, please retry' }), true],
    ['409 closed tab', status(409, { reason: 'tab already closed' }), false],
    ['409 that says when to come back', status(409, { retryAfterMs: 0 }), true],
    ['503 with a bearable wait', status(503, { retryAfterMs: 10_000 }), true],
    ['503 with a wait beyond the bound', status(503, { retryAfterMs: 10_001 }), false],
  ])('%s', (_, attempt, expected) => {
    expect(shouldRetry(attempt, true, 0)).toBe(expected);
    expect(shouldRetry(attempt, false, 0)).toBe(attempt.status === 429);
  });

  it('stops after the last repetition', () => {
    expect(shouldRetry({ failure: 'unreachable' }, true, 1)).toBe(true);
    expect(shouldRetry({ failure: 'unreachable' }, true, 2)).toBe(false);
    expect(shouldRetry({ failure: 'unreachable' }, true, 0, { ...DEFAULT_RETRY_POLICY, maxRetries: 0 })).toBe(
      false,
    );
  });
});

describe('retryDelay', () => {
  it.each([
    [0, 0.5, 100],
    [1, 0.5, 200],
    [2, 0.5, 400],
    [20, 0.5, 5000],
    [0, 0, 0],
  ])('grows exponentially up to the bound: after %i retries', (retries, random, expected) => {
    expect(retryDelay({ failure: 'unreachable' }, retries, random)).toBe(expected);
  });

  it('never comes back earlier than the core asked, and never later than the bound', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 10_000 }),
        fc.nat({ max: 50 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (retryAfterMs, retries, random) => {
          const delay = retryDelay(status(503, { retryAfterMs }), retries, random);
          expect(delay).toBeGreaterThanOrEqual(retryAfterMs);
          expect(delay).toBeLessThanOrEqual(DEFAULT_RETRY_POLICY.maxDelayMs);
        },
      ),
    );
  });
});

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each<[string | null, number | undefined]>([
    [null, undefined],
    ['0', 0],
    [' 3 ', 3000],
    ['Thu, 01 Jan 2026 00:00:05 GMT', 5000],
    ['Thu, 01 Jan 2025 00:00:05 GMT', 0],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['99999999999999', undefined],
  ])('%s', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
