import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type LocalAccount, type Localnet, startLocalnet } from '@fourmica/localnet';
import { Client, ConfigBuilder, payerOfClient, payingFetch, type SpendingPolicy } from '@fourmica/sdk';
import type { PaymentGate } from '@fourmica/x402/server';
import { JsonRpcProvider, SigningKey } from 'ethers';
import type { Express } from 'express';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { snippets } from './support/snippets.js';

/** Names of hosts, networks and files in the guides, and what stands for them here. */
let here: readonly (readonly [string, string])[];
let folder: string;
let localnet: Localnet;
let node: JsonRpcProvider;
let server: Server;
let payer: Client;
let recipient: Client;
const printed: string[] = [];
let runs = 0;

/** Runs a snippet of the guides and returns what it exports. */
async function run(name: string): Promise<Record<string, unknown>> {
  const code = snippets.find((snippet) => snippet.name === name)?.code;
  if (code === undefined) throw new Error(`there is no snippet ${name}`);
  // A module runs once, so that every run gets its own.
  const file = join(folder, `${name}-run-${++runs}.ts`);
  writeFileSync(
    file,
    here.reduce((text, [there, value]) => text.replaceAll(there, value), code),
  );
  printed.length = 0;
  return import(/* @vite-ignore */ pathToFileURL(file).href);
}

/** Whoever reads the settings from the environment becomes this account. */
const become = ({ privateKey }: LocalAccount) => vi.stubEnv('FOURMICA_WALLET_PRIVATE_KEY', privateKey);

const clientOf = ({ privateKey }: LocalAccount) =>
  Client.new(new ConfigBuilder().rpcUrl(localnet.coreUrl).walletPrivateKey(privateKey).build());

beforeAll(async () => {
  folder = mkdtempSync(join(import.meta.dirname, '.running-'));
  localnet = await startLocalnet();
  node = new JsonRpcProvider(localnet.rpcUrl, localnet.chainId, { staticNetwork: true });
  const { accounts } = localnet;
  here = [
    ['https://facilitator.example', localnet.facilitatorUrl],
    ['https://base.sepolia.4mica.xyz/', localnet.coreUrl],
    [".network('base-sepolia')", `.rpcUrl('${localnet.coreUrl}')`],
    ["network: 'base-sepolia'", "network: 'localnet'"],
    ['0xabCDEF1234567890ABcDEF1234567890aBCDeF12', accounts.recipient.address],
    ['./certificates.jsonl', join(folder, 'certificates.jsonl')],
    ["publicUrl: 'https://api.example', ", ''],
    ['declare const payer: string', `const payer: string = '${accounts.payer.address}'`],
  ];
  vi.stubEnv('FOURMICA_RPC_URL', localnet.coreUrl);
  vi.stubGlobal('window', {
    ethereum: {
      request: ({ method, params = [] }: { method: string; params?: unknown[] }) =>
        /^eth_(?:requestA|a)ccounts$/.test(method) ? [accounts.payer.address] : node.send(method, params),
    },
  });
  vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => {
    printed.push(words.join(' '));
  });
  payer = await clientOf(accounts.payer);
  recipient = await clientOf(accounts.recipient);

  const { gate } = (await run('charge-for-an-api-1')) as { gate: PaymentGate };
  const { createApp } = (await run('charge-for-an-api-2')) as { createApp: (gate: PaymentGate) => Express };
  const app = createApp(gate);
  app.get('/premium', (_request, response) => {
    response.json({ forecast: 'sunny' });
  });
  server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  here = [...here, ['https://api.example', `http://127.0.0.1:${port}`]];
});

afterAll(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  server?.closeAllConnections();
  server?.close();
  await payer?.aclose();
  await recipient?.aclose();
  node?.destroy();
  await localnet?.stop();
  rmSync(folder, { recursive: true });
});

test('pay an API: the whole client, from its first deposit on', async () => {
  become(localnet.accounts.payer);
  await run('pay-an-api-2');
  expect(printed.at(-1)).toBe('200,200,200');
  expect(printed.filter((line) => line.includes('200 [object Object]'))).toHaveLength(3);
});

test('pay an API: the policy', async () => {
  const { policy } = (await run('pay-an-api-1')) as { policy: SpendingPolicy };
  const pay = payingFetch(fetch, { payer: payerOfClient(payer), policy });
  const { port } = server.address() as AddressInfo;
  expect((await pay(`http://127.0.0.1:${port}/premium`)).status).toBe(200);
});

test('pay an API: a page with the visitor’s wallet', async () => {
  await run('pay-an-api-3');
  expect(printed).toEqual(['200']);
});

test('pay an API: repay', async () => {
  const [tab] = await payer.user.listTabs(['PENDING']);
  expect(tab?.totalAmount).toBe(5n * 10n ** 15n);
  become(localnet.accounts.payer);
  await run('pay-an-api-4');
  await vi.waitFor(async () => expect(await payer.user.listTabs(['PENDING'])).toEqual([]), {
    timeout: 60_000,
    interval: 200,
  });
});

test('moving from Python: open a tab, sign, issue, claim', async () => {
  await run('moving-from-python-1');
  expect(printed).toEqual([expect.stringMatching(/^\d+ 0$/)]);
  const tab = await recipient.recipient.openTab({ userAddress: payer.user.address });
  const { payAndClaim } = await run('moving-from-python-2');
  const claimed = (payAndClaim as (...parties: unknown[]) => Promise<unknown>)(
    payer,
    recipient,
    tab.tabId,
    tab.nextReqId,
  );
  await expect(claimed).rejects.toMatchObject({ code: 'TAB_NOT_YET_OVERDUE' });
  const { advise } = await run('errors-1');
  expect((advise as (error: unknown) => string)(await claimed.catch((error: unknown) => error))).toContain(
    'TabNotYetOverdue',
  );
});

test.each([
  ['a KMS', 'custom-signers-1', 'clientOfKms', 'SIGNER_REQUIRED'],
  ['ethers', 'custom-signers-2', 'clientOfBrowserWallet', undefined],
  ['viem', 'custom-signers-3', 'clientOfInjectedWallet', undefined],
])('custom signers: %s logs in and signs; %s', async (_, snippet, name, refusalToSend) => {
  const signers = await run(snippet);
  const { privateKey, address } = localnet.accounts.payer;
  const key = new SigningKey(privateKey);
  const kms = { address, sign: async (digest: string) => key.sign(digest).serialized };
  const wallet = (globalThis as { window?: { ethereum: unknown } }).window?.ethereum;
  const create = signers[name] as (wallet: unknown) => Promise<Client>;
  const client = await create(name === 'clientOfKms' ? kms : wallet);
  await client.login();
  expect(await client.user.listTabs()).not.toEqual([]);
  const claims = { recipientAddress: recipient.user.address, tabId: 1, reqId: 0, amount: 1 };
  expect((await client.user.signPaymentAuto(claims)).signature).toMatch(/^0x[0-9a-f]{130}$/);
  const deposit = client.user.deposit(1n);
  if (refusalToSend === undefined) expect(await deposit).toMatchObject({ status: 1 });
  else await expect(deposit).rejects.toMatchObject({ code: refusalToSend });
  await client.aclose();
});

test('charge for an API: get the money, as soon as the tab is overdue', async () => {
  become(localnet.accounts.recipient);
  await run('charge-for-an-api-3');
  expect(printed).toEqual([expect.stringMatching(/remunerate after \d{4}-/)]);
  await localnet.warp(61);
  await run('charge-for-an-api-3');
  expect(printed).toEqual([expect.stringMatching(/: 0x[0-9a-f]{64}$/)]);
});
