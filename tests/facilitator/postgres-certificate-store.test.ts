import { inspect } from 'node:util';
import { type PostgresServer, startPostgres } from '@fourmica/test-support';
import { PostgresCertificateStore, type PostgresCertificateStoreOptions } from '@fourmica/x402/node';
import type { CertificateRecord } from '@fourmica/x402/server';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from './support/http.js';

const NETWORK = 'eip155:31337';
const MAX_U256 = 2n ** 256n - 1n;
const TAB = [NETWORK, MAX_U256] as const;
const START = 1_900_000_000_000;
const RESPONSE_RETENTION_MS = 10 * 60_000;
const { BOOL, TEXT } = pg.types.builtins;

let server: PostgresServer;
let connectionString: string;
const opened: PostgresCertificateStore[] = [];
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  connectionString = await server.createDatabase();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

async function openStore(options: PostgresCertificateStoreOptions = { connectionString }) {
  const store = await PostgresCertificateStore.open(options);
  opened.push(store);
  return store;
}

const record = (reqId: bigint, more: Partial<CertificateRecord> = {}): CertificateRecord => ({
  network: NETWORK,
  tabId: MAX_U256,
  reqId,
  claimsHash: `0x${'11'.repeat(32)}`,
  certificate: { claims: '0xaabb', signature: `0x${'22'.repeat(96)}` },
  request: 'GET /premium?q=%00 0x00',
  status: 200,
  headers: [
    ['content-type', 'text/plain'],
    ['set-cookie', 'a="1"'],
    ['set-cookie', 'ü\ud800'],
  ],
  bodyHash: `0x${'33'.repeat(32)}`,
  body: Uint8Array.from({ length: 1_000 }, (_, i) => i % 256),
  settledAtMs: START,
  ...more,
});

const settledOnly: Partial<CertificateRecord> = { status: 0, headers: [], body: new Uint8Array() };

async function withClient<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

const run = (...statements: string[]) =>
  withClient(async (client) => {
    for (const statement of statements) await client.query(statement);
  });

describe('records', () => {
  it('are found as they were saved, with ids up to 2^256 - 1, also after the store is opened again', async () => {
    const records = [
      record(0n),
      record(2n ** 53n + 1n, { body: new Uint8Array() }),
      record(MAX_U256 - 1n),
      record(MAX_U256, { certificate: null, body: undefined }),
    ];
    const store = await openStore();
    expect(store.isDurable).toBe(true);
    for (const one of records) await store.save(one);
    await store.close();
    const again = await openStore();
    for (const one of records) expect(await again.find(...TAB, one.reqId)).toEqual(one);
    expect(await again.find(...TAB, 2n ** 53n)).toBeUndefined();
    expect(await again.find('eip155:1', MAX_U256, 0n)).toBeUndefined();
    expect(await again.find(NETWORK, MAX_U256 - 1n, 0n)).toBeUndefined();
  });

  it('are newest by reqId as a number, whatever was saved last', async () => {
    const store = await openStore();
    for (const reqId of [9n, 10n, 2n]) await store.save(record(reqId));
    await store.save(record(11n, { tabId: 1n }));
    expect(await store.findLatest(...TAB)).toEqual({ ...record(10n), body: undefined });
    expect(await store.findLatest('eip155:1', MAX_U256)).toBeUndefined();
  });

  it('that are damaged are refused instead of read as something else', async () => {
    const store = await openStore();
    await store.save(record(0n));
    await run(`update fourmica_certificates set certificate = '{"claims":"0xaabb"}'`);
    await expect(store.find(...TAB, 0n)).rejects.toMatchObject({
      code: 'CERTIFICATE_STORE',
      message: expect.stringContaining('damaged'),
    });
  });
});

