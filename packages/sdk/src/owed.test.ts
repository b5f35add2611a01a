import { expect, test } from 'vitest';
import { SentPayments } from './owed.js';

test('a payment that the contract has not recorded yet is not owed again', () => {
  const sent = new SentPayments();
  expect(sent.paid(1n, 30n)).toBe(30n);
  sent.add(1n, 30n, 50n);
  expect(sent.paid(1n, 30n)).toBe(80n);
  sent.add(1n, 30n, 5n);
  expect(sent.paid(1n, 30n)).toBe(85n);
  expect(sent.paid(1n, 80n)).toBe(85n);
  expect(sent.paid(1n, 100n)).toBe(100n);
  expect(sent.paid(2n, 0n)).toBe(0n);
});
