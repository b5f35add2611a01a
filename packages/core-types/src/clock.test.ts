import { expect, it } from 'vitest';
import { nowSeconds, systemClock } from './index.js';

it('counts whole unix seconds', () => {
  expect(nowSeconds({ nowMs: () => 1_736_000_000_999 })).toBe(1736000000n);
  const [before, now, after] = [Date.now(), systemClock.nowMs(), Date.now()];
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(after);
});
