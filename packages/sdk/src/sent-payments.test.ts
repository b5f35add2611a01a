import { ContractError } from '@fourmica/contract-gateway';
import { expect, test } from 'vitest';
import { SentPayments } from './sent-payments.js';

const succeed = async () => 'receipt';

test('a payment that the contract has not recorded yet is not owed again', async () => {
  const sent = new SentPayments();
  expect(sent.paid(1n, 30n)).toBe(30n);
  expect(await sent.remember(1n, 30n, 50n, succeed)).toBe('receipt');
  expect(sent.paid(1n, 30n)).toBe(80n);
  await sent.remember(1n, 30n, 5n, succeed);
  expect(sent.paid(1n, 30n)).toBe(85n);
  expect(sent.paid(1n, 80n)).toBe(85n);
  expect(sent.paid(1n, 100n)).toBe(100n);
  expect(sent.paid(2n, 0n)).toBe(0n);
});

test.each([
  ['TRANSACTION_TIMEOUT', 50n],
  ['BROADCAST_UNCERTAIN', 50n],
  ['ABORTED', 50n],
  ['INSUFFICIENT_FUNDS', 0n],
  ['TRANSACTION_REVERTED', 0n],
  ['TRANSACTION_REPLACED', 0n],
])('after %s, %s counts as paid', async (code, paid) => {
  const sent = new SentPayments();
  const failure = new ContractError(code, code);
  await expect(sent.remember(1n, 0n, 50n, () => Promise.reject(failure))).rejects.toBe(failure);
  expect(sent.paid(1n, 0n)).toBe(paid);
});

test('payments of one tab wait for each other, those of other tabs do not, and a failure stops nobody', async () => {
  const sent = new SentPayments();
  const log: string[] = [];
  let finishFirst = () => {};
  const first = sent.inOrder(1n, async () => {
    log.push('first starts');
    await new Promise<void>((resolve) => {
      finishFirst = resolve;
    });
    throw new Error('first fails');
  });
  const second = sent.inOrder(1n, async () => log.push('second'));
  await sent.inOrder(2n, async () => log.push('other tab'));
  finishFirst();
  await expect(first).rejects.toThrow('first fails');
  await second;
  expect(log).toEqual(['first starts', 'other tab', 'second']);
});
