import { adminApiKeyOfSeed, type DatabaseConfig } from '@fourmica/core';
import { parseAddress } from '@fourmica/core-types';
import { CoreClient } from '@fourmica/rpc-client';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { startCore, type TestCore } from './support/core.js';
import { DATABASES, useDatabase } from './support/database.js';
import { call, get, post } from './support/http.js';
import { newRecipient, nowSeconds, Payer } from './support/payer.js';

const ADMIN_SEED = 'a seed of an admin key that nobody else knows';
const WAIT = { timeout: 60_000, interval: 20 };

const suspend = (coreUrl: string, user: string) =>
  call(
    `${coreUrl}/core/users/${user}/suspension`,
    'POST',
    { suspended: true },
    { 'x-api-key': adminApiKeyOfSeed(ADMIN_SEED) },
  );

function postgresUrl(config: DatabaseConfig): string {
  if (config.kind !== 'postgres') throw new Error('the database is not a Postgres server');
  return config.url;
}

async function waitingForRows(connection: pg.Client): Promise<number | null> {
  const { rowCount } = await connection.query('select from pg_locks where not granted');
  return rowCount;
}

async function isSuspended(connection: pg.Client, user: string): Promise<unknown> {
  const query = 'select is_suspended from users where user_address = $1';
  const { rows } = await connection.query(query, [user.toLowerCase()]);
  return rows[0]?.is_suspended;
}

