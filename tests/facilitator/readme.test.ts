import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import * as claims from '@fourmica/eip712-claims';
import { LocalAccountSigner } from '@fourmica/eip712-claims';
import { CoreClient } from '@fourmica/rpc-client';
import * as client from '@fourmica/x402/client';
import * as expressAdapter from '@fourmica/x402/express';
import * as server from '@fourmica/x402/server';
import { MemoryCertificateStore } from '@fourmica/x402/server';
import express from 'express';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/http.js';
import { startNetwork, type TestNetwork } from './support/network.js';
import { closed, listen, urlOf } from './support/paid-api.js';

const PAYER = new LocalAccountSigner(`0x${'11'.repeat(32)}`);
const ETH = `0x${'00'.repeat(20)}`;
const MODULES: Readonly<Record<string, unknown>> = {
  '@fourmica/eip712-claims': claims,
  '@fourmica/x402/client': client,
  '@fourmica/x402/express': expressAdapter,
  '@fourmica/x402/server': server,
  '@fourmica/x402/node': { FileCertificateStore: { open: async () => new MemoryCertificateStore() } },
  express: { default: express },
};

const readme = readFileSync(
  new URL('../README.md', `file://${createRequire(import.meta.url).resolve('@fourmica/x402')}`),
  'utf8',
);
const [charge = '', pay = '', flow = '', ...others] = Array.from(
  readme.matchAll(/```ts\n([\s\S]*?)```/g),
  ([, code = '']) => code,
);

const AsyncFunction = (async () => undefined).constructor as new (
  ...source: string[]
) => (...args: unknown[]) => Promise<unknown>;

/** Runs a block as it stands, with the URLs of this test, and returns one of the values that it defines. */
function run(block: string, urls: Readonly<Record<string, string>>, result: string): Promise<unknown> {
  const local = Object.entries(urls).reduce((code, [from, to]) => code.replaceAll(from, to), block);
  const { outputText } = ts.transpileModule(local, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const code = outputText
    .replace(/import \{([^}]*)\} from '([^']*)';/g, "const {$1} = modules['$2'];")
    .replace(/import (\w+) from '([^']*)';/g, "const $1 = modules['$2'].default;");
  return new AsyncFunction('modules', 'console', `${code}\nreturn ${result};`)(MODULES, {
    log: () => undefined,
  });
}

describe('README of x402', () => {
  let network: TestNetwork;
  let api: Server;
  let urls: Record<string, string>;

  beforeAll(async () => {
    network = await startNetwork();
    const facilitator = await network.startFacilitator();
    const funder = await network.fundedWallet();
    await (await funder.sendTransaction({ to: PAYER.address, value: 2n * 10n ** 18n })).wait();
    await (await network.gatewayOf(`0x${'11'.repeat(32)}`)).deposit(10n ** 18n);
    const core = new CoreClient({ baseUrl: network.coreUrl });
    await until(
      () => core.getUserAssetBalance(PAYER.address, ETH),
      (balance) => balance !== null,
      'the deposit',
    );
    const app = await run(charge, { 'http://127.0.0.1:8080': facilitator }, 'app');
    api = await listen(createServer(app as Parameters<typeof createServer>[1]));
    urls = { 'http://127.0.0.1:4000': urlOf(api) };
  });
  afterAll(async () => {
    if (api !== undefined) await closed(api);
    await network?.stop();
  });

  it('has three examples', () => expect(others).toEqual([]));

  it('charges for an API and pays for it', async () => {
    expect(await run(pay, urls, 'response.status')).toBe(200);
    expect(await run(flow, urls, 'response.status')).toBe(200);
  });
});
