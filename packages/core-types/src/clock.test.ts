import { expect, it } from 'vitest';
import { nowSeconds, systemClock } from './index.js';

it('counts whole unix seconds', () => {
  expect(nowSeconds({ nowMs: () => 1_736_000_000_999 })).toBe(1736000000n);
  expect(Math.abs(systemClock.nowMs() - Date.now())).toBeLessThan(1_000);
});
