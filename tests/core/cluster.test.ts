import { parseAddress } from '@fourmica/core-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { startCore } from './support/core.js';
import { CoreProcess } from './support/core-process.js';
import { useDatabase } from './support/database.js';
import { post } from './support/http.js';
import { nowSeconds, Payer, readTab } from './support/payer.js';
import { until } from './support/wait.js';

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

const isHealthy = (url: string): Promise<boolean> =>
  fetch(`${url}/core/health`, { signal: AbortSignal.timeout(1_000) }).then(
    (response) => response.status === 200,
    () => false,
  );
