import { type CoreRefusal, RpcError } from '@fourmica/rpc-client';
import { describe, expect, test } from 'vitest';
import { IssueOrder } from './issue-order.js';

const refused = (reason: string, refusal: CoreRefusal) =>
  new RpcError('RPC_STATUS', reason, { method: 'POST', url: 'http://core', status: 400, reason, refusal });
const tooEarly = () => refused('req_id not valid', 'REQ_ID_NOT_NEXT');

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** A core that answers when it is told to. */
function core(order: IssueOrder) {
  const sent: bigint[] = [];
  const answers = new Map<bigint, (error?: Error) => void>();
  const issue = (reqId: bigint, signal?: AbortSignal) =>
    order.enter(1n, reqId).run(
      () =>
        new Promise<bigint>((resolve, reject) => {
          sent.push(reqId);
          answers.set(reqId, (error) => (error === undefined ? resolve(reqId) : reject(error)));
        }),
      signal,
    );
  const answer = async (reqId: bigint, error?: Error) => {
    await settled();
    answers.get(reqId)?.(error);
    await settled();
  };
  return { sent, issue, answer };
}

const ids = (count: number) => Array.from({ length: count }, (_, i) => BigInt(i));

describe('requests of one tab', () => {
  test('are sent lowest first, 16 at a time', async () => {
    const { sent, issue, answer } = core(new IssueOrder());
    const results = Promise.all(ids(40).map((reqId) => issue(reqId)));
    await settled();
    expect(sent).toEqual(ids(16));
    for (const reqId of ids(40)) await answer(reqId);
    expect(sent).toEqual(ids(40));
    expect(await results).toEqual(ids(40));
  });

  test('that come in reverse order never fill the window against the first one', async () => {
    const { sent, issue, answer } = core(new IssueOrder());
    const results = ids(200)
      .reverse()
      .map((reqId) => issue(reqId));
    await settled();
    expect(sent.length).toBeLessThanOrEqual(60);
    // What the core does after 2 seconds.
    for (const reqId of [...sent]) await answer(reqId, tooEarly());
    for (const reqId of ids(200)) await answer(reqId);
    await Promise.all(results);
    expect(sent.slice(60, 65)).toEqual(ids(5));
  });

  test('that are announced hold back those behind them until they are sent or given up', async () => {
    const order = new IssueOrder();
    const { sent, issue, answer } = core(order);
    const announced = order.enter(1n, 3n);
    const late = issue(4n);
    const other = order.enter(2n, 9n).run(async () => 'another tab');
    expect(await other).toBe('another tab');
    expect(sent).toEqual([]);
    announced.leave();
    await settled();
    expect(sent).toEqual([4n]);
    await answer(4n);
    expect(await late).toBe(4n);
  });
});

describe('a request that the core takes for too early', () => {
  test('is sent again when those before it are answered', async () => {
    const { sent, issue, answer } = core(new IssueOrder());
    const second = issue(1n);
    const first = issue(0n);
    await answer(1n, tooEarly());
    expect(sent).toEqual([1n, 0n]);
    await answer(0n);
    expect(sent).toEqual([1n, 0n, 1n]);
    await answer(1n);
    expect(await Promise.all([first, second])).toEqual([0n, 1n]);
  });

  test('is sent again when one before it was answered meanwhile', async () => {
    const { issue, answer } = core(new IssueOrder());
    const [first, second] = [issue(0n), issue(1n)];
    await answer(0n);
    await answer(1n, tooEarly());
    await answer(1n);
    expect(await Promise.all([first, second])).toEqual([0n, 1n]);
  });

  test('fails when nothing is before it, and so does any other refusal', async () => {
    const { issue, answer } = core(new IssueOrder());
    const [poor, alone] = [issue(0n), issue(7n)];
    const outcomes = Promise.allSettled([poor, alone]);
    await answer(0n, refused('Not enough free collateral', 'NOT_ENOUGH_COLLATERAL'));
    await answer(7n, tooEarly());
    await answer(7n, tooEarly());
    expect(await outcomes).toMatchObject([
      { reason: { reason: 'Not enough free collateral' } },
      { reason: { reason: 'req_id not valid' } },
    ]);
  });
});

test('a caller who gives up while waiting is not in the way of the others', async () => {
  const { sent, issue, answer } = core(new IssueOrder());
  const controller = new AbortController();
  const under = ids(16).map((reqId) => issue(reqId));
  const waiting = issue(16n, controller.signal);
  const behind = issue(17n);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  for (const reqId of [...ids(16), 17n]) await answer(reqId);
  await Promise.all([...under, behind]);
  expect(sent).toEqual([...ids(16), 17n]);
});
