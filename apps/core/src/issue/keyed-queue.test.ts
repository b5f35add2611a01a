import { describe, expect, it } from 'vitest';
import { KeyedQueue } from './keyed-queue.js';

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

describe('a keyed queue', () => {
  it('keeps the order of a key, also after a failure, and never overlaps', async () => {
    const queue = new KeyedQueue();
    const order: number[] = [];
    let running = 0;
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        queue.run('a', async () => {
          running++;
          await later();
          expect(running).toBe(1);
          order.push(i);
          running--;
          if (i % 3 === 0) throw new RangeError(`task ${i}`);
          return i;
        }),
      ),
    );
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(results.map(({ status }) => status)).toEqual(
      order.map((i) => (i % 3 === 0 ? 'rejected' : 'fulfilled')),
    );
  });

  it('does not hold up other keys', async () => {
    const queue = new KeyedQueue();
    let release: () => void = () => undefined;
    const blocked = queue.run('a', () => new Promise<void>((resolve) => (release = resolve)));
    await expect(queue.run('b', async () => 'free')).resolves.toBe('free');
    await later();
    release();
    await blocked;
  });
});
