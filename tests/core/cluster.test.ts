import { parseAddress } from '@fourmica/core-types';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { MovableClock } from './support/clock.js';
import { startCore } from './support/core.js';
import { CoreProcess } from './support/core-process.js';
import { useDatabase } from './support/database.js';
import { post } from './support/http.js';
import { nowSeconds, Payer, readTab } from './support/payer.js';
import { until } from './support/wait.js';

/** The lease of fifteen seconds has to run out, and the sessions of a paused core have to be ended. */
const TAKE_OVER_LIMIT_MS = 90_000;

const database = useDatabase('postgres');
let chain: TestChain;

beforeAll(async () => {
  chain = await startChain();
});

afterAll(async () => {
  await chain?.stop();
});

describe('several cores on one database', () => {
  it('issue on the same tab in turn, whichever gets the request', async () => {
    const config = { database: database.config, earlyRequestMaxWaitMs: 20_000 };
    const cores = await Promise.all([startCore(chain, config), startCore(chain, config)]);
    try {
      const urls = cores.map(({ url }) => url);
      const payer = await Payer.withCollateral(chain, urls[0] ?? '', 1_000n);
      const tab = await payer.openTab(urls[0] ?? '');
      const timestamp = nowSeconds();
      const answers = await Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          const reqId = (i * 7) % 40;
          const request = await payer.request({ tabId: tab.id, reqId, amount: 1, timestamp });
          return post(`${urls[i % 2]}/core/guarantees`, request);
        }),
      );
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      expect(await readTab(urls[1] ?? '', tab.id)).toMatchObject({
        total_amount: '0x28',
        last_req_id: '0x27',
      });
      expect(await cores[1]?.service.checkInvariants()).toEqual([]);
    } finally {
      await Promise.all(cores.map(({ service }) => service.close()));
    }
  });

  it('sell a payer of one balance exactly what there is', async () => {
    const config = { database: database.config };
    const cores = await Promise.all([startCore(chain, config), startCore(chain, config)]);
    try {
      const payer = await Payer.withCollateral(chain, cores[0].url, 100n);
      const answers = await Promise.all(
        Array.from({ length: 30 }, async (_, i) => {
          const { url } = cores[i % 2 === 0 ? 0 : 1];
          const recipient = parseAddress(`0x${(i + 1).toString(16).padStart(40, '8')}`);
          const tab = await payer.openTab(url, recipient);
          return payer.issue(url, { tabId: tab.id, reqId: 0, amount: 5, recipient });
        }),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
      expect(await payer.balance(cores[1].url)).toMatchObject({ locked: '0x64', available: '0x0' });
      expect(await cores[0].service.checkInvariants()).toEqual([]);
    } finally {
      await Promise.all(cores.map(({ service }) => service.close()));
    }
  });

  it('go on reading the chain when the one that does is paused, and keep it from writing when it wakes', async () => {
    const paused = await CoreProcess.create(chain, database.config);
    try {
      await paused.start();
      const before = await Payer.withCollateral(chain, paused.url, 11n);
      paused.pause('SIGSTOP');
      const successor = await startCore(chain, { database: database.config });
      try {
        const during = await Payer.create(chain);
        await during.gateway.deposit(22n);
        await until(
          () => during.balance(successor.url),
          (balance) => balance?.total === '0x16',
          'the deposit in the successor',
          TAKE_OVER_LIMIT_MS,
        );
        paused.pause('SIGCONT');
        await until(
          () => isHealthy(paused.url),
          (healthy) => healthy,
          'the woken core',
        );
        const after = await Payer.withCollateral(chain, paused.url, 33n);
        for (const [payer, total] of [
          [before, '0xb'],
          [during, '0x16'],
          [after, '0x21'],
        ] as const) {
          expect(await payer.balance(successor.url)).toMatchObject({ total });
        }
        expect(await successor.service.checkInvariants()).toEqual([]);
      } finally {
        await successor.service.close();
      }
    } finally {
      paused.pause('SIGCONT');
      await paused.end('SIGKILL');
    }
  });
});

