import { describe, expect, it } from 'vitest';
import { GatheredBatches } from './gathered-batches.js';

/** A promise that the test settles. */
function controlled<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('gathered batches', () => {
  it('do an item at once when no other is coming', async () => {
    const batches: number[][] = [];
    const gathered = new GatheredBatches<number>(async (items) => void batches.push([...items]), 3);
    await gathered.run(Promise.resolve(1));
    await gathered.run(Promise.resolve(2));
    expect(batches).toEqual([[1], [2]]);
  });

  it('wait for what is coming, until enough have come', async () => {
    const batches: number[][] = [];
    const gathered = new GatheredBatches<number>(async (items) => void batches.push([...items]), 3);
    const items = Array.from({ length: 5 }, () => controlled<number>());
    const done = items.map(({ promise }) => gathered.run(promise));
    items[0]?.resolve(0);
    items[1]?.resolve(1);
    await turn();
    expect(batches).toEqual([]);
    items[2]?.resolve(2);
    await turn();
    expect(batches).toEqual([[0, 1, 2]]);
    items[3]?.resolve(3);
    items[4]?.resolve(4);
    await Promise.all(done);
    expect(batches).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  it('do not wait for an item that could not be made', async () => {
    const batches: number[][] = [];
    const gathered = new GatheredBatches<number>(async (items) => void batches.push([...items]), 3);
    const broken = controlled<number>();
    const failing = gathered.run(broken.promise);
    const waiting = gathered.run(Promise.resolve(1));
    await turn();
    expect(batches).toEqual([]);
    broken.reject(new RangeError('not made'));
    await expect(failing).rejects.toThrow('not made');
    await waiting;
    expect(batches).toEqual([[1]]);
  });

  it('never overlap, and a batch that fails leaves the next alone', async () => {
    const first = controlled<void>();
    const batches: number[][] = [];
    const gathered = new GatheredBatches<number>(async (items) => {
      batches.push([...items]);
      if (items.includes(0)) await first.promise;
    }, 2);
    const failing = gathered.run(Promise.resolve(0));
    await turn();
    const next = [gathered.run(Promise.resolve(1)), gathered.run(Promise.resolve(2))];
    await turn();
    expect(batches).toEqual([[0]]);
    first.reject(new RangeError('broken'));
    await expect(failing).rejects.toThrow('broken');
    await Promise.all(next);
    expect(batches).toEqual([[0], [1, 2]]);
  });
});
