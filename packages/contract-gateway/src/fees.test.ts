import { FeeData } from 'ethers';
import { describe, expect, test } from 'vitest';
import { chooseFees, raiseFees, withGasMargin } from './fees.js';

describe('T-6: fees', () => {
  const suggested = new FeeData(null, 210n, 10n);

  test('are what the node suggests', () => {
    expect(chooseFees(suggested, 100n)).toEqual({ type: 2, maxFeePerGas: 210n, maxPriorityFeePerGas: 10n });
  });
  test('are lowered to the cap while it covers the base fee', () => {
    expect(chooseFees(suggested, 100n, 120n)).toMatchObject({
      maxFeePerGas: 120n,
      maxPriorityFeePerGas: 10n,
    });
    expect(chooseFees(new FeeData(null, 210n, 110n), 0n, 100n)).toMatchObject({ maxPriorityFeePerGas: 100n });
  });
  test('beyond the cap are refused instead of leaving a transaction that is never mined', () => {
    expect(() => chooseFees(suggested, 100n, 99n)).toThrow(/demands 100 wei per gas, maxFeePerGas allows 99/);
  });
  test('are a plain gas price on chains without base fee', () => {
    expect(chooseFees(new FeeData(7n, null, null), null)).toEqual({ type: 0, gasPrice: 7n });
    expect(() => chooseFees(new FeeData(7n, null, null), null, 6n)).toThrow(/FEE|demands 7/);
    expect(() => chooseFees(new FeeData(null, null, null), null)).toThrow(/suggests no gas price/);
  });
});

describe('C-44: raised fees', () => {
  const paid = { type: 2, maxFeePerGas: 800n, maxPriorityFeePerGas: 8n } as const;
  const suggestion = (max: bigint, tip: bigint) => new FeeData(null, max, tip);

  test('rise in both fields by more than the tenth that nodes demand', () => {
    expect(raiseFees(paid, suggestion(0n, 0n))).toEqual({
      type: 2,
      maxFeePerGas: 901n,
      maxPriorityFeePerGas: 10n,
    });
    expect(raiseFees({ ...paid, maxPriorityFeePerGas: 0n }, suggestion(0n, 0n))).toMatchObject({
      maxPriorityFeePerGas: 1n,
    });
    expect(raiseFees({ type: 0, gasPrice: 800n }, new FeeData(0n, null, null))).toEqual({
      type: 0,
      gasPrice: 901n,
    });
  });
  test('rise at least to what the node suggests now', () => {
    expect(raiseFees(paid, suggestion(5_000n, 50n))).toMatchObject({
      maxFeePerGas: 5_000n,
      maxPriorityFeePerGas: 50n,
    });
  });
  test('do not rise for ever where the node suggests far less', () => {
    expect(raiseFees(paid, suggestion(91n, 1n))).toMatchObject({ maxFeePerGas: 901n });
    expect(raiseFees(paid, suggestion(90n, 1n))).toBeUndefined();
    expect(raiseFees(paid, suggestion(90n, 1n), 2_000n)).toMatchObject({ maxFeePerGas: 901n });
  });
  test('stay within the cap, and are not raised by less than nodes take', () => {
    expect(raiseFees(paid, suggestion(5_000n, 50n), 1_000n)).toMatchObject({ maxFeePerGas: 1_000n });
    expect(raiseFees(paid, suggestion(5_000n, 50n), 901n)).toMatchObject({ maxFeePerGas: 901n });
    expect(raiseFees(paid, suggestion(5_000n, 50n), 900n)).toBeUndefined();
    expect(raiseFees({ type: 0, gasPrice: 800n }, suggestion(0n, 0n), 900n)).toBeUndefined();
  });
});

test('T-21: the gas limit is the estimate and a fifth', () => expect(withGasMargin(100_000n)).toBe(120_000n));
