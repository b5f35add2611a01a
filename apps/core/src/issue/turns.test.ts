import { expect, it } from 'vitest';
import { ReqIdTurns } from './turns.js';

const nothingStored = async (): Promise<ReadonlyMap<bigint, bigint | null>> => new Map();

it('wakes the next request and those that follow without a gap', async () => {
  const turns = new ReqIdTurns(nothingStored, 200);
  const woken: bigint[] = [];
  const wait = async (reqId: bigint) => {
    if (await turns.wait(1n, reqId, turns.deadline())) woken.push(reqId);
  };
  const waits = [4n, 3n, 7n, 3n, 5n].map(wait);
  turns.advanced(1n, 2n);
  await Promise.resolve();
  expect(woken).toEqual([]);
  turns.advanced(1n, 3n);
  await Promise.all(waits);
  expect(woken.sort()).toEqual([3n, 3n, 4n, 5n]);
});

it('refuses the request that finds 64 waiting on its tab', async () => {
  const turns = new ReqIdTurns(nothingStored, 50);
  const waits = Array.from({ length: 64 }, (_, i) => turns.wait(1n, BigInt(i), turns.deadline()));
  await expect(turns.wait(1n, 64n, turns.deadline())).rejects.toMatchObject({ code: 'TOO_MANY_WAITING' });
  await Promise.all(waits);
});
