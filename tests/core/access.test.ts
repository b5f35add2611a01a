import { testContractWalletArtifact } from '@fourmica/contracts/test-artifacts';
import { adminApiKeyOfSeed, createCore, createLogger } from '@fourmica/core';
import { type Address, ETH_ASSET, parseAddress } from '@fourmica/core-types';
import { AuthSession } from '@fourmica/rpc-client';
import { ContractFactory } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { run4mica as runCommand } from './support/cli.js';
import { coreConfig, startCore, type TestCore } from './support/core.js';
import { type Answer, call } from './support/http.js';
import { Payer } from './support/payer.js';
import { until } from './support/wait.js';

const auth = { jwtSecret: '5b7a0f1e9c3d486277b1a0c4e2f89d36' };
const METRICS_TOKEN = 'a token of the monitoring';
const SEED = 'a seed of an admin key that nobody else knows';

let chain: TestChain;
let core: TestCore;
let payer: Payer;
let recipient: Payer;
let facilitator: Payer;
let admin: Payer;
let stranger: Payer;
const tokens = new Map<Payer, string>();

beforeAll(async () => {
  chain = await startChain();
  [payer, recipient, facilitator, admin, stranger] = await Promise.all([
    Payer.create(chain),
    Payer.create(chain),
    Payer.create(chain),
    Payer.create(chain),
    Payer.create(chain),
  ] as const);
  core = await startCore(chain, {
    authMode: 'required',
    auth,
    certificateVisibility: 'strict',
    facilitatorAddresses: [facilitator.address],
    adminAddresses: [admin.address],
    adminSeedKey: SEED,
    metricsToken: METRICS_TOKEN,
  });
  for (const wallet of [payer, recipient, facilitator, admin, stranger]) {
    const session = new AuthSession({ authUrl: core.url, signer: wallet.signer });
    tokens.set(wallet, await session.accessToken());
  }
  await payer.gateway.deposit(1_000n);
  await until(
    () => as(facilitator, 'GET', balancePath(payer.address)),
    ({ body }) => body !== null,
    'the deposit',
  );
});

afterAll(async () => {
  expect(await core?.service.checkInvariants()).toEqual([]);
  await core?.service.close();
  await chain?.stop();
});

const unable = { signTypedData: () => Promise.reject(new Error('logins are no typed data')) };