describe.each(DATABASES)('on %s', (kind) => {
  const database = useDatabase(kind);
  let chain: TestChain;
  let core: TestCore;

  beforeAll(async () => {
    chain = await startChain();
    // A loaded machine may need longer than the two seconds that a request waits by default.
    core = await startCore(chain, {
      database: database.config,
      earlyRequestMaxWaitMs: 20_000,
      adminSeedKey: ADMIN_SEED,
    });
  });

  afterAll(async () => {
    await core?.service.close();
    await chain?.stop();
  });

  describe('concurrent payments', () => {
    it('S-3: of 64 clients through 64 tabs succeed exactly as often as the collateral allows', async () => {
      const clients = 64;
      const rounds = 3;
      const affordable = 100;
      const payer = await Payer.withCollateral(chain, core.url, BigInt(affordable) * 10n + 9n);
      const timestamp = nowSeconds();
      const answers = await Promise.all(
        Array.from({ length: clients }, async (_, i) => {
          const recipient = parseAddress(`0x${i.toString(16).padStart(40, '5')}`);
          const tab = await payer.openTab(core.url, recipient);
          const statuses: { status: number; error: unknown }[] = [];
          for (let reqId = 0; reqId < rounds; reqId++) {
            const { status, body } = await payer.issue(core.url, {
              tabId: tab.id,
              reqId,
              amount: 10,
              recipient,
              timestamp,
            });
            statuses.push({ status, error: body.error });
            if (status !== 200) break;
          }
          return statuses;
        }),
      );
      const flat = answers.flat();
      expect(flat.filter(({ status }) => status === 200)).toHaveLength(affordable);
      const refused = flat.filter(({ status }) => status !== 200);
      expect(new Set(refused.map(({ status, error }) => `${status} ${error}`))).toEqual(
        new Set(['400 Not enough free collateral']),
      );
      expect(await payer.balance(core.url)).toMatchObject({ locked: '0x3e8', available: '0x9' });
      expect(await core.service.checkInvariants()).toEqual([]);
    });

    it('C-41: end with the suspension: once it is answered, nothing more is issued', async () => {
      const payer = await Payer.withCollateral(chain, core.url, 1_000n);
      const requests = await Promise.all(
        Array.from({ length: 40 }, async () => {
          const recipient = newRecipient();
          const { id } = await payer.openTab(core.url, recipient);
          return payer.request({ tabId: id, reqId: 0, amount: 1, recipient });
        }),
      );
      const underWay = requests.map((request) => post(`${core.url}/core/guarantees`, request));
      await underWay[0];
      expect(await suspend(core.url, payer.address)).toMatchObject({ status: 200 });
      const locked = (await payer.balance(core.url))?.locked;
      const statuses = (await Promise.all(underWay)).map(({ status }) => status);
      expect(BigInt(statuses.filter((status) => status === 200).length)).toBe(BigInt(locked ?? -1));
      expect(statuses.filter((status) => status !== 200 && status !== 403)).toEqual([]);
      expect(await payer.balance(core.url)).toMatchObject({ locked });
    });

    if (kind === 'postgres') {
      it('C-41: the suspension of a recipient is answered after what is issued to it at this moment', async () => {
        const payer = await Payer.withCollateral(chain, core.url, 1_000n);
        const recipient = newRecipient();
        const tab = await payer.openTab(core.url, recipient);
        const connection = new pg.Client(postgresUrl(database.config));
        await connection.connect();
        try {
          await connection.query('begin');
          await connection.query('select from tabs where user_address = $1 for no key update', [
            payer.address.toLowerCase(),
          ]);
          const issuing = payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 7, recipient });
          await vi.waitFor(async () => expect(await waitingForRows(connection)).toBeGreaterThan(0), WAIT);
          const suspending = suspend(core.url, recipient);
          await vi.waitFor(async () => expect(await isSuspended(connection, recipient)).toBe(true), WAIT);
          await connection.query('rollback');

          expect(await suspending).toMatchObject({ status: 200 });
          expect(await payer.balance(core.url)).toMatchObject({ locked: '0x7' });
          expect(await issuing).toMatchObject({ status: 200 });
          expect(
            await payer.issue(core.url, { tabId: tab.id, reqId: 1, amount: 7, recipient }),
          ).toMatchObject({ status: 403, body: { error: 'user suspended' } });
        } finally {
          await connection.end();
        }
      });
    }

    it('of one tab in shuffled order all succeed', async () => {
      const payer = await Payer.withCollateral(chain, core.url, 1_000n);
      const tab = await payer.openTab(core.url);
      const timestamp = nowSeconds();
      const reqIds = Array.from({ length: 64 }, (_, i) => (i * 37) % 64);
      const requests = await Promise.all(
        reqIds.map((reqId) => payer.request({ tabId: tab.id, reqId, amount: 1, timestamp })),
      );
      const answers = await Promise.all(
        requests.map((request) => post(`${core.url}/core/guarantees`, request)),
      );
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      expect(await core.service.checkInvariants()).toEqual([]);
    });

    it('C-27, C-29: of one tab leave as the latest guarantee the one with the highest reqId; clients read its certificate out of the text', async () => {
      const payer = await Payer.withCollateral(chain, core.url, 1_000n);
      const recipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient);
      const issue = (reqId: number) => payer.issue(core.url, { tabId: tab.id, reqId, amount: 1, recipient });
      // Those that share a transaction have one time.
      const answers = await Promise.all([0, 1, 2, 3, 4].map(issue));
      const { body: latest } = await get<{ req_id: string; certificate: string }>(
        `${core.url}/core/tabs/${tab.id}/guarantees/latest`,
      );
      expect(latest.req_id).toBe('0x4');
      expect(JSON.parse(latest.certificate)).toEqual(answers[4]?.body);
      const client = new CoreClient({ baseUrl: core.url });
      const [pending] = await client.listPendingRemunerations(recipient);
      expect(pending?.latestGuarantee).toEqual(await client.getLatestGuarantee(tab.id));
      expect(pending?.latestGuarantee).toMatchObject({
        reqId: 4n,
        certificate: { claims: `0x${answers[4]?.body.claims}`, signature: `0x${answers[4]?.body.signature}` },
      });
    });

    it('of one tab, a thousand of them with 64 under way, all succeed', async () => {
      const payer = await Payer.withCollateral(chain, core.url, 1_000n);
      const tab = await payer.openTab(core.url);
      const timestamp = nowSeconds();
      let next = 0;
      const send = async () => {
        for (let reqId = next++; reqId < 1_000; reqId = next++) {
          const { status, body } = await payer.issue(core.url, {
            tabId: tab.id,
            reqId,
            amount: 1,
            timestamp,
          });
          expect({ status, error: body.error }).toEqual({ status: 200 });
        }
      };
      await Promise.all(Array.from({ length: 64 }, send));
      expect(await payer.balance(core.url)).toMatchObject({ locked: '0x3e8', available: '0x0' });
      expect(await core.service.checkInvariants()).toEqual([]);
    });

    it('of the same request many times at once create one debt', async () => {
      const payer = await Payer.withCollateral(chain, core.url, 1_000n);
      const tab = await payer.openTab(core.url);
      const request = await payer.request({ tabId: tab.id, reqId: 0, amount: 7 });
      const answers = await Promise.all(
        Array.from({ length: 32 }, () => post(`${core.url}/core/guarantees`, request)),
      );
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(answers[0]?.status).toBe(200);
      expect(await payer.balance(core.url)).toMatchObject({ locked: '0x7' });
    });
  });
});
