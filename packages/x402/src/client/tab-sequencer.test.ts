import { describe, expect, it } from 'vitest';
import { type SequencedTab, TabSequencer } from './tab-sequencer.js';

const tab = (nextReqId: bigint, tabId = 1n): SequencedTab => ({ tabId, nextReqId });
const take = async (sequencer: TabSequencer, count: number) => {
  const slots = [];
  for (let i = 0; i < count; i++) slots.push(await sequencer.acquire());
  return slots;
};

describe('what the server says is older than what is known here', () => {
  it('a reqId that was consumed while the tab was asked for is not handed out again', async () => {
    let answer: (tab: SequencedTab) => void = () => undefined;
    let isFirst = true;
    const sequencer = new TabSequencer(async () => {
      if (isFirst) {
        isFirst = false;
        return tab(0n);
      }
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const [zero, one] = await take(sequencer, 2);
    const refreshed = sequencer.refresh();
    await Promise.resolve();
    if (zero === undefined || one === undefined) throw new Error('no slots');
    sequencer.release(zero, true);
    sequencer.release(one, true);
    answer(tab(1n));
    await refreshed;
    expect((await sequencer.acquire()).reqId).toBe(2n);
  });

  it('but what it says afterwards counts, also when it is less', async () => {
    const answers = [tab(0n), tab(0n)];
    const sequencer = new TabSequencer(async () => answers.shift() ?? tab(9n));
    const [zero] = await take(sequencer, 1);
    if (zero === undefined) throw new Error('no slot');
    sequencer.release(zero, true);
    await sequencer.refresh();
    expect((await sequencer.acquire()).reqId).toBe(0n);
  });
});

it('a reqId that was given back and taken again belongs to the newer slot', async () => {
  const sequencer = new TabSequencer(async () => tab(0n));
  const [first] = await take(sequencer, 1);
  if (first === undefined) throw new Error('no slot');
  sequencer.release(first, false);
  const [second, third] = await take(sequencer, 2);
  expect([second?.reqId, third?.reqId]).toEqual([0n, 1n]);
  sequencer.release(first, false);
  expect((await sequencer.acquire()).reqId).toBe(2n);
});

it('a reqId below all that are under way can be taken although the window is full: the others wait for it', async () => {
  const answers = [tab(5n), tab(3n)];
  const sequencer = new TabSequencer(async () => answers.shift() ?? tab(3n), { maxInFlight: 2 });
  await take(sequencer, 2);
  await sequencer.refresh();
  const three = await sequencer.acquire();
  sequencer.release(three, true);
  expect([three.reqId, (await sequencer.acquire()).reqId]).toEqual([3n, 4n]);
});

it('a payment is not due when a lower reqId is open that nobody takes', async () => {
  const sequencer = new TabSequencer(async () => tab(0n));
  const [zero, one] = await take(sequencer, 2);
  if (zero === undefined || one === undefined) throw new Error('no slots');
  const isDue = sequencer.isDue(one);
  sequencer.release(zero, false);
  expect(await isDue).toBe(false);
  expect(await sequencer.isDue(one, AbortSignal.abort())).toBe(false);
});
