import {
  type ClaimsSigner,
  type Client,
  PaymentGuaranteeRequestClaims,
  payerOfClient,
  payingFetch,
} from '@fourmica/sdk';
import { Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { PAYER, RECIPIENT } from './support/contract.js';
import { TestNetwork } from './support/network.js';
import { CAIP2, PATIENCE_MS, startPaidApi } from './support/paid-api.js';
import { rejection } from './support/rejection.js';

const ETH = `0x${'00'.repeat(20)}`;
vi.setConfig({ testTimeout: PATIENCE_MS });

const PAYMENTS = 200;
const TABS = 50;

let network: TestNetwork;
let payer: Client;
let recipient: Client;
beforeAll(async () => {
  network = await TestNetwork.start();
  payer = await network.client(network.config(PAYER).requestTimeoutMs(PATIENCE_MS));
  recipient = await network.client(network.config(RECIPIENT).requestTimeoutMs(PATIENCE_MS));
  await payer.user.deposit(10_000_000n);
  await network.until('the deposit', () => payer.rpc.getUserAssetBalance(payer.user.address, ETH));
});
afterAll(() => network.stop());

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item, i) => ({ item, place: (i * 7919) % 1009 }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
const address = (seed: number) => new Wallet(`0x${(seed + 1).toString(16).padStart(64, '0')}`).address;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The reqIds of a tab, and what its newest certificate is worth. */
async function ledgerOf(tabId: bigint) {
  const guarantees = await recipient.rpc.getTabGuarantees(tabId);
  const newest = guarantees.at(-1)?.certificate;
  if (newest == null) throw new Error('no certificate');
  const { totalAmount } = await recipient.recipient.verifyPaymentGuarantee(newest);
  return { reqIds: guarantees.map(({ reqId }) => Number(reqId)), totalAmount };
}

async function signed(tabId: bigint, reqId: number, amount: bigint) {
  const claims = PaymentGuaranteeRequestClaims.new({
    userAddress: payer.user.address,
    recipientAddress: recipient.recipient.address,
    tabId,
    reqId,
    amount,
    timestamp: Math.floor(network.clock.nowMs() / 1000),
  });
  return { claims, ...(await payer.user.signPayment(claims)) };
}

describe('one client, many tasks, with requestPayment', () => {
  const pay = (amount: bigint, recipientAddress?: string) =>
    recipient.recipient.requestPayment(
      { userAddress: payer.user.address, recipientAddress, amount },
      payer.user,
    );

  test(`${PAYMENTS} payments at once on one tab: all are made, without a gap`, async () => {
    const made = await Promise.all(numbers(PAYMENTS).map((i) => pay(BigInt(i + 1))));
    const [tabId] = new Set(made.map(({ signed: { claims } }) => claims.tabId));
    const { reqIds, totalAmount } = await ledgerOf(tabId ?? 0n);
    expect(reqIds).toEqual(numbers(PAYMENTS));
    expect(totalAmount).toBe(BigInt((PAYMENTS * (PAYMENTS + 1)) / 2));
  });

  test(`${PAYMENTS} payments at once on ${TABS} tabs: all are made, without a gap`, async () => {
    const made = await Promise.all(numbers(PAYMENTS).map((i) => pay(3n, address(i % TABS))));
    const tabIds = new Set(made.map(({ signed: { claims } }) => claims.tabId));
    expect(tabIds.size).toBe(TABS);
    for (const tabId of tabIds) {
      expect(await ledgerOf(tabId)).toEqual({ reqIds: numbers(PAYMENTS / TABS), totalAmount: 12n });
    }
  });

  test('a reqId that another program of the recipient took meanwhile is replaced', async () => {
    const to = address(900);
    const other = await network.client(network.config(RECIPIENT).requestTimeoutMs(PATIENCE_MS));
    const request = (amount: bigint) => ({ userAddress: payer.user.address, recipientAddress: to, amount });
    const slowPayer = {
      signPayment: async (...[claims, scheme]: Parameters<typeof payer.user.signPayment>) => {
        const signature = await payer.user.signPayment(claims, scheme);
        if (claims.reqId === 0n) {
          await other.recipient.requestPayment(request(1n), payer.user);
          await other.recipient.requestPayment(request(2n), payer.user);
        }
        return signature;
      },
    };
    const made = await recipient.recipient.requestPayment(request(4n), slowPayer);
    expect(made.signed.claims.reqId).toBe(2n);
    expect(await ledgerOf(made.signed.claims.tabId)).toEqual({ reqIds: [0, 1, 2], totalAmount: 7n });
  });

  test('a payer who refuses, or takes longer than the core waits, leaves no gap', async () => {
    const to = address(901);
    const payers = numbers(40).map((i) => ({
      signPayment: async (...[claims, scheme]: Parameters<typeof payer.user.signPayment>) => {
        if (i % 10 === 3) throw new Error('the payer refuses');
        if (i === 0) await pause(2_500);
        return payer.user.signPayment(claims, scheme);
      },
    }));
    const outcomes = await Promise.allSettled(
      payers.map((each) =>
        recipient.recipient.requestPayment(
          { userAddress: payer.user.address, recipientAddress: to, amount: 2n },
          each,
        ),
      ),
    );
    const failed = outcomes.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []));
    expect(failed).toEqual([3, 13, 23, 33]);
    const made = outcomes.find((outcome) => outcome.status === 'fulfilled');
    const { tabId } = made?.status === 'fulfilled' ? made.value.signed.claims : { tabId: 0n };
    expect(await ledgerOf(tabId)).toEqual({ reqIds: numbers(36), totalAmount: 72n });
  });

  test('payments that are older than the first one of their tab are signed anew', async () => {
    const to = address(902);
    const request = (amount: bigint) => ({ userAddress: payer.user.address, recipientAddress: to, amount });
    const refusing = {
      signPayment: async () => {
        await pause(1_100);
        throw new Error('the payer refuses');
      },
    };
    const make = (amount: bigint, signer: ClaimsSigner) =>
      recipient.recipient.requestPayment(request(amount), signer);
    const first = make(1n, refusing);
    const early = [make(2n, payer.user), make(4n, payer.user)];
    await expect(first).rejects.toThrow('the payer refuses');
    const made = await Promise.all([...early, make(8n, payer.user)]);
    const claims = made.map(({ signed }) => signed.claims);
    expect(await ledgerOf(claims[0]?.tabId ?? 0n)).toEqual({ reqIds: [0, 1, 2], totalAmount: 14n });
  });
});

