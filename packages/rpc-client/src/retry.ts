/** How often and how long to wait when a call may be repeated. */
export interface RetryPolicy {
  /** Repetitions after the first try. */
  readonly maxRetries: number;
  /** Upper bound of the first wait in milliseconds; it doubles with each retry. */
  readonly baseDelayMs: number;
  /** Longest wait in milliseconds. A core that asks for more is not asked again. */
  readonly maxDelayMs: number;
}

/** Two further tries, after up to 200 and 400 milliseconds; a server that asks for more than 10 seconds ends the call. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = { maxRetries: 2, baseDelayMs: 200, maxDelayMs: 10_000 };

/** The outcome of one try that did not succeed. */
export interface FailedAttempt {
  readonly failure: 'unreachable' | 'timeout' | 'status' | 'invalid-response';
  readonly status?: number | undefined;
  /** The core's own words. */
  readonly reason?: string | undefined;
  /** From the Retry-After header, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

const TOO_MANY_REQUESTS = 429;
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([TOO_MANY_REQUESTS, 502, 503, 504]);
const OPTIMISTIC_LOCK_LOST = 'request failed, please retry';

/**
 * Decides whether a failed call is repeated: only failures that pass by themselves, and only calls that do no harm when
 * they arrive twice, except after 429, which says that nothing was done. A timeout is not repeated, because the time
 * that the caller gave is used up.
 *
 * @param retries - repetitions so far, 0 after the first try.
 */
export function shouldRetry(
  attempt: FailedAttempt,
  idempotent: boolean,
  retries: number,
  policy: RetryPolicy = DEFAULT_RETRY_POLICY,
): boolean {
  if (retries >= policy.maxRetries || (!idempotent && attempt.status !== TOO_MANY_REQUESTS)) return false;
  if ((attempt.retryAfterMs ?? 0) > policy.maxDelayMs) return false;
  if (attempt.failure === 'unreachable') return true;
  if (attempt.failure !== 'status' || attempt.status === undefined) return false;
  if (attempt.status === 409) {
    return attempt.reason === OPTIMISTIC_LOCK_LOST || attempt.retryAfterMs !== undefined;
  }
  return TRANSIENT_STATUSES.has(attempt.status);
}

/**
 * Computes the wait before the next try in milliseconds: what the core asked for, otherwise a random time up to an
 * exponentially growing bound, so that many clients do not come back together.
 *
 * @param retries - repetitions so far, 0 after the first try.
 * @param random - from 0 (inclusive) to 1 (exclusive).
 */
export function retryDelay(
  attempt: FailedAttempt,
  retries: number,
  random: number,
  policy: RetryPolicy = DEFAULT_RETRY_POLICY,
): number {
  const bound = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** retries);
  const jittered = Math.round(bound * random);
  if (attempt.retryAfterMs === undefined) return jittered;
  return Math.min(policy.maxDelayMs, attempt.retryAfterMs + Math.round(policy.baseDelayMs * random));
}

/** Reads a Retry-After header (RFC 9110: seconds or a date) as milliseconds from `nowMs`; undefined when unreadable. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Za-z]{3}/.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
