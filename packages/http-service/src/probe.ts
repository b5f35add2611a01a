import { withinTime } from '@fourmica/core-types';

/** Tells whether something works right now. */
export type Probe = () => Promise<boolean>;

const TIMEOUT_MS = 3_000;
const CACHE_MS = 1_000;

/**
 * Makes a probe of a check that throws when something does not work. The check is given three seconds, and is made at
 * most once a second, however many ask.
 */
export function probeOf(check: () => Promise<unknown>): Probe {
  let last: { readonly result: Promise<boolean>; readonly atMs: number } | undefined;
  return () => {
    const nowMs = performance.now();
    if (last === undefined || nowMs - last.atMs > CACHE_MS) last = { result: holds(check), atMs: nowMs };
    return last.result;
  };
}

const holds = (check: () => Promise<unknown>): Promise<boolean> =>
  withinTime(check(), TIMEOUT_MS, () => new Error('too slow')).then(
    () => true,
    () => false,
  );
