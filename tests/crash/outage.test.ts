import { ETH_ASSET } from '@fourmica/core-types';
import { CoreClient } from '@fourmica/rpc-client';
import { freePort, type PostgresServer } from '@fourmica/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditAnswers, auditRows, violatedInvariants } from './support/audit.js';
import { startChain, type TestChain } from './support/chain.js';
import { CoreProcess, coreEnvironment } from './support/core-process.js';
import { Failures } from './support/failures.js';
import { Payer } from './support/payer.js';
import { payWhile, untilAllAdvance } from './support/payment-stream.js';
import { PaymentTask } from './support/payment-task.js';
import { Random } from './support/random.js';
import { postgresStorage, type Storage } from './support/storage.js';
import { sleep, until } from './support/wait.js';

const TASKS = 8;
const PAYERS = 2;
const OUTAGE_MS = 500;
/** A core that finds its node gone looks for it again with growing pauses. */
const NODE_BACK_MS = 120_000;

let chain: TestChain;
let storage: Storage & { readonly server: PostgresServer };
let core: CoreProcess;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  chain = await startChain();
  storage = await postgresStorage();
  environment = coreEnvironment(chain, await freePort(), storage.environment);
  core = await CoreProcess.start(environment);
});

afterAll(async () => {
  await core?.kill();
  await storage?.remove();
  await chain?.stop();
});

describe('a core whose Postgres server, and then its Ethereum node, goes away and comes back', () => {
  it('loses nothing and tells its clients to try again', async () => {
    const failures = new Failures();
    const client = new CoreClient({
      baseUrl: `http://127.0.0.1:${environment.SERVER_PORT}`,
      hooks: failures.hooks,
    });
    const payers = await Promise.all(Array.from({ length: PAYERS }, () => Payer.create(chain, 10n ** 12n)));
    for (const payer of payers) {
      await until(
        () => client.getUserAssetBalance(payer.address, ETH_ASSET),
        (balance) => balance?.total === payer.deposited,
        'the deposit in the core',
      );
    }
    const tasks = await Promise.all(
      Array.from({ length: TASKS }, (_, i) =>
        PaymentTask.open(client, payers[i % PAYERS] as Payer, i, new Random(i)),
      ),
    );

    await payWhile(tasks, async () => {
      for (const end of [storage.server.kill, storage.server.shutDown, storage.server.kill]) {
        await untilAllAdvance(tasks);
        await end();
        await sleep(OUTAGE_MS);
        await storage.server.start();
        core.assertRuns();
      }
      await untilAllAdvance(tasks);

      await chain.kill();
      await untilAllAdvance(tasks);
      await chain.restart();
      const [task] = tasks;
      await task?.payOnChain(1n);
      await until(
        () => client.getTab(task?.tabId ?? 0n),
        (tab) => tab?.paidAmount === 1n,
        'the payment after the outage of the node',
        NODE_BACK_MS,
      );
      await untilAllAdvance(tasks);
      core.assertRuns();
    });

    expect(failures.undocumented).toEqual([]);
    await auditAnswers(client, tasks);
    await core.kill();
    expect(await violatedInvariants(environment)).toEqual([]);
    await auditRows(storage, tasks);
  });
});