const as = <Body = Record<string, unknown>>(
  caller: Payer | undefined,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<Answer<Body>> => {
  const token = caller && tokens.get(caller);
  return call(core.url + path, method, body, token === undefined ? {} : { authorization: `Bearer ${token}` });
};

/** Runs the command line as an administrator would. */
const run4mica = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  runCommand(core.url, env, ...args);

const balancePath = (user: Address) => `/core/users/${user}/assets/${ETH_ASSET}`;
const openTab = (caller: Payer | undefined, to: Address = recipient.address) =>
  as<{ id: string }>(caller, 'POST', '/core/payment-tabs', {
    user_address: payer.address,
    recipient_address: to,
  });

/** Every endpoint of the 4Mica wire spec (core HTTP API, endpoint overview) and of our own, with who may call it. */
const ENDPOINTS = [
  ['POST', '/auth/nonce', 'everybody, with a body'],
  ['POST', '/auth/verify', 'everybody, with a body'],
  ['POST', '/auth/refresh', 'everybody, with a body'],
  ['POST', '/auth/logout', 'everybody, with a body'],
  ['GET', '/core/health', 'everybody'],
  ['GET', '/core/ready', 'everybody'],
  ['GET', '/core/public-params', 'everybody'],
  ['GET', '/core/tokens', 'everybody'],
  ['POST', '/core/payment-tabs', 'a login'],
  ['POST', '/core/guarantees', 'a login'],
  ['GET', '/core/recipients/{recipient}/settled-tabs', 'a login'],
  ['GET', '/core/recipients/{recipient}/pending-remunerations', 'a login'],
  ['GET', '/core/recipients/{recipient}/tabs', 'a login'],
  ['GET', '/core/recipients/{recipient}/payments', 'a login'],
  ['GET', '/core/tabs/{tab_id}', 'a login'],
  ['GET', '/core/tabs/{tab_id}/guarantees', 'a login'],
  ['GET', '/core/tabs/{tab_id}/guarantees/latest', 'a login'],
  ['GET', '/core/tabs/{tab_id}/guarantees/{req_id}', 'a login'],
  ['GET', '/core/tabs/{tab_id}/collateral-events', 'a login'],
  ['GET', '/core/users/{user}/assets/{asset}', 'a login'],
  ['GET', '/core/users/{user}/tabs', 'a login'],
  ['POST', '/core/users/{user}/suspension', 'a login or an API key'],
  ['POST', '/core/admin/ledger-check', 'a login or an API key'],
  ['POST', '/core/admin/chain/quarantine-retry', 'a login or an API key'],
  ['POST', '/core/admin/chain/rescan', 'a login or an API key'],
  ['POST', '/core/admin/chain/accept-branch', 'a login or an API key'],
  ['POST', '/core/admin/api-keys', 'an API key'],
  ['GET', '/core/admin/api-keys', 'an API key'],
  ['POST', '/core/admin/api-keys/{id}/revoke', 'an API key'],
  ['GET', '/core/admin/wallet-roles', 'an API key'],
  ['POST', '/core/admin/wallet-roles', 'an API key'],
] as const;

/** What an empty call without credentials is answered. */
const WITHOUT_CREDENTIALS = {
  everybody: [200, undefined],
  'everybody, with a body': [422, expect.stringMatching(/^body\.\w+: expected /)],
  'a login': [401, 'missing authorization'],
  'a login or an API key': [401, 'missing authorization'],
  'an API key': [401, 'missing api key'],
};
const SCHEMES = {
  everybody: [],
  'everybody, with a body': [],
  'a login': ['bearer'],
  'a login or an API key': ['bearer', 'apiKey'],
  'an API key': ['apiKey'],
};

type Content = { readonly content: Readonly<Record<'application/json', { readonly schema: object }>> };
interface OpenApi {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly security: readonly object[];
            readonly parameters: readonly { readonly in: string; readonly name: string }[];
            readonly requestBody?: Content;
            readonly responses: Readonly<Record<string, Content>>;
          }
        >
      >
    >
  >;
}

/** Whether a schema names no member, no alternative and no kind of entry. */
const saysNothing = (schema: object | undefined): boolean =>
  !['properties', 'anyOf', 'items'].some((word) => word in (schema ?? {}));

