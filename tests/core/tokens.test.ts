import { loadBls } from '@fourmica/bls-cert';
import type { Address, Hex } from '@fourmica/core-types';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { startCore, type TestCore } from './support/core.js';
import { DATABASES, useDatabase } from './support/database.js';
import { get } from './support/http.js';
import { newRecipient, nowSeconds, Payer, readTab } from './support/payer.js';
import { balanceOf, callSeveralTimes, deployToken, mint, payTabCalldata } from './support/tokens.js';
import { until } from './support/wait.js';

const HOUR = 3_600n;
describe.each(DATABASES)('on %s', (kind) => {
  const database = useDatabase(kind);
  let chain: TestChain;
  let core: TestCore;
  let usdc: Address;
  let usdt: Address;

  beforeAll(async () => {
    chain = await startChain(async (signer) => {
      usdc = await deployToken(signer, 'usdc');
      usdt = await deployToken(signer, 'usdt');
      return {
        stablecoins: [usdc, usdt],
        timing: {
          remunerationGracePeriod: HOUR,
          tabExpirationTime: 2n * HOUR,
          synchronizationDelay: 600n,
          withdrawalGracePeriod: 3n * HOUR,
        },
      };
    });
    core = await startCore(chain, { database: database.config });
  });

  afterEach(async () => {
    expect(await core.service.checkInvariants()).toEqual([]);
  });

  afterAll(async () => {
    await core?.service.close();
    await chain?.stop();
  });

  /** Opens a token tab of a new payer with one guarantee on it. */
  async function owingTab(token: Address, amount: bigint) {
    const payer = await Payer.create(chain);
    await mint(chain.deployer, token, payer.address, 10_000n);
    await payer.gateway.approveErc20(token, 10_000n);
    await payer.gateway.depositErc20(token, 1_000n);
    await until(
      () => payer.balance(core.url, token),
      (balance) => balance?.total === '0x3e8',
      'the deposit',
    );
    const recipient = newRecipient();
    const tab = await payer.openTab(core.url, recipient, undefined, { erc20_token: token });
    expect(tab.asset_address).toBe(token.toLowerCase());
    const timestamp = nowSeconds();
    const { status, body } = await payer.issue(core.url, {
      tabId: tab.id,
      reqId: 0,
      amount,
      recipient,
      asset: token,
      timestamp,
    });
    expect(status).toBe(200);
    return { payer, recipient, tabId: tab.id, certificate: body, timestamp };
  }

  const settled = (tabId: string) =>
    until(
      () => readTab(core.url, tabId),
      ({ settlement_status }) => settlement_status === 'SETTLED',
      'the settled tab',
    );

  describe('tokens', () => {
    it('are listed with symbol and decimals', async () => {
      const { body } = await get<{ tokens: { address: string; decimals: number; symbol: string }[] }>(
        `${core.url}/core/tokens`,
      );
      expect(body.tokens.map(({ address, decimals }) => [address, decimals])).toEqual([
        [usdc, 6],
        [usdt, 6],
      ]);
      for (const { symbol } of body.tokens) expect(symbol).toMatch(/./);
    });

    it('keep to their own collateral', async () => {
      const { payer, recipient } = await owingTab(usdc, 1n);
      const tab = await payer.openTab(core.url, recipient);
      expect(await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1, recipient })).toEqual({
        status: 400,
        body: { error: 'Not enough free collateral' },
      });
    });

    it.each([
      ['usdc', () => usdc],
      ['usdt', () => usdt],
    ] as const)('in %s: a payment through the contract settles the tab', async (_, token) => {
      const { payer, recipient, tabId } = await owingTab(token(), 300n);
      await payer.gateway.payTabErc20({ tabId, asset: token(), amount: 300n, recipient });
      expect(await settled(tabId)).toMatchObject({ paid_amount: '0x12c' });
      expect(await payer.balance(core.url, token())).toMatchObject({ total: '0x3e8', locked: '0x0' });
      expect(await balanceOf(chain.provider, token(), recipient)).toBe(300n);
    });

    it('C-8: several payments in one transaction all count', async () => {
      const { payer, recipient, tabId } = await owingTab(usdc, 300n);
      const calldata = payTabCalldata(BigInt(tabId), usdc, 100n, recipient);
      const sender = await chain.fundedWallet();
      await callSeveralTimes(chain.provider, payer.address, chain.contractAddress, calldata, 3, sender);
      expect(await settled(tabId)).toMatchObject({ paid_amount: '0x12c' });
      const { body } = await get<{ tx_hash: string; finalized: boolean }[]>(
        `${core.url}/core/recipients/${recipient}/payments`,
      );
      expect(body.map(({ finalized }) => finalized)).toEqual([true, true, true]);
      expect(new Set(body.map(({ tx_hash }) => tx_hash)).size).toBe(1);
      expect((await payer.gateway.getTabPaymentStatus(BigInt(tabId))).paid).toBe(300n);
    });

    it('a payment by a stranger, to another recipient or in another token counts for nothing', async () => {
      const { payer, recipient, tabId } = await owingTab(usdc, 300n);
      const stranger = await Payer.create(chain);
      await mint(chain.deployer, usdc, stranger.address, 300n);
      await stranger.gateway.approveErc20(usdc, 300n);
      await stranger.gateway.payTabErc20({ tabId, asset: usdc, amount: 300n, recipient });
      await payer.gateway.payTabErc20({
        tabId,
        asset: usdc,
        amount: 300n,
        recipient: newRecipient(),
      });
      await mint(chain.deployer, usdt, payer.address, 300n);
      await payer.gateway.approveErc20(usdt, 300n);
      await payer.gateway.payTabErc20({ tabId, asset: usdt, amount: 300n, recipient });
      await Payer.withCollateral(chain, core.url, 1n);
      expect(await readTab(core.url, tabId)).toMatchObject({ paid_amount: '0x0' });
      expect(await payer.balance(core.url, usdc)).toMatchObject({ locked: '0x12c' });
    });

    it('a remuneration takes them from collateral', async () => {
      const { payer, recipient, tabId, certificate, timestamp } = await owingTab(usdc, 300n);
      const now = BigInt((await chain.provider.getBlock('latest'))?.timestamp ?? 0);
      await chain.warp(Number(timestamp + HOUR - now));
      const bls = await loadBls();
      await payer.gateway.remunerate(
        `0x${certificate.claims}` as Hex,
        bls.signatureToWords(`0x${certificate.signature}`),
      );
      await until(
        () => readTab(core.url, tabId),
        ({ settlement_status }) => settlement_status === 'REMUNERATED',
        'the remuneration',
      );
      expect(await payer.balance(core.url, usdc)).toMatchObject({ total: '0x2bc', locked: '0x0' });
      expect(await balanceOf(chain.provider, usdc, recipient)).toBe(300n);
    });
  });
});
