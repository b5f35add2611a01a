import { parseAddress } from '@fourmica/core-types';
import { createRequestClaims } from '@fourmica/eip712-claims';
import { expect, it } from 'vitest';
import { PendingCollateral } from './pending-collateral.js';

const USER = `0x${'11'.repeat(20)}`;
const claims = (reqId: number, amount: number, user = USER) =>
  createRequestClaims({
    userAddress: user,
    recipientAddress: parseAddress(`0x${'22'.repeat(20)}`),
    tabId: 1,
    reqId,
    amount,
    timestamp: 1,
  });

it('sums what is under way for the same payer, without the payment itself, for ten seconds', () => {
  let now = 0;
  const pending = new PendingCollateral({ nowMs: () => now });
  pending.add(claims(0, 10));
  pending.add(claims(1, 20));
  pending.add(claims(1, 25));
  pending.add(claims(2, 400, `0x${'33'.repeat(20)}`));
  expect(pending.besides(claims(0, 10))).toBe(25n);
  expect(pending.besides(claims(5, 1))).toBe(35n);
  pending.remove(claims(0, 10));
  expect(pending.besides(claims(5, 1))).toBe(25n);
  now = 10_001;
  expect(pending.besides(claims(5, 1))).toBe(0n);
});
