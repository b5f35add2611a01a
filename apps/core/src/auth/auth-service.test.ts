import { PGlite } from '@electric-sql/pglite';
import {
  ADMIN_SCOPE_MANAGE_KEYS,
  ADMIN_SCOPE_SUSPEND_USERS,
  type AuthNonce,
  type EvmSigner,
  lowerCaseAddress,
} from '@fourmica/core-types';
import { LocalAccountSigner } from '@fourmica/eip712-claims';
import { addRoutes, createApp, createServiceLogger } from '@fourmica/http-service';
import { makeError } from 'ethers';
import type { FastifyInstance } from 'fastify';
import { SignJWT } from 'jose';
import { Kysely } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PGliteDialect } from '../store/pglite-dialect.js';
import {
  type AuthConfig,
  type AuthDb,
  AuthRefusalError,
  type AuthTables,
  adminApiKeyOfSeed,
  adminApiKeyRoutes,
  answerOfAuthRefusal,
  authenticateCaller,
  authMigration,
  bootstrapAdminApiKey,
  type ContractCaller,
  createAdminApiKey,
  listAdminApiKeys,
  listWalletRoles,
  loginRoutes,
  requireAdminApiKey,
  requireAdminRight,
  resolveAuthConfig,
  revokeAdminApiKey,
  setWalletRole,
} from './index.js';

const START_MS = Date.parse('2026-05-04T10:00:00.000Z');
const JWT_SECRET = '5b7a0f1e9c3d486277b1a0c4e2f89d365b7a0f1e9c3d486277b1a0c4e2f89d36';
const signer: EvmSigner = new LocalAccountSigner(`0x${'11'.repeat(32)}`);
const other: EvmSigner = new LocalAccountSigner(`0x${'22'.repeat(32)}`);
const address = lowerCaseAddress(signer.address);

const clock = { ms: START_MS, nowMs: () => clock.ms };
const word = (value: 0 | 1): string => `0x${String(value).padStart(64, '0')}`;
const chain = { answer: async (): Promise<string> => word(0) };
const provider: ContractCaller = { call: () => chain.answer() };
const config: AuthConfig = resolveAuthConfig(
  { jwtSecret: JWT_SECRET },
  { authMode: 'required', chainId: 84532n, host: 'core.example', port: () => 3000 },
);

let db: AuthDb;
let app: FastifyInstance;

beforeAll(async () => {
  const pglite = await PGlite.create({ parsers: { 20: BigInt } });
  db = new Kysely<AuthTables>({ dialect: new PGliteDialect(pglite) });
  await authMigration.up(db);
  app = createApp({
    logger: createServiceLogger({ name: 'test', level: 'silent' }),
    bodyLimit: 64 * 1024,
    trustedProxies: undefined,
    corsOrigins: [],
    answerOf: (error) => (error instanceof AuthRefusalError ? answerOfAuthRefusal(error) : undefined),
  });
  const dependencies = { db, clock, config, provider };
  addRoutes(app, [...loginRoutes(dependencies), ...adminApiKeyRoutes(dependencies)]);
});

afterAll(async () => {
  await app.close();
  await db.destroy();
});

beforeEach(async () => {
  clock.ms = START_MS;
  chain.answer = async () => word(0);
  for (const table of ['auth_nonces', 'auth_refresh_tokens', 'wallet_roles', 'admin_api_keys'] as const) {
    await db.deleteFrom(table).execute();
  }
});

async function post(path: string, body: object, remoteAddress = '192.0.2.1') {
  const response = await app.inject({ method: 'POST', url: `/auth/${path}`, payload: body, remoteAddress });
  return { status: response.statusCode, body: response.json(), headers: response.headers };
}

const askNonce = async (): Promise<AuthNonce> => (await post('nonce', { address })).body;

/** The message as the specification shows it, written apart from the product's code. */
function messageOf({ nonce, siwe }: AuthNonce, changes: Readonly<Record<string, string>> = {}): string {
  const text = `${siwe.domain} wants you to sign in with your Ethereum account:
${signer.address}

${siwe.statement}

URI: ${siwe.uri}
Version: 1
Chain ID: ${siwe.chainId}
Nonce: ${nonce}
Issued At: ${siwe.issuedAt}
Expiration Time: ${siwe.expiration}`;
  return Object.entries(changes).reduce((changed, [from, to]) => changed.replace(from, to), text);
}

