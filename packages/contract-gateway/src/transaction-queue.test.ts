import { expect, test } from 'vitest';
import { sharedQueue, TransactionQueue } from './transaction-queue.js';

test('numbers are given out in order while the node still counts from the start', async () => {
  const queue = new TransactionQueue();
  const nonces = await Promise.all(
    Array.from({ length: 5 }, () =>
      queue.run(
        async () => 7,
        async ({ nonce }) => nonce,
      ),
    ),
  );
  expect(nonces).toEqual([7, 8, 9, 10, 11]);
});

test('the number of a call that was not sent goes to the next one', async () => {
  const queue = new TransactionQueue();
  const failed = queue.run(
    async () => 3,
    async () => Promise.reject(new Error('refused')),
  );
  const next = queue.run(
    async () => 3,
    async ({ nonce }) => nonce,
  );
  await expect(failed).rejects.toThrow('refused');
  expect(await next).toBe(3);
});

test('a dropped transaction leaves its number to the next, also while a later one waits', async () => {
  const queue = new TransactionQueue();
  const first = await queue.run(
    async () => 0,
    async (lease) => lease,
  );
  await queue.run(
    async () => 1,
    async (lease) => lease,
  );
  first.release();
  expect(
    await queue.run(
      async () => 0,
      async ({ nonce }) => nonce,
    ),
  ).toBe(0);
});

test('a node that cannot be asked does not stop the queue', async () => {
  const queue = new TransactionQueue();
  await expect(
    queue.run(
      () => Promise.reject(new Error('down')),
      async () => 1,
    ),
  ).rejects.toThrow('down');
  expect(
    await queue.run(
      async () => 0,
      async ({ nonce }) => nonce,
    ),
  ).toBe(0);
});

test('gateways of one process share the queue of an account on a node', () => {
  const provider = {};
  expect(sharedQueue('http://a', '0x1')).toBe(sharedQueue('http://a', '0x1'));
  expect(sharedQueue('http://a', '0x1')).not.toBe(sharedQueue('http://b', '0x1'));
  expect(sharedQueue(provider, '0x1')).toBe(sharedQueue(provider, '0x1'));
  expect(sharedQueue(provider, '0x1')).not.toBe(sharedQueue({}, '0x1'));
});