describe('a core that requires logins', () => {
  it('refuses to start with a weak secret', async () => {
    const config = coreConfig(chain, { authMode: 'required', auth: { jwtSecret: 'short' } });
    await expect(createCore(config, { logger: createLogger('silent') })).rejects.toThrow('AUTH_JWT_SECRET');
  });

  it.each(ENDPOINTS)('has %s %s, for %s, and documents it', async (method, path, access) => {
    const url = path
      .replace('{recipient}', recipient.address)
      .replace('{user}', payer.address)
      .replace('{asset}', ETH_ASSET)
      .replace(/\{\w+\}/, '1');
    const { status, body } = await as(undefined, method, url, method === 'POST' ? {} : undefined);
    expect([status, body.error]).toEqual(WITHOUT_CREDENTIALS[access]);

    const { body: document } = await as<OpenApi>(undefined, 'GET', '/openapi.json');
    const operation = document.paths[path]?.[method.toLowerCase()];
    expect(operation?.security.flatMap((scheme) => Object.keys(scheme))).toEqual(SCHEMES[access]);
    expect(operation?.parameters.flatMap(({ in: place, name }) => (place === 'path' ? [name] : []))).toEqual(
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
    );
    expect(saysNothing(operation?.responses['200']?.content['application/json'].schema)).toBe(false);
    const hasBody = method === 'POST' && !path.endsWith('/revoke');
    expect(saysNothing(operation?.requestBody?.content['application/json'].schema)).toBe(!hasBody);
  });

  it('documents nothing that is not in the list', async () => {
    const { body: document } = await as<OpenApi>(undefined, 'GET', '/openapi.json');
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const listed = ENDPOINTS.map(([method, path]) => `${method} ${path}`);
    expect(documented.sort()).toEqual([...listed, 'GET /docs', 'GET /openapi.json'].sort());
  });

  it('measures requests, the database and the reuse of tabs', async () => {
    await openTab(recipient);
    await openTab(recipient);
    expect(await as(undefined, 'GET', '/metrics')).toMatchObject({ status: 401 });
    const metrics = await fetch(`${core.url}/metrics`, {
      headers: { authorization: `Bearer ${METRICS_TOKEN}` },
    });
    const text = await metrics.text();
    for (const sample of [
      /^core_http_request_duration_seconds_count\{method="POST",route="\/core\/payment-tabs",status="200"\} [1-9]/m,
      /^core_http_request_duration_seconds_bucket\{le="0.1",/m,
      /^core_database_query_duration_seconds_sum [0-9.]+$/m,
      /^core_tabs_total\{result="created"\} [1-9]/m,
      /^core_tabs_total\{result="reused"\} [1-9]/m,
    ]) {
      expect(text).toMatch(sample);
    }
  });

  it('lets the owner of a contract wallet log in (EIP-1271), and nobody else as that wallet', async () => {
    const { abi, bytecode } = testContractWalletArtifact;
    const wallet = await new ContractFactory(abi, bytecode, chain.deployer).deploy(payer.address);
    await wallet.waitForDeployment();
    const loginAs = (address: string, by: Payer) => {
      const signer = {
        ...unable,
        address: parseAddress(address),
        signMessage: (message: string | Uint8Array) => by.signer.signMessage(message),
      };
      return new AuthSession({ authUrl: core.url, signer }).accessToken();
    };
    const address = await wallet.getAddress();
    expect(await loginAs(address, payer)).toMatch(/^ey/);
    const refused = expect.objectContaining({ status: 400 });
    await expect(loginAs(address, stranger)).rejects.toThrow(refused);
    // A precompile that gives back whatever it is asked is no wallet.
    await expect(loginAs('0x0000000000000000000000000000000000000004', stranger)).rejects.toThrow(refused);
  });

  it('C-22: lets a fresh recipient open its tabs and issue, and nobody for another', async () => {
    const { status, body: tab } = await openTab(recipient);
    expect(status).toBe(200);
    const denied = {
      status: 403,
      body: { error: 'recipient address does not match token subject and role is not facilitator' },
    };
    expect(await openTab(stranger)).toEqual(denied);
    expect(await openTab(payer)).toEqual(denied);
    expect((await openTab(facilitator)).body.id).toBe(tab.id);
    const request = await payer.request({
      tabId: tab.id,
      reqId: 0,
      amount: 5,
      recipient: recipient.address,
    });
    expect(await as(payer, 'POST', '/core/guarantees', request)).toEqual(denied);
    const issued = await as(recipient, 'POST', '/core/guarantees', request);
    expect(issued.status).toBe(200);
    expect(await as(facilitator, 'POST', '/core/guarantees', request)).toEqual(issued);
  });

  it('C-36: shows certificates to recipient and facilitator, not to the payer, the tab to no stranger', async () => {
    const { body: tab } = await openTab(recipient);
    const path = `/core/tabs/${tab.id}/guarantees`;
    const certificates = async (caller: Payer) =>
      (await as<{ certificate: string | null }[]>(caller, 'GET', path)).body.map(
        ({ certificate }) => certificate !== null,
      );
    expect(await certificates(recipient)).toEqual([true]);
    expect(await certificates(facilitator)).toEqual([true]);
    expect(await certificates(payer)).toEqual([false]);
    const latest = await as<{ certificate: unknown }>(payer, 'GET', `${path}/latest`);
    expect(latest.body.certificate).toBeNull();
    for (const caller of [stranger, admin]) {
      expect(await as(caller, 'GET', path)).toEqual({
        status: 403,
        body: { error: 'tab access denied, must be owner or facilitator' },
      });
    }
  });

  it('C-21: shows a balance to the payer, its recipients and those who run the network', async () => {
    await openTab(recipient);
    for (const caller of [payer, recipient, facilitator, admin]) {
      expect((await as(caller, 'GET', balancePath(payer.address))).status).toBe(200);
    }
    expect((await as(stranger, 'GET', balancePath(payer.address))).status).toBe(403);
  });

  it('shows lists to their owner and facilitators, payments to the recipient alone', async () => {
    const tabs = `/core/recipients/${recipient.address}/tabs`;
    const payments = `/core/recipients/${recipient.address}/payments`;
    const userTabs = `/core/users/${payer.address}/tabs`;
    const statuses = async (path: string) =>
      Promise.all(
        [recipient, facilitator, payer, stranger].map(async (who) => (await as(who, 'GET', path)).status),
      );
    expect(await statuses(tabs)).toEqual([200, 200, 403, 403]);
    expect(await statuses(payments)).toEqual([200, 403, 403, 403]);
    expect(await statuses(userTabs)).toEqual([403, 200, 200, 403]);
  });

  it('C-35: suspends users for admins and admin API keys, and stops their tabs and guarantees', async () => {
    const { body: tab } = await openTab(recipient);
    const path = (user: Payer) => `/core/users/${user.address}/suspension`;
    expect((await as(stranger, 'POST', path(payer), { suspended: true })).status).toBe(403);
    expect((await as(undefined, 'POST', path(payer), { suspended: true })).status).toBe(401);
    for (const user of [payer, recipient]) {
      const { status, body } = await as(admin, 'POST', path(user), { suspended: true });
      expect([status, body]).toEqual([
        200,
        { user_address: user.address.toLowerCase(), suspended: true, updated_at: expect.any(Number) },
      ]);
      const refused = { status: 403, body: { error: 'user suspended' } };
      expect(await openTab(recipient)).toEqual(refused);
      const request = await payer.request({
        tabId: tab.id,
        reqId: 1,
        amount: 5,
        recipient: recipient.address,
      });
      expect(await as(recipient, 'POST', '/core/guarantees', request)).toEqual(refused);
      await as(admin, 'POST', path(user), { suspended: false });
    }
    expect((await openTab(recipient)).status).toBe(200);
  });

  it('checks the ledger for administrators, and says what is wrong with it to nobody else', async () => {
    const path = '/core/admin/ledger-check';
    const key = { 'x-api-key': adminApiKeyOfSeed(SEED) };
    expect(await call(core.url + path, 'POST', {}, key)).toEqual({
      status: 200,
      body: { ok: true, violations: [], next: null },
    });
    expect((await as(admin, 'POST', path, {})).status).toBe(200);
    expect((await as(facilitator, 'POST', path, {})).status).toBe(403);
    expect((await as(undefined, 'POST', path, {})).status).toBe(401);
    const { body: other } = await call<{ api_key: string }>(
      `${core.url}/core/admin/api-keys`,
      'POST',
      { name: 'suspends only', scopes: ['user_suspension:write'] },
      key,
    );
    const refused = await call(core.url + path, 'POST', {}, { 'x-api-key': other.api_key });
    expect(refused).toEqual({ status: 403, body: { error: 'missing scope' } });
  });

  it('is administered from the command line, with a key or a wallet', async () => {
    const key = { CORE_ADMIN_API_KEY: adminApiKeyOfSeed(SEED) };
    const created = await run4mica(
      key,
      'api-key',
      'create',
      'by the CLI',
      '--scopes',
      'user_suspension:write',
    );
    expect([created.code, created.stdout]).toEqual([
      0,
      expect.stringMatching(/^ak_[0-9a-f]{32}\.[0-9a-f]{64}\n$/),
    ]);
    const support = { CORE_ADMIN_API_KEY: created.stdout.trim() };
    const id = /^[0-9a-f-]{36}/.exec(created.stderr)?.[0] ?? '';
    const [suspended, listed, checked, checkedByWallet] = await Promise.all([
      run4mica(support, 'user', 'suspend', stranger.address),
      run4mica(key, 'api-key', 'list', '--json'),
      run4mica(key, 'ledger', 'check'),
      run4mica({ CORE_ADMIN_WALLET_PRIVATE_KEY: admin.privateKey }, 'ledger', 'check'),
    ]);
    expect(suspended).toEqual({ code: 0, stdout: `${stranger.address} is suspended\n`, stderr: '' });
    expect(JSON.parse(listed.stdout)).toContainEqual(
      expect.objectContaining({ id, name: 'by the CLI', revokedAt: null }),
    );
    for (const result of [checked, checkedByWallet]) {
      expect(result).toEqual({ code: 0, stdout: 'every rule holds\n', stderr: '' });
    }

    const [unsuspended, ...refused] = await Promise.all([
      run4mica({ CORE_ADMIN_WALLET_PRIVATE_KEY: admin.privateKey }, 'user', 'unsuspend', stranger.address),
      run4mica(support, 'api-key', 'list'),
      run4mica({ CORE_ADMIN_API_KEY: `ak_${'0'.repeat(32)}.${'0'.repeat(64)}` }, 'api-key', 'list'),
      run4mica(key, 'user', 'suspend', '0x12'),
      run4mica(key, 'api-key', 'list', '--core', 'http://127.0.0.1:1'),
      run4mica({}, 'api-key', 'list'),
    ]);
    expect(unsuspended.stdout).toBe(`${stranger.address} is active\n`);
    expect(refused.map(({ code, stderr }) => [code, stderr])).toEqual(
      [
        /^error RPC_STATUS: missing scope[\s\S]*`4mica api-key create <name> --scopes <list>`/,
        /^error RPC_STATUS: invalid api key[\s\S]*CORE_ADMIN_API_KEY_FILE has to hold a valid key/,
        /^error INVALID_VALUE: user: expected .*, got "0x12"/,
        /^error RPC_UNREACHABLE: no answer .*Is the URL right and the service running\?\nCORE_URL or the option --core/,
        /^error ADMIN_CREDENTIALS_MISSING: set CORE_ADMIN_API_KEY /,
      ].map((text) => [1, expect.stringMatching(text)]),
    );
    const revoked = await run4mica(key, 'api-key', 'revoke', id);
    expect(revoked.stdout).toMatch(new RegExp(`^${id} .* revoked 20`));
  });

  it('has its roles set and revoked from the command line', async () => {
    const key = { CORE_ADMIN_API_KEY: adminApiKeyOfSeed(SEED) };
    const wallet = await Payer.create(chain);
    const login = () => new AuthSession({ authUrl: core.url, signer: wallet.signer }).accessToken();
    const openFor = async (token: string) =>
      (
        await call(
          `${core.url}/core/payment-tabs`,
          'POST',
          { user_address: payer.address, recipient_address: recipient.address },
          { authorization: `Bearer ${token}` },
        )
      ).status;
    expect(await openFor(await login())).toBe(403);
    const address = wallet.address.toLowerCase();
    expect(await run4mica(key, 'role', 'set', wallet.address, 'facilitator')).toEqual({
      code: 0,
      stdout: `${wallet.address}  facilitator  active  tab:create,tab:read,guarantee:issue\n`,
      stderr: '',
    });
    expect(await openFor(await login())).toBe(200);

    const [revoked, listed, ...refused] = await Promise.all([
      run4mica(key, 'role', 'set', wallet.address, 'facilitator', '--status', 'revoked'),
      run4mica(key, 'role', 'list', '--json'),
      run4mica(key, 'role', 'set', wallet.address, 'operator'),
      run4mica({ CORE_ADMIN_WALLET_PRIVATE_KEY: admin.privateKey }, 'role', 'list'),
    ]);
    expect(revoked.stdout).toContain(' revoked ');
    expect(
      JSON.parse(listed.stdout).map((entry: { address: string }) => entry.address.toLowerCase()),
    ).toContain(address);
    expect(refused.map(({ code, stderr }) => [code, stderr])).toEqual([
      [1, expect.stringMatching(/^error INVALID_VALUE: wallet role\.role: .*facilitator/)],
      [1, expect.stringMatching(/^error RPC_STATUS: missing api key/)],
    ]);
    await expect(login()).rejects.toThrow('wallet role not active');
  });

  it('serves the routes of admin API keys', async () => {
    expect(await as(admin, 'GET', '/core/admin/api-keys')).toEqual({
      status: 401,
      body: { error: 'missing api key' },
    });
    expect((await as(undefined, 'GET', '/core/admin/api-keys/x/revoke')).status).toBe(405);
  });
});