async function verifyBody(changes: Readonly<Record<string, string>> = {}, by: EvmSigner = signer) {
  const message = messageOf(await askNonce(), changes);
  return { address: signer.address, message, signature: await by.signMessage(message) };
}

const logIn = async () => (await post('verify', await verifyBody())).body;
const refused = (status: number, error: string) => ({ status, body: { error } });

describe('POST /auth/nonce', () => {
  it('C-23: gives 32 hex digits and the members of the message', async () => {
    const { status, body, headers } = await post('nonce', {
      address: ` ${signer.address.slice(2).toUpperCase()} `,
    });
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toEqual({
      nonce: expect.stringMatching(/^[0-9a-f]{32}$/),
      siwe: {
        domain: 'core.example',
        uri: 'http://core.example:3000',
        chainId: 84532,
        statement: 'Sign in to 4mica.',
        expiration: '2026-05-04T10:05:00.000Z',
        issuedAt: '2026-05-04T10:00:00.000Z',
      },
    });
  });

  it('refuses what is no address, and a body of another shape', async () => {
    expect(await post('nonce', { address: '0x12' })).toMatchObject(refused(400, 'invalid wallet address'));
    expect(await post('nonce', {})).toMatchObject(refused(422, 'body.address: expected text'));
  });

  it('C-24: limits one client, but nobody can lock a wallet out from elsewhere', async () => {
    for (let i = 0; i < config.nonceLimitPerAddress; i++) await post('nonce', { address });
    const limited = await post('nonce', { address });
    expect(limited).toMatchObject(refused(429, 'too many login attempts, please wait'));
    expect(limited.headers['retry-after']).toBe('300');
    expect((await post('nonce', { address }, '192.0.2.2')).status).toBe(200);
    clock.ms += 300_000;
    expect((await post('nonce', { address })).status).toBe(200);
  });

  it('C-24: limits one client over many addresses, by IPv6 network too', async () => {
    const ask = (i: number) =>
      post('nonce', { address: `0x${i.toString(16).padStart(40, '0')}` }, `2001:db8:0:1::${i.toString(16)}`);
    for (let i = 0; i < config.nonceLimitPerClient; i++) await ask(i);
    expect((await ask(config.nonceLimitPerClient)).status).toBe(429);
    expect((await post('nonce', { address }, '2001:db8:0:2::1')).status).toBe(200);
  });

  it('C-24: removes expired nonces', async () => {
    for (let i = 0; i < 5; i++) await askNonce();
    clock.ms += 301_000;
    await askNonce();
    const rows = await db.selectFrom('auth_nonces').selectAll().execute();
    expect(rows).toHaveLength(1);
  });
});

