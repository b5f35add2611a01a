import { loadBls } from '@fourmica/bls-cert';
import type { Hex } from '@fourmica/core-types';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { startCore, type TestCore } from './support/core.js';
import { DATABASES, useDatabase } from './support/database.js';
import { newRecipient, nowSeconds, Payer, readTab } from './support/payer.js';
import { until } from './support/wait.js';

const HOUR = 3_600n;
const WITHDRAWAL_GRACE = 3n * HOUR;
describe.each(DATABASES)('on %s', (kind) => {
  const database = useDatabase(kind);
  let chain: TestChain;
  let core: TestCore;

  beforeAll(async () => {
    chain = await startChain({
      timing: {
        remunerationGracePeriod: HOUR,
        tabExpirationTime: 2n * HOUR,
        synchronizationDelay: 600n,
        withdrawalGracePeriod: WITHDRAWAL_GRACE,
      },
    });
    // Locks outlive the warps of these tests.
    core = await startCore(chain, { database: database.config, expirySafetyMarginSecs: 30 * 86_400 });
  });

  afterEach(async () => {
    expect(await core.service.checkInvariants()).toEqual([]);
  });

  afterAll(async () => {
    await core?.service.close();
    await chain?.stop();
  });

  const pending = (payer: Payer, amount: string) =>
    until(
      () => payer.balance(core.url),
      (balance) => balance?.pending_withdrawal === amount,
      `a pending withdrawal of ${amount}`,
    );

  describe('a withdrawal', () => {
    it('S-8: that a remuneration shrinks without an event is read back from the chain', async () => {
      const payer = await Payer.withCollateral(chain, core.url, 1_000n);
      const tab = await payer.openTab(core.url);
      const timestamp = nowSeconds();
      const { body } = await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 300, timestamp });
      await payer.gateway.requestWithdrawal(900n);
      await pending(payer, '0x384');
      const now = BigInt((await chain.provider.getBlock('latest'))?.timestamp ?? 0);
      await chain.warp(Number(timestamp + HOUR - now));
      const bls = await loadBls();
      await payer.gateway.remunerate(`0x${body.claims}` as Hex, bls.signatureToWords(`0x${body.signature}`));
      await until(
        () => readTab(core.url, tab.id),
        ({ settlement_status }) => settlement_status === 'REMUNERATED',
        'the remuneration',
      );
      const onChain = await payer.gateway.withdrawalRequest(payer.address, `0x${'00'.repeat(20)}` as never);
      expect(onChain.amount).toBe(600n);
      expect(await payer.balance(core.url)).toMatchObject({
        total: '0x2bc',
        locked: '0x0',
        pending_withdrawal: '0x258',
        available: '0x64',
      });
    });

    it('lowers what may be guaranteed the moment it is seen, and frees it when cancelled', async () => {
      const payer = await Payer.withCollateral(chain, core.url, 1_000n);
      const tab = await payer.openTab(core.url);
      await payer.gateway.requestWithdrawal(900n);
      expect(await pending(payer, '0x384')).toMatchObject({ total: '0x3e8', available: '0x64' });
      expect(await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 101 })).toEqual({
        status: 400,
        body: { error: 'Not enough free collateral' },
      });
      expect((await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 100 })).status).toBe(200);
      await payer.gateway.cancelWithdrawal();
      expect(await pending(payer, '0x0')).toMatchObject({ available: '0x384' });
      expect((await payer.issue(core.url, { tabId: tab.id, reqId: 1, amount: 900 })).status).toBe(200);
    });

    it('C-39: is never overtaken by guarantees: once it is seen, none is issued on what it asks for', async () => {
      const payer = await Payer.withCollateral(chain, core.url, 1_000n);
      const spend = async () => {
        const recipient = newRecipient();
        const tab = await payer.openTab(core.url, recipient);
        for (let reqId = 0; ; reqId++) {
          const { status } = await payer.issue(core.url, { tabId: tab.id, reqId, amount: 10, recipient });
          if (status !== 200) return status;
        }
      };
      const spending = Promise.all([spend(), spend(), spend(), spend()]);
      await payer.gateway.requestWithdrawal(900n);
      const seen = await pending(payer, '0x384');
      expect(await spending).toEqual([400, 400, 400, 400]);
      const lockedWhenSeen = BigInt(seen?.locked ?? 0);
      const locked = BigInt((await payer.balance(core.url))?.locked ?? 0);
      expect(locked).toBe(lockedWhenSeen > 100n ? lockedWhenSeen : 100n);
    });

    it('of everything leaves the total when it is finalised', async () => {
      const payer = await Payer.withCollateral(chain, core.url, 1_000n);
      await payer.gateway.requestWithdrawal(400n);
      await pending(payer, '0x190');
      await chain.warp(Number(WITHDRAWAL_GRACE));
      await payer.gateway.finalizeWithdrawal();
      expect(await pending(payer, '0x0')).toMatchObject({ total: '0x258', available: '0x258' });
    });

    it('C-4: that takes what is still locked stops that payer and nobody else', async () => {
      const payer = await Payer.withCollateral(chain, core.url, 1_000n);
      const tab = await payer.openTab(core.url);
      await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 600 });
      await payer.gateway.requestWithdrawal(1_000n);
      await pending(payer, '0x3e8');
      await chain.warp(Number(WITHDRAWAL_GRACE));
      await payer.gateway.finalizeWithdrawal();
      await until(
        () => payer.balance(core.url),
        (balance) => balance?.total === '0x0',
        'the withdrawal',
      );
      expect(await payer.issue(core.url, { tabId: tab.id, reqId: 1, amount: 1 })).toEqual({
        status: 400,
        body: { error: 'Not enough free collateral' },
      });
      const other = await Payer.withCollateral(chain, core.url, 10n);
      const otherTab = await other.openTab(core.url);
      expect((await other.issue(core.url, { tabId: otherTab.id, reqId: 0, amount: 10 })).status).toBe(200);
    });
  });
});