describe('a payment', () => {
  it('that was settled first is completed by what is served, once', async () => {
    const store = await openStore();
    await store.save(record(0n, { ...settledOnly, certificate: null }));
    await store.save(record(0n));
    expect(await store.find(...TAB, 0n)).toEqual(record(0n));
    await store.save(record(0n, { status: 201, headers: [], body: undefined, certificate: null }));
    await store.save(record(0n, settledOnly));
    expect(await store.find(...TAB, 0n)).toEqual(record(0n));
  });

  it.each([
    ['claims', { claimsHash: `0x${'12'.repeat(32)}` }],
    ['a request', { request: 'GET /other 0x00' }],
  ] as const)('with other %s is refused, before and after something was served', async (_, other) => {
    const store = await openStore();
    for (const kept of [record(0n, settledOnly), record(0n)]) {
      await store.save(kept);
      await expect(store.save(record(0n, other))).rejects.toMatchObject({
        name: 'X402Error',
        code: 'CERTIFICATE_CONFLICT',
        context: { tabId: MAX_U256, reqId: 0n },
      });
      expect(await store.find(...TAB, 0n)).toEqual(kept);
    }
  });
});

describe('several stores on one database', () => {
  it('open at the same time, though none finds the table', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => openStore()));
    await stores[0]?.save(record(0n));
    for (const store of stores) expect(await store.find(...TAB, 0n)).toEqual(record(0n));
  });

  it('save the same record at the same time', async () => {
    const stores = [await openStore(), await openStore()];
    const saves = Array.from({ length: 40 }, (_, i) => stores[i % 2]?.save(record(BigInt(i % 4))));
    await Promise.all(saves);
    for (const store of stores) {
      for (const reqId of [0n, 1n, 2n, 3n]) expect(await store.find(...TAB, reqId)).toEqual(record(reqId));
    }
  });

  it('let exactly one of two conflicting payments have the place', async () => {
    const [left, right] = [await openStore(), await openStore()];
    for (let reqId = 0n; reqId < 20n; reqId++) {
      const payments = [record(reqId), record(reqId, { claimsHash: `0x${'12'.repeat(32)}` })] as const;
      const saves = await Promise.allSettled([left.save(payments[0]), right.save(payments[1])]);
      const winner = saves.findIndex(({ status }) => status === 'fulfilled');
      expect(saves[1 - winner]).toMatchObject({ reason: { code: 'CERTIFICATE_CONFLICT' } });
      expect(await left.find(...TAB, reqId)).toEqual(payments[winner]);
    }
  });
});

describe('bodies', () => {
  it('are dropped after ten minutes, but nothing else', async () => {
    const store = await openStore();
    await store.save(record(0n));
    await store.save(record(1n, { settledAtMs: START + 1 }));
    await store.save(record(2n, { settledAtMs: START + RESPONSE_RETENTION_MS }));
    expect(await store.find(...TAB, 0n)).toEqual({ ...record(0n), body: undefined });
    expect(await store.find(...TAB, 1n)).toEqual(record(1n, { settledAtMs: START + 1 }));
    expect((await store.find(...TAB, 2n))?.body).toBeDefined();
  });

  it('are dropped by two stores at once, while both save', async () => {
    const stores = [await openStore(), await openStore()];
    const ids = Array.from({ length: 30 }, (_, i) => BigInt(i));
    await Promise.all(ids.map((id) => stores[0]?.save(record(id))));
    const later = START + RESPONSE_RETENTION_MS;
    await Promise.all(
      ids.map((id) => stores[Number(id) % 2]?.save(record(id + 100n, { settledAtMs: later }))),
    );
    for (const id of ids) expect((await stores[0]?.find(...TAB, id))?.body).toBeUndefined();
  });
});

