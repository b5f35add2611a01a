import { parseAddress } from '@fourmica/core-types';
import { describe, expect, it } from 'vitest';
import type { ChainEventRecord } from '../store/chain-events.js';
import type { Batch } from './batch.js';
import { findMinedAgain } from './mined-again.js';

const CONTRACT = parseAddress(`0x${'11'.repeat(20)}`);
const AMOUNT = '{"amount":"5"}';

const event = (name: string, txHash: string, logIndex = 0, args = AMOUNT): ChainEventRecord => ({
  chainId: 1n,
  contractAddress: CONTRACT,
  blockNumber: 10n,
  blockHash: '0xold',
  txHash,
  logIndex,
  name,
  args,
});

/** A stretch of the new branch, with its events in block 20. */
const stretch = (...events: readonly ChainEventRecord[]): Batch => {
  const cursor = { blockNumber: 20n, blockHash: '0xnew', blockTimestamp: 0n };
  return {
    previous: cursor,
    next: cursor,
    events: events.map(({ name, args, txHash, logIndex }) => ({
      position: { blockNumber: 20n, blockHash: '0xnew', txHash, logIndex },
      name,
      argsJson: args,
      ledgerEvent: undefined,
    })),
    payments: [],
    withdrawals: [],
    unknownPayers: new Map(),
    isLate: true,
  };
};

const find = (events: readonly ChainEventRecord[], ...branch: readonly Batch[]) =>
  findMinedAgain({ events, payments: [] }, branch);

describe('what was mined again', () => {
  it('is found in whatever block and place, with its new one', () => {
    const found = find(
      [event('CollateralDeposited', '0xa')],
      stretch(),
      stretch(event('CollateralDeposited', '0xa', 7)),
    );
    expect(found).toMatchObject({
      events: [{ blockNumber: 20n, blockHash: '0xnew', txHash: '0xa', logIndex: 7 }],
      missing: [],
      isComplete: true,
    });
  });

  it.each([
    ['by another transaction', event('CollateralDeposited', '0xb')],
    ['with another amount', event('CollateralDeposited', '0xa', 0, '{"amount":"6"}')],
    ['as another event', event('CollateralWithdrawn', '0xa')],
  ])('is not the same %s', (_, other) => {
    const deposit = event('CollateralDeposited', '0xa');
    expect(find([deposit], stretch(other))).toMatchObject({
      events: [],
      missing: [deposit],
      isComplete: false,
    });
  });

  it('has to be there as often as before', () => {
    const twice = [event('CollateralDeposited', '0xa', 0), event('CollateralDeposited', '0xa', 1)];
    expect(find(twice, stretch(event('CollateralDeposited', '0xa', 4))).missing).toEqual([twice[1]]);
    const both = stretch(event('CollateralDeposited', '0xa', 4), event('CollateralDeposited', '0xa', 5));
    expect(find(twice, both).events.map(({ logIndex }) => logIndex)).toEqual([4, 5]);
  });

  it('need not hold what adds to no amount', () => {
    expect(find([event('WithdrawalRequested', '0xa')], stretch())).toMatchObject({
      missing: [],
      isComplete: true,
    });
  });
});
