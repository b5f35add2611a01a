import { randomBytes } from 'node:crypto';
import { loadBls } from '@fourmica/bls-cert';
import { adminApiKeyOfSeed } from '@fourmica/core';
import { ETH_ASSET, hexToBytes } from '@fourmica/core-types';
import { AuthClient, AuthSession, CoreClient } from '@fourmica/rpc-client';
import { type PostgresServer, startPostgres } from '@fourmica/test-support';
import { toQuantity, Wallet } from 'ethers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { CoreProcess } from './support/core-process.js';
import { Payer } from './support/payer.js';
import { type RpcProxy, startRpcProxy } from './support/rpc-proxy.js';
import { until } from './support/wait.js';

const random = () => randomBytes(32).toString('hex');
/** Below the group order. */
const randomBlsKey = () => `1${random().slice(1)}`;
const KEYS = { bls: randomBlsKey(), otherBls: randomBlsKey(), operator: random() };
const SECRETS: Record<string, string> = {
  'BLS key': KEYS.bls,
  'BLS key that does not fit': KEYS.otherBls,
  'operator key': KEYS.operator,
  'secret of logins': random(),
  'seed of the admin key': random(),
  'token of the monitoring': random(),
  'key in the URL of the node': random(),
  'password of the database': `a/b#c-"${random()}`,
  'password that is wrong': `d/e#f-"${random()}`,
};
const secret = (name: keyof typeof SECRETS): string => SECRETS[name] ?? '';

let chain: TestChain;
let node: RpcProxy;
let postgres: PostgresServer;
let databaseUrl: (password: string) => string;

beforeAll(async () => {
  const bls = await loadBls();
  const operator = new Wallet(KEYS.operator);
  [chain, postgres] = await Promise.all([
    startChain({
      verificationKey: bls.publicKeyToWords(bls.publicKeyOf(hexToBytes(KEYS.bls))),
      operator: operator.address,
    }),
    startPostgres(),
  ]);
  await chain.provider.send('anvil_setBalance', [operator.address, toQuantity(10n ** 18n)]);
  node = await startRpcProxy(chain.rpcUrl);
  const url = new URL(await postgres.createDatabase());
  await postgres.requirePassword(secret('password of the database'));
  databaseUrl = (password) => {
    url.password = encodeURIComponent(password);
    return url.href;
  };
});

afterAll(async () => {
  await node?.stop();
  await postgres?.stop();
  await chain?.stop();
});

const coreWith = (
  settings: Readonly<Record<string, string>>,
  password = secret('password of the database'),
) =>
  CoreProcess.create(
    chain,
    { kind: 'postgres', url: databaseUrl(password) },
    {
      ETHEREUM_HTTP_RPC_URL: `${node.url}/v3/${secret('key in the URL of the node')}`,
      ETHEREUM_PRIVATE_KEY: `0x${KEYS.operator.toUpperCase()}`,
      BLS_PRIVATE_KEY: KEYS.bls,
      AUTH_MODE: 'required',
      AUTH_JWT_SECRET: secret('secret of logins'),
      CORE_ADMIN_SEED_KEY: secret('seed of the admin key'),
      METRICS_TOKEN: secret('token of the monitoring'),
      LOG_LEVEL: 'trace',
      ...settings,
    },
  );

/** Says which secrets stand in a text, in whatever spelling. */
function leaksIn(text: string): string[] {
  const haystack = text.toLowerCase();
  return Object.entries(SECRETS).flatMap(([name, value]) => {
    const spellings = [
      value,
      encodeURIComponent(value),
      JSON.stringify(value).slice(1, -1),
      Buffer.from(value).toString('base64'),
      Buffer.from(value).toString('hex'),
      ...(/^[0-9a-f]+$/.test(value)
        ? [Buffer.from(value, 'hex').toString('base64'), BigInt(`0x${value}`)]
        : []),
    ];
    return spellings.some((spelling) => haystack.includes(String(spelling).toLowerCase())) ? [name] : [];
  });
}