describe('claims with reqIds of the caller', () => {
  test('that come in any order are issued in the order of their reqIds', async () => {
    const tabId = await recipient.recipient.createTab({
      userAddress: payer.user.address,
      guaranteeVersion: 1,
    });
    const start = Number((await recipient.recipient.getLatestGuarantee(tabId))?.reqId ?? -1n) + 1;
    await Promise.all(
      shuffled(numbers(40)).map(async (i) => {
        const { claims, signature } = await signed(tabId, start + i, 5n);
        await recipient.recipient.issuePaymentGuarantee(claims, signature);
      }),
    );
    expect((await ledgerOf(tabId)).reqIds).toEqual(numbers(start + 40));
    const taken = await signed(tabId, start, 6n);
    expect(await rejection(recipient.recipient.issuePreparedPaymentGuarantee(taken))).toMatchObject({
      status: 400,
      reason: `another guarantee with req_id ${start} already exists`,
    });
  });
});

describe('payingFetch, many requests at once', () => {
  const offer = (payTo: string) => ({ offers: [{ network: CAIP2, payTo, price: 7n }] });
  const policy = { assets: [{ asset: ETH, maxPerRequest: 7n }] };
  const paying = () =>
    payingFetch(fetch, {
      payer: payerOfClient(payer),
      policy,
      clock: network.clock,
      timeoutMs: PATIENCE_MS,
      tabTimeoutMs: PATIENCE_MS,
    });

  test(`${PAYMENTS} on one tab: all are served once, without a gap`, async () => {
    const runs: string[] = [];
    const api = await startPaidApi(network, { 'GET /items/:id': offer(address(500)) }, (app) =>
      app.get('/items/:id', (request, response) => {
        runs.push(request.params.id);
        response.send(request.params.id);
      }),
    );
    const pay = paying();
    const answers = await Promise.all(
      numbers(PAYMENTS).map(async (i) => (await pay(`${api.url}/items/${i}`)).text()),
    );
    expect(answers).toEqual(numbers(PAYMENTS).map(String));
    expect(runs).toHaveLength(PAYMENTS);
    const [tab] = await recipient.rpc.listRecipientTabs(address(500));
    expect(await ledgerOf(tab?.tabId ?? 0n)).toEqual({ reqIds: numbers(PAYMENTS), totalAmount: 1_400n });
    await api.stop();
  });

  test(`two on each of ${TABS} tabs: all are served, without a gap`, async () => {
    const routes = Object.fromEntries(
      numbers(TABS).map((shop) => [`GET /shops/${shop}/:id`, offer(address(600 + shop))]),
    );
    const api = await startPaidApi(network, routes, (app) =>
      app.get('/shops/:shop/:id', (_request, response) => {
        response.send('ok');
      }),
    );
    const pay = paying();
    const statuses = await Promise.all(
      numbers(2 * TABS).map(async (i) => (await pay(`${api.url}/shops/${i % TABS}/${i}`)).status),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    for (const shop of numbers(TABS)) {
      const [tab] = await recipient.rpc.listRecipientTabs(address(600 + shop));
      expect((await ledgerOf(tab?.tabId ?? 0n)).reqIds).toEqual([0, 1]);
    }
    await api.stop();
  });
});

test('payments on chain of several tabs from many tasks of one client are all made, once', async () => {
  const before = await Promise.all(
    [4, 5, 6, 7].map((account) => network.chain.provider.getBalance(network.chain.address(account))),
  );
  await Promise.all(
    numbers(20).map((i) =>
      payer.user.payTab(i % 4, i, 10n + BigInt(i >> 2), network.chain.address(4 + (i % 4))),
    ),
  );
  const after = await Promise.all(
    [4, 5, 6, 7].map((account) => network.chain.provider.getBalance(network.chain.address(account))),
  );
  expect(after.map((balance, i) => balance - (before[i] ?? 0n))).toEqual([60n, 60n, 60n, 60n]);
});
