import { type Localnet, startLocalnet } from '@fourmica/localnet';
import { Client, ConfigBuilder, ETH_ASSET } from '@fourmica/sdk';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type {} from './page/payer.js';
import type {} from './page/whole-sdk.js';
import { launchChromium } from './support/chromium.js';
import { bundleScript, type PageServer, startPageServer } from './support/page-server.js';
import { type PaidApi, PRICE, startPaidApi } from './support/paid-api.js';

const COLLATERAL = 10n ** 18n;

let localnet: Localnet;
let pages: PageServer;
let api: PaidApi;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  [localnet, pages, browser] = await Promise.all([
    startLocalnet({ authMode: 'required' }),
    startPageServer(['payer', 'whole-sdk']),
    launchChromium(),
  ]);
  api = await startPaidApi(localnet);
  await deposit();
  page = await browser.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  const wallet = await bundleScript('wallet.ts', 'wallet');
  const { privateKey } = localnet.accounts.payer;
  await page.addInitScript(
    `${wallet}; window.ethereum = wallet.createWallet('${privateKey}', ${localnet.chainId});`,
  );
});

afterAll(async () => {
  await browser?.close();
  await api?.stop();
  await pages?.stop();
  await localnet?.stop();
});

beforeEach(async () => {
  complaints.length = 0;
  await page.goto(pages.urlOf('payer'));
});

async function deposit(): Promise<void> {
  const { privateKey } = localnet.accounts.payer;
  const config = new ConfigBuilder()
    .rpcUrl(localnet.coreUrl)
    .walletPrivateKey(privateKey)
    .enableAuth()
    .build();
  await using client = await Client.new(config);
  await client.user.deposit(COLLATERAL);
  const balance = () => client.rpc.getUserAssetBalance(client.user.address, ETH_ASSET);
  await vi.waitFor(async () => expect(await balance()).not.toBeNull(), { timeout: 60_000, interval: 100 });
}

const walletCalls = () => page.evaluate(() => window.ethereum.calls);

const pay = (path: string, maxPerRequest = PRICE) =>
  page.evaluate(([coreUrl, url, max]) => window.payer.tryToPay(coreUrl, url, max), [
    localnet.coreUrl,
    `${api.url}${path}`,
    maxPerRequest,
  ] as const);

test('a visitor signs in with an injected wallet', async () => {
  const balance = await page.evaluate((coreUrl) => window.payer.readBalance(coreUrl), localnet.coreUrl);
  expect(balance).toEqual({ account: localnet.accounts.payer.address, total: COLLATERAL });
  expect(await walletCalls()).toEqual(['eth_requestAccounts', 'personal_sign']);
  expect(complaints).toEqual([]);
});

test.each([
  ['/v1', 1],
  ['/v2', 2],
])('a visitor pays for %s, which another origin serves', async (path, payments) => {
  expect(await pay(path)).toEqual({
    status: 200,
    body: { forecast: 'sunny' },
    repayment: expect.objectContaining({ totalAmount: String(BigInt(payments) * PRICE) }),
  });
  expect(await walletCalls()).toEqual(['eth_requestAccounts', 'eth_signTypedData_v4']);
  expect(api.handlerRuns()).toBe(payments);
});

test('a visitor who refuses pays nothing and is told so', async () => {
  const runs = api.handlerRuns();
  await page.evaluate(() => {
    window.ethereum.refused = ['eth_signTypedData_v4'];
  });
  expect(await pay('/v1')).toMatchObject({
    name: 'SigningError',
    code: 'SIGNER_FAILED',
    cause: { code: 4001 },
  });
  expect(api.handlerRuns()).toBe(runs);
});

test('an offer above the limit is not shown to the wallet', async () => {
  expect(await pay('/v1', PRICE - 1n)).toMatchObject({ name: 'X402Error', code: 'SPENDING_POLICY' });
  expect(await walletCalls()).toEqual(['eth_requestAccounts']);
});

test('the whole client works in a page and verifies a certificate there', async () => {
  await page.goto(pages.urlOf('whole-sdk'));
  const verified = await page.evaluate((url) => window.verifyLatestCertificate(url), localnet.coreUrl);
  expect(verified).toEqual({ collateral: COLLATERAL, reqId: 1n, totalAmount: 2n * PRICE });
  expect(complaints).toEqual([]);
});