it('finds secrets in every spelling', () => {
  expect(leaksIn('nothing')).toEqual([]);
  for (const [name, value] of Object.entries(SECRETS)) {
    expect(leaksIn(`"0x${value.toUpperCase()}"`)).toEqual([name]);
    expect(leaksIn(`postgres://core:${encodeURIComponent(value)}@db`)).toEqual([name]);
  }
});

it('no secret is in what a core writes, whatever goes wrong when it starts', async () => {
  for (const [core, code] of [
    [await coreWith({}, secret('password that is wrong')), 'DATABASE_UNREACHABLE'],
    [await coreWith({ BLS_PRIVATE_KEY: KEYS.otherBls }), 'BLS_KEY_MISMATCH'],
    [await coreWith({ BLS_PRIVATE_KEY: KEYS.bls.slice(1) }), 'INVALID_VALUE'],
    [
      await coreWith({ DATABASE_URL: `mysql://core:${secret('password that is wrong')}@db` }),
      'INVALID_VALUE',
    ],
  ] as const) {
    await expect(core.start()).rejects.toThrow('the core ended with 1');
    expect(core.output).toContain(`"code":"${code}"`);
    expect(leaksIn(core.output)).toEqual([]);
  }
});

it('no secret is in what a core writes of logins, payments, administrators and failures', async () => {
  const core = await coreWith({});
  await core.start();
  try {
    const payer = await Payer.create(chain);
    const recipient = await Payer.create(chain);
    const session = new AuthSession({ authUrl: core.url, signer: recipient.signer });
    const { accessToken, refreshToken } = await session.login();
    Object.assign(SECRETS, { 'access token': accessToken, 'refresh token': refreshToken });
    const client = new CoreClient({ baseUrl: core.url, session, maxRetries: 0 });

    await payer.gateway.deposit(1_000n);
    const open = () =>
      client.createPaymentTab({ userAddress: payer.address, recipientAddress: recipient.address });
    const tab = await until(
      () => open().catch(() => undefined),
      (opened) => opened !== undefined,
      'the deposit in the core',
    );
    const tabId = tab?.tabId ?? 0n;
    const claims = payer.claims({ tabId, reqId: 0, amount: 300n, recipient: recipient.address });
    await client.issueGuarantee(await payer.signed(claims));
    await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 300n, recipient: recipient.address });
    await until(
      () => client.getTab(tabId),
      (read) => read?.settlementStatus === 'SETTLED',
      'the record of the payment',
    );

    const adminApiKey = adminApiKeyOfSeed(secret('seed of the admin key'));
    const admin = new CoreClient({ baseUrl: core.url, adminApiKey });
    const created = await admin.createAdminApiKey({ name: 'support', scopes: ['user_suspension:write'] });
    Object.assign(SECRETS, { 'admin key': adminApiKey, 'created key': created.apiKey });
    await admin.revokeAdminApiKey(created.id);
    const revoked = new CoreClient({ baseUrl: core.url, adminApiKey: created.apiKey });
    await expect(revoked.updateUserSuspension(payer.address, true)).rejects.toThrow('api key revoked');

    const auth = new AuthClient({ authUrl: core.url });
    await session.logout();
    await expect(auth.refresh(refreshToken)).rejects.toThrow();
    const forged = `${accessToken.slice(0, -4)}AAAA`;
    await expect(client.withBearerToken(forged).getTab(tabId)).rejects.toThrow('invalid access token');

    node.failWith(500);
    await until(
      async () => core.output,
      (output) => output.includes('reading the chain failed'),
      'the complaint about the node',
    );
    await postgres.kill();
    const lost = client.withBearerToken(accessToken).getUserAssetBalance(payer.address, ETH_ASSET);
    await expect(lost).rejects.toThrow();
  } finally {
    node.behave();
    await core.end('SIGTERM');
  }
  expect(core.output).toContain('"msg":"serving"');
  expect(core.output).toContain('"level":20');
  expect(core.output).toContain('"level":50');
  expect(leaksIn(core.output)).toEqual([]);
});