describe('POST /auth/verify', () => {
  it('gives tokens that name the wallet with all scopes (C-22)', async () => {
    const { status, body } = await post('verify', await verifyBody());
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.stringMatching(/^refresh_[0-9a-f]{64}$/),
      expires_in: 900,
    });
    expect(
      await authenticateCaller({ authorization: `Bearer ${body.access_token}` }, config, clock.ms),
    ).toEqual({
      kind: 'wallet',
      address: signer.address,
      role: 'user',
      scopes: new Set(['tab:create', 'tab:read', 'guarantee:issue']),
    });
  });

  it('stores no token and no secret in clear', async () => {
    const { refresh_token } = await logIn();
    const rows = await db.selectFrom('auth_refresh_tokens').selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows, (_, value) => String(value))).not.toContain(refresh_token.slice(8));
  });

  it('takes the form of existing servers: a UUID nonce and nanoseconds', async () => {
    const nonce = '0f9d0c3e-7a44-4f0b-9a55-7d0c3b1e6a10';
    const asked = await askNonce();
    await db.updateTable('auth_nonces').set({ nonce }).where('nonce', '=', asked.nonce).execute();
    const message = messageOf({ ...asked, nonce }, { '10:00:00.000Z': '10:00:00.123456789+00:00' });
    const body = { address, message, signature: (await signer.signMessage(message)).slice(2) };
    expect((await post('verify', body)).status).toBe(200);
  });

  it.each<[number, string, Readonly<Record<string, string>>]>([
    [400, 'invalid siwe message: missing nonce', { 'Nonce: ': 'None: ' }],
    [401, 'address mismatch', { [signer.address]: other.address }],
    [401, 'invalid siwe version', { 'Version: 1': 'Version: 2' }],
    [401, 'invalid chain id', { '84532': '1' }],
    [401, 'siwe domain mismatch', { 'core.example wants': 'evil.example wants' }],
    [401, 'siwe uri mismatch', { ':3000': ':3000/' }],
    [401, 'siwe statement mismatch', { 'Sign in': 'Log in' }],
    [401, 'nonce not found or expired', { 'Nonce: ': 'Nonce: f' }],
  ])('refuses with %i %s', async (status, error, changes) => {
    expect(await post('verify', await verifyBody(changes))).toMatchObject(refused(status, error));
  });

  it.each([
    ['invalid siwe message: invalid signature hex', '0xzz'],
    ['invalid siwe message: invalid signature hex', ''],
    ['invalid siwe message: invalid signature', '0x1234'],
  ])('refuses with 400 %s', async (error, signature) => {
    expect(await post('verify', { ...(await verifyBody()), signature })).toMatchObject(refused(400, error));
  });

  it('refuses another wallet and a signature with high s', async () => {
    const invalid = refused(400, 'invalid siwe message: invalid signature');
    expect(await post('verify', await verifyBody({}, other))).toMatchObject(invalid);
    const body = await verifyBody();
    expect(await post('verify', { ...body, signature: highS(body.signature) })).toMatchObject(invalid);
  });

  it('uses a nonce once, also when two requests race', async () => {
    const body = await verifyBody();
    const answers = await Promise.all([post('verify', body), post('verify', body), post('verify', body)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    expect(await post('verify', body)).toMatchObject(refused(401, 'nonce not valid'));
  });

  it('leaves the nonce alone after a wrong signature, until there were too many', async () => {
    const body = await verifyBody();
    const wrong = { ...body, signature: '0x1234' };
    for (let i = 0; i < 4; i++) expect((await post('verify', wrong)).status).toBe(400);
    expect((await post('verify', body)).status).toBe(200);
    const next = await verifyBody();
    for (let i = 0; i < 5; i++) await post('verify', { ...next, signature: '0x1234' });
    expect(await post('verify', next)).toMatchObject(refused(401, 'nonce not valid'));
  });

  it('refuses an expired nonce', async () => {
    const body = await verifyBody();
    clock.ms += 300_000;
    expect(await post('verify', body)).toMatchObject(refused(401, 'nonce not valid'));
    clock.ms += 1;
    expect(await post('verify', body)).toMatchObject(refused(401, 'siwe issued_at is too old'));
  });

  it('C-34: asks a contract wallet (EIP-1271), whose no is no failure', async () => {
    chain.answer = async () => word(1);
    expect((await post('verify', await verifyBody({}, other))).status).toBe(200);
    chain.answer = async () => word(0);
    const invalid = refused(400, 'invalid siwe message: invalid signature');
    expect(await post('verify', await verifyBody({}, other))).toMatchObject(invalid);
  });

  it.each([
    ['fails', () => Promise.reject(makeError('no network', 'NETWORK_ERROR', { event: 'noNetwork' }))],
    ['answers something else', async () => '0x'],
  ])('C-34: says nothing about the signature of a contract wallet when the node %s', async (_, answer) => {
    chain.answer = answer;
    expect((await post('verify', await verifyBody({}, other))).status).toBe(503);
  });
});

