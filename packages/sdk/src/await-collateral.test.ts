import type { AssetBalanceInfo } from '@fourmica/core-types';
import { expect, test } from 'vitest';
import { untilCollateral } from './await-collateral.js';

const balance = (total: bigint, locked = 0n, more: Partial<AssetBalanceInfo> = {}) =>
  ({ total, locked, ...more }) as AssetBalanceInfo;
const inTurn = (answers: readonly (AssetBalanceInfo | null)[]) => {
  let asked = 0;
  return { read: async () => answers[Math.min(asked++, answers.length - 1)] ?? null, asked: () => asked };
};
const FAST = { timeoutMs: 30_000, pollingIntervalMs: 1 };

test('resolves once enough is free, whatever the core tells about it', async () => {
  const enough = balance(30n, 10n);
  const { read, asked } = inTurn([
    null,
    balance(30n, 11n),
    balance(30n, 0n, { pendingWithdrawal: 11n }),
    enough,
  ]);
  expect(await untilCollateral(read, 20n, FAST)).toBe(enough);
  expect(asked()).toBe(4);
  const told = balance(100n, 0n, { available: 5n });
  await expect(untilCollateral(async () => told, 6n, { ...FAST, timeoutMs: 5 })).rejects.toThrow(/counted 5/);
});

test('gives up with the amounts', async () => {
  const late = untilCollateral(async () => null, 7n, { timeoutMs: 20, pollingIntervalMs: 5 });
  await expect(late).rejects.toMatchObject({
    code: 'COLLATERAL_NOT_SEEN',
    context: { free: 0n, wanted: 7n, timeoutMs: 20 },
  });
});

test('ends with the reason of the signal', async () => {
  const leaving = new AbortController();
  const waiting = untilCollateral(async () => null, 1n, { signal: leaving.signal });
  setTimeout(() => leaving.abort('enough'), 5);
  await expect(waiting).rejects.toBe('enough');
});