describe('durability', () => {
  it('a saved record survives a crash of the server, even where commits do not wait for the disk', async () => {
    const own = await startPostgres();
    try {
      const url = await own.createDatabase();
      connectionString = url;
      await run(`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`);
      const store = await openStore();
      for (let reqId = 0n; reqId < 20n; reqId++) await store.save(record(reqId));
      await own.kill();
      await expect(store.save(record(20n))).rejects.toMatchObject({ code: 'CERTIFICATE_STORE' });
      await own.start();
      for (let reqId = 0n; reqId < 20n; reqId++) {
        expect(await store.find(...TAB, reqId)).toEqual(record(reqId));
      }
      await store.close();
    } finally {
      await own.stop();
    }
  });

  it('a save that the database holds up fails in time, and can be repeated', async () => {
    const store = await openStore({ connectionString, timeoutMs: 3_000 });
    await withClient(async (client) => {
      await client.query('begin');
      await client.query('lock table fourmica_certificates in access exclusive mode');
      await expect(store.save(record(0n))).rejects.toMatchObject({ code: 'CERTIFICATE_STORE' });
      await client.query('rollback');
    });
    // A busy machine may be too late for the limit more than once.
    await until(
      () => store.save(record(0n)).catch((error: unknown) => error),
      (failure) => failure === undefined,
      'the save',
    );
    expect(await store.find(...TAB, 0n)).toEqual(record(0n));
  });

  it('closing waits for what is being saved', async () => {
    const store = await openStore();
    const saves = Array.from({ length: 30 }, (_, i) => store.save(record(BigInt(i))));
    await Promise.all([store.close(), store.close(), ...saves]);
    const again = await openStore();
    for (let reqId = 0n; reqId < 30n; reqId++) expect(await again.find(...TAB, reqId)).toEqual(record(reqId));
    await expect(store.save(record(99n))).rejects.toMatchObject({ code: 'CERTIFICATE_STORE' });
  });
});

describe('opening', () => {
  it('uses a pool of the caller with its own types, and leaves it open', async () => {
    const getTypeParser: pg.CustomTypesConfig['getTypeParser'] = (oid: number) =>
      oid === TEXT || oid === BOOL ? pg.types.getTypeParser(oid) : () => Number.NaN;
    const pool = new pg.Pool({ connectionString, types: { getTypeParser } });
    try {
      const store = await openStore({ pool, table: 'public.paid' });
      await store.save(record(0n));
      expect(await store.find(...TAB, 0n)).toEqual(record(0n));
      await store.close();
      expect((await pool.query('select tab_id::text from public.paid')).rows).toEqual([
        { tab_id: MAX_U256.toString() },
      ]);
    } finally {
      await pool.end();
    }
  });

  it('needs no right to create tables when the table is there', async () => {
    await (await openStore()).close();
    const role = `reader_${new URL(connectionString).pathname.slice(6)}`;
    await run(
      `create role ${role} login`,
      `grant select, insert, update on fourmica_certificates to ${role}`,
      'revoke create on schema public from public',
    );
    const url = new URL(connectionString);
    url.username = role;
    const store = await openStore({ connectionString: url.href });
    await store.save(record(0n));
    expect(await store.find(...TAB, 0n)).toEqual(record(0n));
    await expect(openStore({ connectionString: url.href, table: 'other' })).rejects.toMatchObject({
      code: 'CERTIFICATE_STORE',
      message: expect.stringContaining('"other"'),
    });
  });

  it('refuses a table of something else', async () => {
    await run('create table mine (id integer)');
    await expect(openStore({ connectionString, table: 'mine' })).rejects.toMatchObject({
      code: 'CERTIFICATE_STORE',
      message: expect.stringContaining('"mine"'),
    });
  });

  it.each([
    ['table', { table: 'a"; drop table b; --' }],
    ['table', { table: '' }],
    ['table', { table: 'x'.repeat(49) }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: 2 ** 31 }],
    ['connectionString', { connectionString: '' }],
  ])('refuses a %s that makes no sense: %j', async (field, options) => {
    await expect(openStore({ connectionString, ...options })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      context: { field },
    });
  });

  it('tells no password when the database cannot be reached', async () => {
    const url = new URL(connectionString);
    url.password = 'hunter2';
    url.port = '1';
    for (const bad of [url.href, 'postgres://me:hunter2@[bad/x']) {
      const error: unknown = await openStore({ connectionString: bad }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'CERTIFICATE_STORE' });
      expect(inspect(error, { depth: 10 })).not.toContain('hunter2');
    }
  });
});
