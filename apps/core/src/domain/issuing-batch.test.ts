import { ETH_ASSET, parseAddress, type RequestClaimsV1 } from '@fourmica/core-types';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { decideGuarantee, type IssuingPolicy } from './guarantee.js';
import { type BatchState, decideBatch, type IssuingRequest, identityOf } from './issuing-batch.js';
import { RefusalError, refusal } from './refusal.js';
import type { Tab } from './tab.js';

const USER = parseAddress(`0x${'11'.repeat(20)}`);
const RECIPIENTS = ['22', '33'].map((byte) => parseAddress(`0x${byte.repeat(20)}`));
const NOW = 1_000n;

const POLICY: IssuingPolicy = {
  chainId: 1n,
  acceptedVersions: [1],
  trustedValidationRegistries: [],
  clockToleranceSeconds: 5n,
  maxTtlSeconds: 10_000n,
};

const tabOf = (tabId: bigint, lastReqId: bigint | null): Tab => ({
  tabId,
  userAddress: USER,
  recipientAddress: RECIPIENTS[Number(tabId) % 2] ?? USER,
  assetAddress: ETH_ASSET,
  guaranteeVersion: 1,
  startTimestamp: NOW - 10n,
  ttlSeconds: 100n,
  status: lastReqId === null ? 'PENDING' : 'OPEN',
  settlementStatus: 'PENDING',
  totalAmount: lastReqId === null ? 0n : 7n,
  paidAmount: 0n,
  remuneratedAmount: 0n,
  lastReqId,
  lastTimestamp: lastReqId === null ? null : NOW - 5n,
  isReleased: false,
  createdAtMs: 0n,
  updatedAtMs: 0n,
});

const requests = fc.array(
  fc.record({
    tabId: fc.constantFrom(1n, 2n),
    reqId: fc.bigInt({ min: 0n, max: 6n }),
    amount: fc.bigInt({ min: 1n, max: 9n }),
    timestamp: fc.bigInt({ min: NOW - 12n, max: NOW + 7n }),
  }),
  { maxLength: 12 },
);

const requestOf = (
  parts: Pick<RequestClaimsV1, 'tabId' | 'reqId' | 'amount' | 'timestamp'>,
): IssuingRequest => ({
  claims: {
    version: 1,
    userAddress: USER,
    recipientAddress: RECIPIENTS[Number(parts.tabId) % 2] ?? USER,
    assetAddress: ETH_ASSET,
    ...parts,
  },
  claimsHash: `${parts.tabId}:${parts.reqId}:${parts.amount}:${parts.timestamp}`,
});

const stateOf = (total: bigint, tabs: readonly Tab[]): BatchState => ({
  user: 'active',
  recipients: new Map(),
  tabs: new Map(tabs.map((tab) => [tab.tabId, tab])),
  issued: new Map([['2:0', 'another']]),
  balance: { total, locked: 7n, pendingWithdrawal: 0n },
  now: NOW,
});

it('decides a batch as one request after the other would be decided, lower reqIds first', () => {
  fc.assert(
    fc.property(requests, fc.bigInt({ min: 0n, max: 60n }), (parts, total) => {
      const batch = parts.map(requestOf);
      const start = [tabOf(1n, null), tabOf(2n, 0n)];
      const { decisions, changedTabs } = decideBatch(batch, stateOf(total, start), POLICY);

      let locked = 7n;
      const tabs = new Map(start.map((tab) => [tab.tabId, { ...tab }]));
      const issued = new Map([['2:0', 'another']]);
      const changed = new Set<bigint>();
      const order = batch.map((_, i) => i);
      order.sort((a, b) => Number((batch[a]?.claims.reqId ?? 0n) - (batch[b]?.claims.reqId ?? 0n)));
      for (const i of order) {
        const { claims, claimsHash } = batch[i] as IssuingRequest;
        const known = issued.get(identityOf(claims));
        if (known === claimsHash) {
          expect(decisions[i]).toEqual({ kind: 'repeated' });
          continue;
        }
        const tab = tabs.get(claims.tabId) as Tab;
        const balance = { total, locked, pendingWithdrawal: 0n };
        const alone = {
          user: 'active' as const,
          recipient: 'unknown' as const,
          isReqIdUsed: known !== undefined,
          tab,
          balance,
          now: NOW,
        };
        try {
          const expected = decideGuarantee(claims, alone, POLICY);
          expect(decisions[i]).toEqual(expected);
          if (expected.kind !== 'issue') continue;
          locked += claims.amount;
          issued.set(identityOf(claims), claimsHash);
          changed.add(claims.tabId);
          tabs.set(claims.tabId, {
            ...tab,
            status: 'OPEN',
            totalAmount: tab.totalAmount + claims.amount,
            startTimestamp: tab.status === 'PENDING' ? claims.timestamp : tab.startTimestamp,
            lastReqId: claims.reqId,
            lastTimestamp: [tab.lastTimestamp ?? 0n, claims.timestamp].reduce((a, b) => (a > b ? a : b)),
          });
        } catch (error) {
          if (!(error instanceof RefusalError)) throw error;
          expect(decisions[i]).toEqual({ kind: 'refused', error });
        }
      }
      expect(changedTabs).toEqual([...tabs.values()].filter(({ tabId }) => changed.has(tabId)));
      expect(locked - 7n).toBeLessThanOrEqual(total > 7n ? total - 7n : 0n);
    }),
    { numRuns: 500 },
  );
});

it('lets all of a shuffled sequence pass, and a copy of one of them repeat', () => {
  const reqIds = [4n, 2n, 0n, 3n, 1n, 2n];
  const batch = reqIds.map((reqId) => requestOf({ tabId: 1n, reqId, amount: 1n, timestamp: NOW }));
  const { decisions, changedTabs } = decideBatch(batch, stateOf(100n, [tabOf(1n, null)]), POLICY);
  expect(decisions.map(({ kind }) => kind)).toEqual([
    'issue',
    'issue',
    'issue',
    'issue',
    'issue',
    'repeated',
  ]);
  expect(changedTabs).toMatchObject([{ lastReqId: 4n, totalAmount: 5n }]);
});

it('while issuing is stopped only repeats what is there', () => {
  const stop = refusal('ISSUING_STOPPED', 'issuing is stopped');
  const again = {
    ...requestOf({ tabId: 2n, reqId: 0n, amount: 1n, timestamp: NOW }),
    claimsHash: 'another',
    stop,
  };
  const fresh = { ...requestOf({ tabId: 2n, reqId: 1n, amount: 1n, timestamp: NOW }), stop };
  const { decisions } = decideBatch([again, fresh], stateOf(100n, [tabOf(2n, 0n)]), POLICY);
  expect(decisions).toEqual([{ kind: 'repeated' }, { kind: 'refused', error: stop }]);
});
