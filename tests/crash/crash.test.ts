import { randomInt } from 'node:crypto';
import { ETH_ASSET } from '@fourmica/core-types';
import { CoreClient } from '@fourmica/rpc-client';
import { freePort } from '@fourmica/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditAnswers, auditCertificates, auditRows, violatedInvariants } from './support/audit.js';
import { startChain, type TestChain } from './support/chain.js';
import { CoreProcess, coreEnvironment } from './support/core-process.js';
import { Failures } from './support/failures.js';
import { Payer } from './support/payer.js';
import { payWhile, untilAllAdvance } from './support/payment-stream.js';
import { PaymentTask } from './support/payment-task.js';
import { Random } from './support/random.js';
import { embeddedStorage, postgresStorage, type Storage } from './support/storage.js';
import { sleep, until } from './support/wait.js';

/** `CRASH_KILLS=200` runs the long form; `CRASH_SEED` repeats a run's random choices. */
const KILLS = Number(process.env.CRASH_KILLS ?? 5);
const SEED = Number(process.env.CRASH_SEED ?? randomInt(2 ** 31));
const TASKS = 16;
const PAYERS = 4;
const COLLATERAL = 10n ** 15n;
const TOP_UP = 10n ** 9n;
const LONGEST_RUN_MS = 800;
const LONGEST_START_MS = 1_500;
/** A core takes over the chain from a dead one when the lease of fifteen seconds has run out. */
const TAKE_OVER_LIMIT_MS = 90_000;
const TEST_LIMIT_MS = 120_000 + KILLS * 30_000;

describe.each([
  ['an embedded database', embeddedStorage],
  ['a Postgres server', postgresStorage],
])('a core on %s that is killed again and again', (name, openStorage) => {
  let chain: TestChain;
  let storage: Storage;
  let core: CoreProcess | undefined;
  let environment: Readonly<Record<string, string>>;

  beforeAll(async () => {
    chain = await startChain();
    storage = await openStorage();
    environment = coreEnvironment(chain, await freePort(), storage.environment);
  });

  afterAll(async () => {
    await core?.kill();
    await storage?.remove();
    await chain?.stop();
  });

  it(
    `loses nothing, doubles nothing and refuses nothing (seed ${SEED}, ${KILLS} kills)`,
    async () => {
      const random = new Random(SEED);
      const failures = new Failures();
      const baseUrl = `http://127.0.0.1:${environment.SERVER_PORT}`;
      const client = new CoreClient({ baseUrl, timeoutMs: 20_000, hooks: failures.hooks });
      const startsMs: number[] = [];
      let recovered = 0;
      const restart = async () => {
        core = new CoreProcess(environment);
        startsMs.push(await core.serving());
        recovered += core.recovered;
      };

      await restart();
      const payers = await Promise.all(Array.from({ length: PAYERS }, () => Payer.create(chain, COLLATERAL)));
      for (const payer of payers) await untilDeposited(client, payer);
      const tasks = await Promise.all(
        Array.from({ length: TASKS }, (_, i) =>
          PaymentTask.open(client, payers[i % PAYERS] as Payer, i, new Random(SEED + 1 + i)),
        ),
      );

      const killRepeatedly = async () => {
        for (let kill = 0; kill < KILLS; kill++) {
          await untilAllAdvance(tasks);
          await sleep(random.integer(0, LONGEST_RUN_MS));
          await core?.kill();
          if (kill % 3 === 1) await dieWhileStarting(environment, random);
          // What happens on the chain meanwhile is taken in later, once.
          await payers[kill % PAYERS]?.deposit(TOP_UP);
          await tasks[kill % TASKS]?.payOnChain(1n);
          await restart();
        }
        await untilAllAdvance(tasks);
      };
      await payWhile(tasks, killRepeatedly);

      expect(failures.undocumented).toEqual([]);
      await core?.kill();
      await restart();
      await untilChainIsTakenIn(client, tasks);
      await auditAnswers(client, tasks);
      await core?.kill();
      expect(await violatedInvariants(environment)).toEqual([]);
      await auditRows(storage, tasks);
      await auditCertificates(chain, tasks);
      const certificates = tasks.reduce((sum, { receipts }) => sum + receipts.length, 0);
      console.info(
        `${name}: ${certificates} certificates, ${recovered} signed at a start, slowest restart ${Math.round(Math.max(...startsMs.slice(1)))} ms, failures seen:`,
        failures.counts,
      );
    },
    TEST_LIMIT_MS,
  );
});

/** Starts the core and kills it before it has finished to recover. */
async function dieWhileStarting(
  environment: Readonly<Record<string, string>>,
  random: Random,
): Promise<void> {
  const core = new CoreProcess(environment);
  await sleep(random.integer(50, LONGEST_START_MS));
  await core.kill();
}

const untilDeposited = (client: CoreClient, payer: Payer) =>
  until(
    () => client.getUserAssetBalance(payer.address, ETH_ASSET),
    (balance) => balance?.total === payer.deposited,
    'the deposit in the core',
    TAKE_OVER_LIMIT_MS,
  );

async function untilChainIsTakenIn(client: CoreClient, tasks: readonly PaymentTask[]): Promise<void> {
  for (const payer of new Set(tasks.map((task) => task.payer))) await untilDeposited(client, payer);
  for (const task of tasks) {
    await until(
      () => client.getTab(task.tabId),
      (tab) => tab?.paidAmount === task.paid,
      'the payment in the core',
      TAKE_OVER_LIMIT_MS,
    );
    const { paid } = await task.payer.gateway.getTabPaymentStatus(task.tabId);
    expect(paid).toBe(task.paid);
  }
}
