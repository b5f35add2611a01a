import { describe, expect, it } from 'vitest';
import { KeyedBatches } from './keyed-batches.js';

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

describe('keyed batches', () => {
  it('gather what comes in meanwhile, in order, up to the largest size, and never overlap', async () => {
    const batches: number[][] = [];
    let running = 0;
    const queue = new KeyedBatches<number, number>(async (items) => {
      running++;
      await later();
      expect(running).toBe(1);
      batches.push([...items]);
      running--;
      return items.map((item) => item * 10);
    }, 4);
    const results = await Promise.all(Array.from({ length: 10 }, (_, i) => queue.run('a', i)));
    expect(results).toEqual(Array.from({ length: 10 }, (_, i) => i * 10));
    expect(batches).toEqual([[0], [1, 2, 3, 4], [5, 6, 7, 8], [9]]);
    await expect(queue.run('a', 10)).resolves.toBe(100);
  });

  it('fail together, and the next batch is none the worse', async () => {
    const queue = new KeyedBatches<number, number>(async (items) => {
      await later();
      if (items.includes(2)) throw new RangeError('broken');
      return items;
    }, 2);
    const results = await Promise.allSettled([0, 1, 2, 3].map((item) => queue.run('a', item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  });

  it('refuse work that lost an outcome', async () => {
    const queue = new KeyedBatches<number, number>(async () => [], 2);
    await expect(queue.run('a', 1)).rejects.toThrow('a batch of 1 had 0 outcomes');
  });

  it('do not hold up other keys', async () => {
    let release: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const queue = new KeyedBatches<string, string>(async (items) => {
      if (items.includes('slow')) await blocked;
      return items;
    }, 2);
    const slow = queue.run('a', 'slow');
    await expect(queue.run('b', 'free')).resolves.toBe('free');
    release();
    await expect(slow).resolves.toBe('slow');
  });
});