describe('roles', () => {
  const entry = {
    address: signer.address,
    role: 'facilitator',
    scopes: ['tab:read'],
    status: 'active',
  } as const;

  it('come into the token from the role table', async () => {
    await setWalletRole(db, entry, clock.ms);
    const { access_token } = await logIn();
    const caller = await authenticateCaller({ authorization: `bearer ${access_token}` }, config, clock.ms);
    expect(caller).toMatchObject({ role: 'facilitator', scopes: new Set(['tab:read']) });
    expect(await listWalletRoles(db, { limit: 10, after: undefined })).toEqual([entry]);
  });

  it.each(['suspended', 'revoked'] as const)(
    'a %s wallet cannot log in, and its logins end',
    async (status) => {
      const { refresh_token } = await logIn();
      await setWalletRole(db, { ...entry, status }, clock.ms);
      expect(await post('verify', await verifyBody())).toMatchObject(refused(401, 'wallet role not active'));
      expect(await post('refresh', { refresh_token })).toMatchObject(refused(401, 'refresh token expired'));
    },
  );

  it('C-31: a refresh that the role forbids does not use the token up', async () => {
    const { refresh_token } = await logIn();
    const row = { address, role: 'user', scopes: '[]', status: 'suspended', updated_at_ms: 0n };
    await db.insertInto('wallet_roles').values(row).execute();
    expect(await post('refresh', { refresh_token })).toMatchObject(refused(401, 'wallet role not active'));
    await db.updateTable('wallet_roles').set({ status: 'active' }).execute();
    expect((await post('refresh', { refresh_token })).status).toBe(200);
  });

  it('are refused by the database when they make no sense', async () => {
    const row = { address, role: 'root', scopes: '[]', status: 'active', updated_at_ms: 0n };
    await expect(db.insertInto('wallet_roles').values(row).execute()).rejects.toThrow(
      'wallet_roles_role_known',
    );
  });
});

describe('POST /auth/refresh and /auth/logout', () => {
  const refresh = (refresh_token: string) => post('refresh', { refresh_token });

  it('trades the token for a new one of the same wallet', async () => {
    const first = await logIn();
    const { status, body } = await refresh(first.refresh_token);
    expect(status).toBe(200);
    expect(body.refresh_token).not.toBe(first.refresh_token);
    const caller = await authenticateCaller(
      { authorization: `Bearer ${body.access_token}` },
      config,
      clock.ms,
    );
    expect(caller).toMatchObject({ address: signer.address });
  });

  it('refuses unknown and expired tokens', async () => {
    expect(await refresh('refresh_00')).toMatchObject(refused(401, 'invalid refresh token'));
    const { refresh_token } = await logIn();
    clock.ms += config.refreshTtlSecs * 1000;
    expect(await refresh(refresh_token)).toMatchObject(refused(401, 'refresh token expired'));
  });

  it('C-30: late reuse of a traded token ends the whole chain', async () => {
    const first = await logIn();
    const second = (await refresh(first.refresh_token)).body;
    clock.ms += 10_001;
    expect(await refresh(first.refresh_token)).toMatchObject(refused(401, 'refresh token expired'));
    expect(await refresh(second.refresh_token)).toMatchObject(refused(401, 'refresh token expired'));
    const anotherLogin = await logIn();
    expect((await refresh(anotherLogin.refresh_token)).status).toBe(200);
  });

  it('C-30: a repetition within seconds is refused, and the chain lives on', async () => {
    const first = await logIn();
    const second = (await refresh(first.refresh_token)).body;
    clock.ms += 10_000;
    expect(await refresh(first.refresh_token)).toMatchObject(refused(401, 'refresh token expired'));
    expect((await refresh(second.refresh_token)).status).toBe(200);
  });

  it('lets one of several simultaneous trades win', async () => {
    const { refresh_token } = await logIn();
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(refresh_token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401]);
    const live = await db
      .selectFrom('auth_refresh_tokens')
      .selectAll()
      .where('revoked_at_ms', 'is', null)
      .execute();
    expect(live).toHaveLength(1);
  });

  it('logout revokes once and always answers 200', async () => {
    const { refresh_token } = await logIn();
    const logout = (token: string) => post('logout', { refresh_token: token });
    expect(await logout(refresh_token)).toMatchObject({ status: 200, body: { revoked: true } });
    expect(await logout(refresh_token)).toMatchObject({ status: 200, body: { revoked: false } });
    expect(await logout('unknown')).toMatchObject({ status: 200, body: { revoked: false } });
    expect(await refresh(refresh_token)).toMatchObject(refused(401, 'refresh token expired'));
  });

  it('answers 415 without a body', async () => {
    const answer = await app.inject({ method: 'POST', url: '/auth/refresh' });
    expect(answer.statusCode).toBe(415);
  });

  it('does not repeat a refused token', async () => {
    const answer = await post('refresh', { refresh_token: { secret: 'refresh_abc' } });
    expect(answer).toMatchObject(refused(422, 'body.refresh_token: expected text'));
  });
});