describe('four core processes on one database', () => {
  let cores: CoreProcess[] = [];

  afterAll(async () => {
    for (const core of cores) core.pause('SIGCONT');
    await Promise.all(cores.map((core) => core.end('SIGKILL')));
  });

  /** The process that has the right to read the chain. */
  async function chainReader(): Promise<CoreProcess | undefined> {
    if (database.config.kind !== 'postgres') throw new Error('the cores share a Postgres server');
    const client = new pg.Client({ connectionString: database.config.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ holder: string }>('select holder from leases');
      return cores.find(({ pid }) => rows[0]?.holder.split(':')[1] === String(pid));
    } finally {
      await client.end();
    }
  }

  it('go on when the one that reads the chain is killed, and when the next one is paused and wakes up', async () => {
    cores = await Promise.all(Array.from({ length: 4 }, () => CoreProcess.create(chain, database.config)));
    for (const core of cores) await core.start();
    const payer = await Payer.withCollateral(chain, cores[3]?.url ?? '', 1_000n);
    const tab = await payer.openTab(cores[0]?.url ?? '');
    const timestamp = nowSeconds();
    let next = 0;
    /** Sends a round of payments on one tab in shuffled order to all processes that answer. */
    const payRound = async (living: readonly CoreProcess[]) => {
      const from = next;
      next += 24;
      const answers = await Promise.all(
        Array.from({ length: 24 }, async (_, i) => {
          const reqId = from + ((i * 7) % 24);
          const url = living[i % living.length]?.url ?? '';
          return payer.issue(url, { tabId: tab.id, reqId, amount: 1, timestamp });
        }),
      );
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    };
    const deposited = async (living: readonly CoreProcess[], total: bigint) => {
      await payer.gateway.deposit(100n);
      for (const { url } of living) {
        await until(
          () => payer.balance(url),
          (balance) => balance !== null && BigInt(balance.total) === total,
          'the deposit in every process',
          TAKE_OVER_LIMIT_MS,
        );
      }
    };
    await payRound(cores);

    const first = await chainReader();
    await first?.end('SIGKILL');
    const afterKill = cores.filter((core) => core !== first);
    expect(afterKill).toHaveLength(3);
    await Promise.all([payRound(afterKill), deposited(afterKill, 1_100n)]);

    const second = await chainReader();
    second?.pause('SIGSTOP');
    const afterPause = afterKill.filter((core) => core !== second);
    expect(afterPause).toHaveLength(2);
    await Promise.all([payRound(afterPause), deposited(afterPause, 1_200n)]);
    expect(await chainReader()).not.toBe(second);

    second?.pause('SIGCONT');
    await until(
      () => isHealthy(second?.url ?? ''),
      (healthy) => healthy,
      'the woken core',
    );
    await payRound(afterKill);
    await deposited(afterKill, 1_300n);
    const auditor = await startCore(chain, { database: database.config });
    try {
      expect(await readTab(auditor.url, tab.id)).toMatchObject({ total_amount: '0x60', last_req_id: '0x5f' });
      expect(await auditor.service.checkInvariants()).toEqual([]);
    } finally {
      await auditor.service.close();
    }
  });
});

describe('cores whose clocks differ', () => {
  it('by seconds share the work; one that is hours ahead stops issuing and takes nothing away from the other', async () => {
    const clocks = [-3, 3].map((seconds) => {
      const clock = new MovableClock();
      clock.advance(seconds);
      return clock;
    });
    const config = { database: database.config, earlyRequestMaxWaitMs: 20_000 };
    const cores = await Promise.all(clocks.map((clock) => startCore(chain, config, { clock })));
    const [behind, ahead] = cores.map(({ url }) => url);
    if (behind === undefined || ahead === undefined) throw new Error('two cores are needed');
    try {
      const payer = await Payer.withCollateral(chain, ahead, 1_000n);
      const tab = await payer.openTab(behind);
      const pay = async (url: string, reqId: number) =>
        payer.issue(url, { tabId: tab.id, reqId, amount: 1, timestamp: nowSeconds() });
      for (let reqId = 0; reqId < 10; reqId++) {
        expect((await pay(reqId % 2 === 0 ? behind : ahead, reqId)).status).toBe(200);
      }
      clocks[1]?.advance(7_200);
      const refused = await pay(ahead, 10);
      expect(refused.status).toBe(503);
      expect(refused.body.error).toContain('issuing is stopped');
      expect((await pay(behind, 10)).status).toBe(200);
      await payer.gateway.deposit(5n);
      await until(
        () => payer.balance(behind),
        (balance) => balance?.total === '0x3ed',
        'the deposit',
      );
      expect(await cores[0]?.service.checkInvariants()).toEqual([]);
    } finally {
      await Promise.all(cores.map(({ service }) => service.close()));
    }
  });
});

const isHealthy = (url: string): Promise<boolean> =>
  fetch(`${url}/core/health`, { signal: AbortSignal.timeout(1_000) }).then(
    (response) => response.status === 200,
    () => false,
  );
