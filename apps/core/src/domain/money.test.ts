import { ETH_ASSET, parseAddress } from '@fourmica/core-types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { availableCollateral, freeCollateral } from './balance.js';
import { releaseExpired } from './expiry.js';
import { applyPayment } from './payment.js';
import { applyRemuneration } from './remuneration.js';
import { lockedAmount, openAmount, type Tab } from './tab.js';

const amount = fc.bigInt({ min: 0n, max: 10n ** 30n });

/** Tabs as the ledger can hold them: paid and remunerated never exceed the total together. */
const tabs: fc.Arbitrary<Tab> = fc
  .record({ paid: amount, remunerated: amount, open: amount, isReleased: fc.boolean() })
  .map(({ paid, remunerated, open, isReleased }) => ({
    tabId: 1n,
    userAddress: parseAddress(`0x${'01'.repeat(20)}`),
    recipientAddress: parseAddress(`0x${'02'.repeat(20)}`),
    assetAddress: ETH_ASSET,
    guaranteeVersion: 1,
    startTimestamp: 0n,
    ttlSeconds: 100n,
    status: 'OPEN',
    settlementStatus: 'PENDING',
    totalAmount: paid + remunerated + open,
    paidAmount: paid,
    remuneratedAmount: remunerated,
    lastReqId: 0n,
    lastTimestamp: 1_000n,
    isReleased,
    createdAtMs: 0n,
    updatedAtMs: 0n,
  }));

describe('a payment', () => {
  it('counts at most what is open and unlocks exactly what the tab then locks less', () => {
    fc.assert(
      fc.property(tabs, amount, (tab, paid) => {
        const effect = applyPayment(tab, paid);
        const after = { ...tab, paidAmount: tab.paidAmount + effect.counted };
        expect([paid, openAmount(tab)]).toContain(effect.counted);
        expect(effect.counted <= paid && effect.counted <= openAmount(tab)).toBe(true);
        expect(effect.unlocked).toBe(lockedAmount(tab) - lockedAmount(after));
        expect(effect.settlementStatus === 'SETTLED').toBe(openAmount(tab) > 0n && openAmount(after) === 0n);
      }),
    );
  });

  it('never settles a tab without debt', () => {
    fc.assert(
      fc.property(tabs, amount, (tab, paid) => {
        const unused = { ...tab, totalAmount: tab.paidAmount + tab.remuneratedAmount };
        expect(applyPayment(unused, paid)).toEqual({
          counted: 0n,
          unlocked: 0n,
          settlementStatus: 'PENDING',
        });
      }),
    );
  });
});

describe('a remuneration', () => {
  it('takes the whole amount from the total and unlocks what the tab then locks less', () => {
    fc.assert(
      fc.property(tabs, amount, fc.boolean(), (tab, taken, paysIncrementally) => {
        const effect = applyRemuneration(tab, taken, paysIncrementally);
        const after = {
          ...tab,
          remuneratedAmount: tab.remuneratedAmount + taken,
          isReleased: effect.isReleased,
        };
        expect(effect.remunerated).toBe(taken);
        expect(effect.unlocked).toBe(lockedAmount(tab) - lockedAmount(after));
        expect(effect.settlementStatus).toBe('REMUNERATED');
      }),
    );
  });

  it('keeps the rest locked where more can be claimed, and frees it where nothing can', () => {
    fc.assert(
      fc.property(tabs, (tab) => {
        const locking = { ...tab, isReleased: false, totalAmount: tab.totalAmount + 10n };
        expect(applyRemuneration(locking, 4n, true)).toMatchObject({ unlocked: 4n, isReleased: false });
        expect(applyRemuneration(locking, 4n, false)).toMatchObject({
          unlocked: openAmount(locking),
          isReleased: true,
        });
      }),
    );
  });

  it('does not turn a settled tab back', () => {
    fc.assert(
      fc.property(tabs, (tab) => {
        expect(applyRemuneration({ ...tab, settlementStatus: 'SETTLED' }, 1n, true).settlementStatus).toBe(
          'SETTLED',
        );
      }),
    );
  });
});

describe('the release of an expired tab', () => {
  const facts = { tabExpirationTime: 500n, safetyMargin: 60n, hasPaymentInFlight: false };

  it('waits for the newest certificate, the margin and payments in flight', () => {
    fc.assert(
      fc.property(tabs, (tab) => {
        const locking = { ...tab, isReleased: false, totalAmount: tab.totalAmount + 1n };
        const at = (chainTime: bigint, hasPaymentInFlight = false) =>
          releaseExpired(locking, { ...facts, chainTime, hasPaymentInFlight });
        expect(at(1_560n)).toBeUndefined();
        expect(at(1_561n, true)).toBeUndefined();
        expect(at(1_561n)).toEqual({ unlocked: lockedAmount(locking), settlementStatus: 'FAILED' });
      }),
    );
  });

  it('keeps the word of a tab that was remunerated in part, and skips what locks nothing', () => {
    fc.assert(
      fc.property(tabs, (tab) => {
        const locking = { ...tab, isReleased: false, totalAmount: tab.totalAmount + 1n };
        const late = { ...facts, chainTime: 10_000n };
        expect(releaseExpired({ ...locking, settlementStatus: 'REMUNERATED' }, late)).toMatchObject({
          settlementStatus: 'REMUNERATED',
        });
        expect(releaseExpired({ ...locking, isReleased: true }, late)).toBeUndefined();
        expect(releaseExpired({ ...locking, lastTimestamp: null }, late)).toBeUndefined();
      }),
    );
  });
});

describe('free collateral', () => {
  it('may be negative inside and is never shown so', () => {
    const balance = { total: 10n, locked: 25n, pendingWithdrawal: 5n };
    expect(freeCollateral(balance)).toBe(-20n);
    expect(availableCollateral(balance)).toBe(0n);
    expect(availableCollateral({ total: 40n, locked: 25n, pendingWithdrawal: 5n })).toBe(10n);
  });
});