describe('authenticateCaller', () => {
  const call = (authorization: string | undefined, nowMs = clock.ms, by = config) =>
    authenticateCaller({ authorization }, by, nowMs);
  const claims = { role: 'user', scopes: [], chain_id: 84532 };
  const now = START_MS / 1000;
  const token = (change: object = {}, secret = JWT_SECRET, alg = 'HS256') =>
    new SignJWT({
      ...claims,
      sub: address,
      iss: '4mica-core',
      aud: '4mica',
      iat: now,
      nbf: now,
      exp: now + 900,
      ...change,
    })
      .setProtectedHeader({ alg })
      .sign(new TextEncoder().encode(secret));

  it.each([
    ['missing authorization', undefined],
    ['missing authorization', ' '],
    ['invalid authorization', 'Basic abc'],
    ['invalid authorization', 'Bearerabc'],
    ['missing bearer token', 'Bearer '],
    ['invalid access token', 'Bearer abc'],
  ])('answers 401 %s to %j', async (message, header) => {
    await expect(call(header)).rejects.toMatchObject({ status: 401, message });
  });

  it.each<[string, object]>([
    ['issuer', { iss: 'other' }],
    ['audience', { aud: 'other' }],
    ['expiry', { exp: now - 6 }],
    ['missing expiry', { exp: undefined }],
    ['start', { nbf: now + 6 }],
    ['subject', { sub: 'nobody' }],
    ['scopes', { scopes: 'tab:read' }],
  ])('refuses a token with a wrong %s', async (_, change) => {
    await expect(call(`Bearer ${await token(change)}`)).rejects.toThrow('invalid access token');
  });

  it('allows five seconds of tolerance', async () => {
    const early = token({ nbf: now + 5 });
    const late = token({ exp: now - 4 });
    expect(await call(`Bearer ${await early}`)).toMatchObject({ kind: 'wallet' });
    expect(await call(`Bearer ${await late}`)).toMatchObject({ kind: 'wallet' });
  });

  it('checks the times of a token that it has seen before', async () => {
    const seen = `Bearer ${await token()}`;
    expect(await call(seen)).toMatchObject({ kind: 'wallet' });
    expect(await call(seen, clock.ms + 904_999)).toMatchObject({ kind: 'wallet' });
    await expect(call(seen, clock.ms + 905_000)).rejects.toThrow('invalid access token');
    await expect(call(seen, clock.ms - 6_000)).rejects.toThrow('invalid access token');
    expect(await call(seen)).toMatchObject({ kind: 'wallet' });
  });

  it('refuses a token that it has seen before when the secret or the audience is another one', async () => {
    const seen = `Bearer ${await token()}`;
    expect(await call(seen)).toMatchObject({ kind: 'wallet' });
    const others = [
      { ...config, jwtKey: new TextEncoder().encode(`other${JWT_SECRET}`) },
      { ...config, jwtAudience: 'another' },
    ];
    for (const other of others) {
      await expect(call(seen, clock.ms, other)).rejects.toThrow('invalid access token');
    }
  });

  it('refuses another secret, another algorithm, none, and another chain', async () => {
    const bearer = async (text: Promise<string>) => call(`Bearer ${await text}`);
    await expect(bearer(token({}, `${JWT_SECRET}x`))).rejects.toThrow('invalid access token');
    await expect(bearer(token({}, JWT_SECRET, 'HS512'))).rejects.toThrow('invalid access token');
    const [, payload] = (await token()).split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    await expect(call(`Bearer ${none}`)).rejects.toThrow('invalid access token');
    await expect(bearer(token({ chain_id: 1 }))).rejects.toThrow('invalid chain id');
  });

  it('where a login is optional, nobody is anonymous and a bad token still fails', async () => {
    const optional: AuthConfig = { ...config, authMode: 'optional' };
    expect(await call(undefined, clock.ms, optional)).toEqual({ kind: 'anonymous' });
    await expect(call('Bearer abc', clock.ms, optional)).rejects.toThrow('invalid access token');
  });
});

