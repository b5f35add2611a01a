import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Received, type Reply, startServer, type TestServer } from './support/server.js';

const README = new URL('../../packages/rpc-client/README.md', import.meta.url);
const ADDRESS_IN_README = 'http://127.0.0.1:3000';
const LOGIN_ADDRESS = '0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a';

const snippets = [...(await readFile(README, 'utf8')).matchAll(/```ts\n(.*?)```/gs)].map(
  ([, code]) => code ?? '',
);

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startServer(answer);
  folder = await mkdtemp(join(import.meta.dirname, '.readme-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
  await server[Symbol.asyncDispose]();
});

it('has snippets', () => {
  expect(snippets).toHaveLength(6);
});

it.each(snippets.map((code, index) => [index, code] as const))('snippet %i runs', async (index, code) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const file = join(folder, `snippet-${index}.ts`);
  await writeFile(file, code.replaceAll(ADDRESS_IN_README, server.url));
  await import(pathToFileURL(file).href);
  const printed = log.mock.calls.map((parts) => JSON.stringify(parts)).join('\n');
  log.mockRestore();
  expect(printed).toContain(EXPECTED_OUTPUT[index]);
});

const EXPECTED_OUTPUT = [
  'chain 31337, contract 0x5FbDB2315678afecb367f032d93F642f64180aa3',
  '0 guarantees',
  'tab 42, next reqId 0',
  '"RPC_STATUS",404,"TAB_NOT_FOUND"',
  '"route":"/core/health","status":200,"attempt":1',
  '["ok"]',
];

/** Answers as a core would, with just enough of each model. */
function answer({ url, body }: Received): Reply {
  const tokens = { access_token: 'a', refresh_token: 'r', expires_in: 900 };
  const now = new Date().toISOString();
  const siwe = {
    domain: '127.0.0.1',
    uri: server.url,
    chainId: 31337,
    statement: '',
    expiration: now,
    issuedAt: now,
  };
  const payer = url === '/core/payment-tabs' ? JSON.parse(body).user_address : '';
  const answers: Readonly<Record<string, unknown>> = {
    '/core/health': { status: 'ok', db: 'ok', chain_rpc: 'ok' },
    '/core/public-params': {
      public_key: Array.from({ length: 48 }, () => 1),
      contract_address: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
      eip712_name: '4mica',
      eip712_version: '1',
      chain_id: 31337,
    },
    '/core/tabs/0x2a': null,
    '/core/tabs/0x2a/guarantees': [],
    '/core/tabs/0x2a/guarantees?limit=100': [],
    '/core/payment-tabs': {
      id: '0x2a',
      user_address: payer,
      recipient_address: LOGIN_ADDRESS,
      asset_address: `0x${'00'.repeat(20)}`,
      guarantee_version: 1,
      next_req_id: '0x0',
    },
    '/auth/nonce': { nonce: '0f9d0c3e7a444f0b9a557d0c3b1e6a10', siwe },
    '/auth/verify': tokens,
    '/auth/logout': { revoked: true },
  };
  return Object.hasOwn(answers, url) ? { json: answers[url] } : { status: 404, json: { error: '0x1' } };
}
