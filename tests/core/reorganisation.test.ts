import { loadBls } from '@fourmica/bls-cert';
import { core4MicaAbi } from '@fourmica/contracts/abi';
import type { Address, Hex } from '@fourmica/core-types';
import { Contract } from 'ethers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { forkHere, rawTransaction } from './support/branches.js';
import { startChain, type TestChain } from './support/chain.js';
import { startCore, type TestCore } from './support/core.js';
import { DATABASES, useDatabase } from './support/database.js';
import { get } from './support/http.js';
import { type Certificate, caughtUp, newRecipient, nowSeconds, Payer, readTab } from './support/payer.js';
import { deployToken, mint } from './support/tokens.js';
import { until } from './support/wait.js';

const HOUR = 3_600n;
/** The window of a certificate opens after one hour and closes after two. */
const TIMING = {
  remunerationGracePeriod: HOUR,
  tabExpirationTime: 2n * HOUR,
  synchronizationDelay: 600n,
  withdrawalGracePeriod: 3n * HOUR,
};

/** Longer than the warps of the tests before the last one. */
const SAFETY_MARGIN = 86_400;

describe.each(DATABASES)('what abandoned blocks did is taken back on %s', (kind) => {
  const database = useDatabase(kind);
  let chain: TestChain;
  let core: TestCore;
  let usdc: Address;

  beforeAll(async () => {
    chain = await startChain(async (signer) => {
      usdc = await deployToken(signer, 'usdc');
      return { stablecoins: [usdc], timing: TIMING };
    });
    core = await startCore(chain, {
      database: database.config,
      expirySafetyMarginSecs: SAFETY_MARGIN,
      metricsToken: 'm'.repeat(32),
    });
  });

  afterEach(async () => {
    expect(await core.service.checkInvariants()).toEqual([]);
  });

  afterAll(async () => {
    await core?.service.close();
    await chain?.stop();
  });

  async function owingTab(amount: bigint, asset?: Address) {
    const payer = await Payer.create(chain);
    if (asset === undefined) {
      await payer.gateway.deposit(1_000n);
    } else {
      await mint(chain.deployer, asset, payer.address, 2_000n);
      await payer.gateway.approveErc20(asset, 2_000n);
      await payer.gateway.depositErc20(asset, 1_000n);
    }
    await until(
      () => payer.balance(core.url, asset),
      (balance) => balance?.total === '0x3e8',
      'the deposit',
    );
    const recipient = newRecipient();
    const tab = await payer.openTab(core.url, recipient, undefined, asset && { erc20_token: asset });
    const timestamp = nowSeconds();
    const request = { tabId: tab.id, reqId: 0, amount, recipient, timestamp, ...(asset && { asset }) };
    const { body } = await payer.issue(core.url, request);
    return { payer, recipient, tabId: tab.id, certificate: body, timestamp };
  }

  const becomes = (tabId: string, expected: Partial<Awaited<ReturnType<typeof readTab>>>) =>
    until(
      () => readTab(core.url, tabId),
      (tab) => Object.entries(expected).every(([key, value]) => tab[key as keyof typeof tab] === value),
      `the tab with ${JSON.stringify(expected)}`,
    );

  const eventsOf = async (tabId: string) =>
    (await get<{ event_type: string }[]>(`${core.url}/core/tabs/${tabId}/collateral-events`)).body.map(
      ({ event_type }) => event_type,
    );

  const paymentsTo = async (recipient: Address) =>
    (
      await get<{ finalized: boolean; tx_hash: string }[]>(
        `${core.url}/core/recipients/${recipient}/payments`,
      )
    ).body;

  async function recordsOf(tabId: string) {
    const contract = new Contract(chain.contractAddress, core4MicaAbi, chain.provider);
    const events = await contract.queryFilter(contract.getEvent('PaymentRecordedById'), 0);
    return events.filter((event) => 'args' in event && event.args.tabId === BigInt(tabId));
  }

  async function remunerate(payer: Payer, certificate: Certificate, timestamp: bigint) {
    const now = BigInt((await chain.provider.getBlock('latest'))?.timestamp ?? 0);
    if (timestamp + HOUR > now) await chain.warp(Number(timestamp + HOUR - now));
    const bls = await loadBls();
    await payer.gateway.remunerate(
      `0x${certificate.claims}` as Hex,
      bls.signatureToWords(`0x${certificate.signature}`),
    );
  }

  it('a deposit, with guarantees issued on it: what is free becomes negative and nothing more is issued', async () => {
    const payer = await Payer.withCollateral(chain, core.url, 100n);
    const tab = await payer.openTab(core.url);
    const fork = await forkHere(chain);
    await payer.gateway.deposit(50n);
    await until(
      () => payer.balance(core.url),
      (balance) => balance?.total === '0x96',
      'the second deposit',
    );
    expect((await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 120 })).status).toBe(200);
    await fork.abandon();
    await caughtUp(chain, core.url);
    expect(await payer.balance(core.url)).toMatchObject({ total: '0x64', locked: '0x78', available: '0x0' });
    expect(await payer.issue(core.url, { tabId: tab.id, reqId: 1, amount: 1 })).toEqual({
      status: 400,
      body: { error: 'Not enough free collateral' },
    });
    const metrics = await until(
      async () => {
        const headers = { authorization: `Bearer ${'m'.repeat(32)}` };
        return (await fetch(`${core.url}/metrics`, { headers })).text();
      },
      (text) => /^core_overdrawn_balances 1$/m.test(text),
      'the alarm',
    );
    expect(metrics).toMatch(/^core_chain_reorganisations_total [1-9]/m);
    expect(metrics).toMatch(/^core_invariant_violations_total 0$/m);
  });

  it('a payment in ETH that is not made again: the tab owes again, beside the new one', async () => {
    const { payer, recipient, tabId } = await owingTab(300n);
    const fork = await forkHere(chain);
    await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 300n, recipient });
    await becomes(tabId, { settlement_status: 'SETTLED' });
    const next = await payer.openTab(core.url, recipient);
    expect(next.id).not.toBe(tabId);
    await fork.abandon();
    await becomes(tabId, { settlement_status: 'PENDING', paid_amount: '0x0', status: 'CLOSED' });
    expect(await payer.balance(core.url)).toMatchObject({ total: '0x3e8', locked: '0x12c' });
    expect(await paymentsTo(recipient)).toEqual([]);
    expect(await eventsOf(tabId)).toEqual([]);
    const answer = await payer.issue(core.url, { tabId: next.id, reqId: 0, amount: 5, recipient });
    expect(answer.status).toBe(200);
  });

  it('a payment in ETH that is mined again in another block: it is recorded and counted once', async () => {
    const { payer, recipient, tabId } = await owingTab(300n);
    const fork = await forkHere(chain);
    const { transactionHash } = await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 300n, recipient });
    const raw = await rawTransaction(chain, transactionHash);
    await becomes(tabId, { settlement_status: 'SETTLED' });
    await fork.abandon(async () => {
      await chain.mine(3);
      await chain.provider.broadcastTransaction(raw);
    });
    await until(
      () => recordsOf(tabId),
      (records) => records.length === 1,
      'the record on the other way',
    );
    await becomes(tabId, { settlement_status: 'SETTLED', paid_amount: '0x12c' });
    expect(await paymentsTo(recipient)).toMatchObject([{ tx_hash: transactionHash, finalized: true }]);
    expect(await eventsOf(tabId)).toEqual(['UNLOCK']);
    await caughtUp(chain, core.url);
    expect(await recordsOf(tabId)).toHaveLength(1);
    expect(await payer.balance(core.url)).toMatchObject({ total: '0x3e8', locked: '0x0' });
  });

  it('only the record of a payment: it is sent again, once', async () => {
    const { payer, recipient, tabId } = await owingTab(300n);
    const { blockNumber } = await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 300n, recipient });
    await becomes(tabId, { settlement_status: 'SETTLED' });
    const height = await chain.provider.getBlockNumber();
    await chain.provider.send('anvil_reorg', [height - blockNumber, []]);
    expect(await recordsOf(tabId)).toHaveLength(0);
    await until(
      () => recordsOf(tabId),
      (records) => records.length === 1,
      'the second record',
    );
    await becomes(tabId, { settlement_status: 'SETTLED', paid_amount: '0x12c' });
    await caughtUp(chain, core.url);
    expect(await recordsOf(tabId)).toHaveLength(1);
    expect((await payer.gateway.getTabPaymentStatus(BigInt(tabId))).paid).toBe(300n);
  });

  it('a payment that is mined again after its record: it counts when it is there', async () => {
    const { payer, recipient, tabId } = await owingTab(300n);
    const fork = await forkHere(chain);
    const { transactionHash } = await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 300n, recipient });
    const payment = await rawTransaction(chain, transactionHash);
    await becomes(tabId, { settlement_status: 'SETTLED' });
    const [record] = await recordsOf(tabId);
    const recordTransaction = await rawTransaction(chain, record?.transactionHash ?? '');
    await fork.abandon(async () => {
      await chain.provider.broadcastTransaction(recordTransaction);
      await chain.mine(3);
    });
    await becomes(tabId, { settlement_status: 'PENDING', paid_amount: '0x0' });
    await chain.provider.broadcastTransaction(payment);
    await becomes(tabId, { settlement_status: 'SETTLED', paid_amount: '0x12c' });
    expect(await recordsOf(tabId)).toHaveLength(1);
  });

  it('a payment in a token', async () => {
    const { payer, recipient, tabId } = await owingTab(300n, usdc);
    const fork = await forkHere(chain);
    await payer.gateway.payTabErc20({ tabId, asset: usdc, amount: 100n, recipient });
    await becomes(tabId, { paid_amount: '0x64' });
    await fork.abandon();
    await becomes(tabId, { paid_amount: '0x0' });
    expect(await paymentsTo(recipient)).toEqual([]);
    expect(await payer.balance(core.url, usdc)).toMatchObject({ total: '0x3e8', locked: '0x12c' });
    await payer.gateway.payTabErc20({ tabId, asset: usdc, amount: 300n, recipient });
    await becomes(tabId, { settlement_status: 'SETTLED', paid_amount: '0x12c' });
    expect(await recordsOf(tabId)).toHaveLength(1);
  });

  it('a payment in a token that is mined again at another log index, as is its record: it counts once', async () => {
    const { payer, recipient, tabId } = await owingTab(300n, usdc);
    const other = await Payer.create(chain);
    const fork = await forkHere(chain);
    const paid = await payer.gateway.payTabErc20({ tabId, asset: usdc, amount: 100n, recipient });
    await becomes(tabId, { paid_amount: '0x64' });
    const [record] = await recordsOf(tabId);
    const [paymentTransaction, recordTransaction] = await Promise.all(
      [paid.transactionHash, record?.transactionHash ?? ''].map((hash) => rawTransaction(chain, hash)),
    );
    await fork.abandon(async () => {
      await chain.provider.send('evm_setAutomine', [false]);
      const deposit = other.gateway.deposit(9n);
      await until(
        () => chain.provider.send('eth_getBlockTransactionCountByNumber', ['pending']),
        (count) => count === '0x1',
        'the deposit in the next block',
      );
      await chain.provider.broadcastTransaction(paymentTransaction ?? '');
      await chain.mine(1);
      await chain.provider.send('evm_setAutomine', [true]);
      await deposit;
      await chain.provider.broadcastTransaction(recordTransaction ?? '');
    });
    await until(
      () => other.balance(core.url),
      (balance) => balance?.total === '0x9',
      'the deposit of the other branch',
    );
    await becomes(tabId, { paid_amount: '0x64' });
    await chain.mine(2);
    await caughtUp(chain, core.url);
    expect(await paymentsTo(recipient)).toHaveLength(1);
    expect(await recordsOf(tabId)).toHaveLength(1);
    expect((await payer.gateway.getTabPaymentStatus(BigInt(tabId))).paid).toBe(100n);
    await payer.gateway.payTabErc20({ tabId, asset: usdc, amount: 200n, recipient });
    await becomes(tabId, { settlement_status: 'SETTLED', paid_amount: '0x12c' });
  });

  it('a remuneration, after which the tab can be paid', async () => {
    const { payer, recipient, tabId, certificate, timestamp } = await owingTab(300n);
    const fork = await forkHere(chain);
    await remunerate(payer, certificate, timestamp);
    await becomes(tabId, { settlement_status: 'REMUNERATED', remunerated_amount: '0x12c' });
    expect(await payer.balance(core.url)).toMatchObject({ total: '0x2bc', locked: '0x0' });
    await fork.abandon();
    await becomes(tabId, { settlement_status: 'PENDING', remunerated_amount: '0x0', status: 'OPEN' });
    expect(await payer.balance(core.url)).toMatchObject({ total: '0x3e8', locked: '0x12c' });
    expect(await eventsOf(tabId)).toEqual([]);
    await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 300n, recipient });
    await becomes(tabId, { settlement_status: 'SETTLED' });
  });

  it('a withdrawal: request, cancellation and payout', async () => {
    const payer = await Payer.withCollateral(chain, core.url, 1_000n);
    const pending = (amount: string, total: string) =>
      until(
        () => payer.balance(core.url),
        (balance) => balance?.pending_withdrawal === amount && balance.total === total,
        `a pending withdrawal of ${amount} of ${total}`,
      );
    const beforeRequest = await forkHere(chain);
    await payer.gateway.requestWithdrawal(400n);
    await pending('0x190', '0x3e8');
    await beforeRequest.abandon();
    await pending('0x0', '0x3e8');

    await payer.gateway.requestWithdrawal(300n);
    await pending('0x12c', '0x3e8');
    const beforeCancellation = await forkHere(chain);
    await payer.gateway.cancelWithdrawal();
    await pending('0x0', '0x3e8');
    await beforeCancellation.abandon();
    await pending('0x12c', '0x3e8');

    await chain.warp(Number(TIMING.withdrawalGracePeriod));
    await caughtUp(chain, core.url);
    const beforePayout = await forkHere(chain);
    await payer.gateway.finalizeWithdrawal();
    await pending('0x0', '0x2bc');
    await beforePayout.abandon();
    await pending('0x12c', '0x3e8');
  });

  it('the release of an unpaid tab whose time was over on the abandoned blocks', async () => {
    const { payer, tabId } = await owingTab(300n);
    const fork = await forkHere(chain);
    await chain.warp(Number(TIMING.tabExpirationTime) + SAFETY_MARGIN + 60);
    await becomes(tabId, { settlement_status: 'FAILED' });
    expect(await payer.balance(core.url)).toMatchObject({ locked: '0x0' });
    await fork.abandon();
    await becomes(tabId, { settlement_status: 'PENDING' });
    expect(await payer.balance(core.url)).toMatchObject({ total: '0x3e8', locked: '0x12c' });
  });
});