describe('admin API keys', () => {
  const scopes = [
    ADMIN_SCOPE_SUSPEND_USERS,
    ` ${ADMIN_SCOPE_MANAGE_KEYS.toUpperCase()} `,
    ADMIN_SCOPE_SUSPEND_USERS,
  ];
  const check = (
    key: string | undefined,
    scope: typeof ADMIN_SCOPE_MANAGE_KEYS | typeof ADMIN_SCOPE_SUSPEND_USERS = ADMIN_SCOPE_MANAGE_KEYS,
  ) => requireAdminApiKey(db, key, scope);

  it('are shown once, work, and are stored as a hash', async () => {
    const key = await createAdminApiKey(db, { name: ' ops ', scopes }, clock.ms);
    expect(key).toMatchObject({
      name: 'ops',
      scopes: [ADMIN_SCOPE_MANAGE_KEYS, ADMIN_SCOPE_SUSPEND_USERS],
      createdAt: START_MS / 1000,
    });
    expect(key.apiKey).toMatch(/^ak_[0-9a-f]{32}\.[0-9a-f]{64}$/);
    expect(key.apiKey.slice(3, 35)).toBe(key.id.replaceAll('-', ''));
    await check(key.apiKey);
    const rows = await db.selectFrom('admin_api_keys').selectAll().execute();
    expect(JSON.stringify(rows, (_, value) => String(value))).not.toContain(key.apiKey.slice(36));
  });

  it.each([
    ['name is required', { name: ' ', scopes }],
    ['at least one scope is required', { name: 'n', scopes: [] }],
    ['invalid scope: all', { name: 'n', scopes: ['all'] }],
  ])('creation answers 400 %s', async (message, request) => {
    await expect(createAdminApiKey(db, request, clock.ms)).rejects.toMatchObject({ status: 400, message });
  });

  it('C-32: without the secret nothing is told about a key', async () => {
    const { id, apiKey } = await createAdminApiKey(
      db,
      { name: 'n', scopes: [ADMIN_SCOPE_SUSPEND_USERS] },
      clock.ms,
    );
    await revokeAdminApiKey(db, id, clock.ms);
    const wrongSecret = `${apiKey.slice(0, -1)}${apiKey.endsWith('0') ? '1' : '0'}`;
    for (const [key, message] of [
      [undefined, 'missing api key'],
      ['ak_1.2', 'invalid api key'],
      [`ak_${'0'.repeat(32)}.${'0'.repeat(64)}`, 'invalid api key'],
      [wrongSecret, 'invalid api key'],
      [apiKey, 'api key revoked'],
    ] as const) {
      await expect(check(key)).rejects.toMatchObject({ status: 401, message });
    }
  });

  it('need the scope', async () => {
    const { apiKey } = await createAdminApiKey(
      db,
      { name: 'n', scopes: [ADMIN_SCOPE_SUSPEND_USERS] },
      clock.ms,
    );
    await expect(check(apiKey)).rejects.toMatchObject({ status: 403, message: 'missing scope' });
    await check(apiKey, ADMIN_SCOPE_SUSPEND_USERS);
  });

  it('are listed newest first; a second revocation keeps the time of the first', async () => {
    const first = await createAdminApiKey(db, { name: 'a', scopes }, clock.ms);
    clock.ms += 1000;
    await createAdminApiKey(db, { name: 'b', scopes }, clock.ms);
    const listed = await listAdminApiKeys(db, { limit: 10, after: undefined });
    expect(listed.map(({ name }) => name)).toEqual(['b', 'a']);
    const revokedAt = clock.ms / 1000;
    expect(await revokeAdminApiKey(db, first.id, clock.ms)).toMatchObject({ id: first.id, revokedAt });
    expect(await revokeAdminApiKey(db, first.id.toUpperCase(), clock.ms + 9000)).toMatchObject({ revokedAt });
    await expect(revokeAdminApiKey(db, 'x', clock.ms)).rejects.toMatchObject({
      status: 400,
      message: 'invalid api key id',
    });
    const unknown = '6f0b7a0e-6f1e-4c58-a0a0-2f3d0e9d7c11';
    await expect(revokeAdminApiKey(db, unknown, clock.ms)).rejects.toMatchObject({
      status: 404,
      message: `api key ${unknown} not found`,
    });
  });

  it('begin with a key from the seed of the operator, the same after every start', async () => {
    const seed = 'a long and random seed of an operator';
    const key = adminApiKeyOfSeed(seed);
    expect(key).toBe(
      'ak_c208bbd7ce0b34956122ad4e6064793c.a892296d0fd42a9c36fc099d5e82d08fc9825561010055afe4a8b526bdc7913b',
    );
    await bootstrapAdminApiKey(db, seed, clock.ms);
    await check(key);
    const [info] = await listAdminApiKeys(db, { limit: 1, after: undefined });
    expect(info).toMatchObject({ name: 'bootstrap-admin', revoked_at_ms: null });
    await revokeAdminApiKey(db, info?.id ?? '', clock.ms);
    await bootstrapAdminApiKey(db, seed, clock.ms);
    await check(key);
    await expect(bootstrapAdminApiKey(db, 'short', clock.ms)).rejects.toThrow('at least 32 bytes');
  });

  it('manage keys over HTTP', async () => {
    const key = await createAdminApiKey(db, { name: 'root', scopes }, clock.ms);
    const url = '/core/admin/api-keys';
    const headers = { 'x-api-key': key.apiKey };
    const denied = await app.inject({ method: 'GET', url });
    expect([denied.statusCode, denied.json()]).toEqual([401, { error: 'missing api key' }]);
    const payload = { name: 'ops', scopes: [ADMIN_SCOPE_SUSPEND_USERS] };
    const created = await app.inject({ method: 'POST', url, headers, payload });
    expect(created.json()).toEqual({
      id: expect.any(String),
      ...payload,
      created_at: START_MS / 1000,
      api_key: expect.stringMatching(/^ak_/),
    });
    const { id } = created.json();
    const revoked = await app.inject({ method: 'POST', url: `${url}/${id}/revoke`, headers });
    expect(revoked.json()).toMatchObject({ id, revoked_at: START_MS / 1000 });
    const list = (await app.inject({ method: 'GET', url, headers })).json();
    expect(list).toHaveLength(2);
    expect(JSON.stringify(list)).not.toContain('"api_key"');
  });

  it('or the admin role allow a suspension', async () => {
    const allow = (headers: object) =>
      requireAdminRight(headers, ADMIN_SCOPE_SUSPEND_USERS, { db, clock, config });
    const { apiKey } = await createAdminApiKey(
      db,
      { name: 'n', scopes: [ADMIN_SCOPE_SUSPEND_USERS] },
      clock.ms,
    );
    await allow({ 'x-api-key': apiKey });
    await expect(allow({})).rejects.toMatchObject({ status: 401, message: 'missing authorization' });
    const user = await logIn();
    await expect(allow({ authorization: `Bearer ${user.access_token}` })).rejects.toMatchObject({
      status: 403,
      message: 'admin role required',
    });
    await setWalletRole(
      db,
      { address: signer.address, role: 'admin', scopes: [], status: 'active' },
      clock.ms,
    );
    const admin = await logIn();
    await allow({ authorization: `Bearer ${admin.access_token}` });
  });
});

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The other signature over the same message that every ECDSA signature has. */
function highS(signature: string): string {
  const s = ORDER - BigInt(`0x${signature.slice(66, 130)}`);
  const v = signature.slice(130) === '1b' ? '1c' : '1b';
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${v}`;
}
