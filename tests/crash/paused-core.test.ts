import { ETH_ASSET } from '@fourmica/core-types';
import { CoreClient } from '@fourmica/rpc-client';
import { freePort } from '@fourmica/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditAnswers, auditRows, violatedInvariants } from './support/audit.js';
import { startChain, type TestChain } from './support/chain.js';
import { CoreProcess, coreEnvironment } from './support/core-process.js';
import { Failures } from './support/failures.js';
import { Payer } from './support/payer.js';
import { payWhile, untilAllAdvance } from './support/payment-stream.js';
import { PaymentTask } from './support/payment-task.js';
import { Random } from './support/random.js';
import { postgresStorage, type Storage, type TextRow } from './support/storage.js';
import { sleep, until } from './support/wait.js';

const TASKS = 8;
const PAYERS = 2;
/** The lease of fifteen seconds has to run out, and the sessions of the paused core have to be ended. */
const TAKE_OVER_LIMIT_MS = 90_000;
const PAUSE_ATTEMPTS = 100;
const WATCHED_AFTER_WAKING_MS = 2_000;

const LEASE = `select holder, epoch::text from leases where name = 'chain-watcher'`;
/** Transactions of a process that does nothing with them; a running core goes on within milliseconds. */
const ABANDONED = `
  select pid::text from pg_stat_activity
  where application_name = '4mica-core' and state = 'idle in transaction'
    and state_change < clock_timestamp() - interval '300 milliseconds'`;

let chain: TestChain;
let storage: Storage;
let pausedCore: CoreProcess;
let otherCore: CoreProcess;
let environments: Readonly<Record<string, string>>[];

beforeAll(async () => {
  chain = await startChain();
  storage = await postgresStorage();
  environments = [
    coreEnvironment(chain, await freePort(), storage.environment),
    coreEnvironment(chain, await freePort(), storage.environment),
  ];
});

afterAll(async () => {
  await pausedCore?.kill();
  await otherCore?.kill();
  await storage?.remove();
  await chain?.stop();
});

describe('two cores on one database, one of which is paused in the middle of transactions', () => {
  it('do not stop each other, and the one that wakes up writes nothing stale', async () => {
    const [pausedEnvironment = {}, otherEnvironment = {}] = environments;
    pausedCore = await CoreProcess.start(pausedEnvironment);
    const before = await until(readLease, (lease) => lease !== undefined, 'the lease of the first core');
    otherCore = await CoreProcess.start(otherEnvironment);
    const failures = new Failures();
    const [pausedClient, otherClient] = [pausedEnvironment, otherEnvironment].map(
      ({ SERVER_PORT }) =>
        new CoreClient({
          baseUrl: `http://127.0.0.1:${SERVER_PORT}`,
          timeoutMs: 2 * TAKE_OVER_LIMIT_MS,
          hooks: failures.hooks,
        }),
    ) as [CoreClient, CoreClient];
    const payers = await Promise.all(Array.from({ length: PAYERS }, () => Payer.create(chain, 10n ** 12n)));
    for (const payer of payers) await untilDeposited(pausedClient, payer);
    const open = (client: CoreClient, first: number) =>
      Promise.all(
        Array.from({ length: TASKS }, (_, i) =>
          PaymentTask.open(client, payers[i % PAYERS] as Payer, first + i, new Random(first + i)),
        ),
      );
    const pausedTasks = await open(pausedClient, 0);
    const otherTasks = await open(otherClient, TASKS);
    const tasks = [...pausedTasks, ...otherTasks];

    const pauseAndWake = async () => {
      await untilAllAdvance(tasks);
      await pauseInTransaction(pausedCore);
      // The balances that the paused core has locked are those of the other core's payers.
      await untilAllAdvance(otherTasks);
      await payers[0]?.deposit(7n);
      await untilDeposited(otherClient, payers[0] as Payer);
      const during = await readLease();
      expect(during?.holder).not.toBe(before?.holder);
      expect(BigInt(during?.epoch ?? 0)).toBeGreaterThan(BigInt(before?.epoch ?? 0));
      pausedCore.resume();
      await untilAllAdvance(tasks);
      await sleep(WATCHED_AFTER_WAKING_MS);
      expect(await readLease()).toEqual(during);
    };
    await payWhile(tasks, pauseAndWake);

    expect(failures.undocumented).toEqual([]);
    await auditAnswers(pausedClient, tasks);
    await auditAnswers(otherClient, tasks);
    await pausedCore.kill();
    await otherCore.kill();
    expect(await violatedInvariants(pausedEnvironment)).toEqual([]);
    await auditRows(storage, tasks);
  }, 240_000);
});

/** Pauses the core again and again until it is caught with a transaction open. */
async function pauseInTransaction(core: CoreProcess): Promise<void> {
  for (let attempt = 0; attempt < PAUSE_ATTEMPTS; attempt++) {
    core.pause();
    await sleep(400);
    const [abandoned] = await storage.query(ABANDONED);
    if (abandoned !== undefined && abandoned.length > 0) return;
    core.resume();
    await sleep(20 + attempt);
  }
  throw new Error(`the core was not caught in a transaction in ${PAUSE_ATTEMPTS} attempts`);
}

async function readLease(): Promise<TextRow | undefined> {
  const [rows] = await storage.query(LEASE);
  return rows?.[0];
}

const untilDeposited = (client: CoreClient, payer: Payer) =>
  until(
    () => client.getUserAssetBalance(payer.address, ETH_ASSET),
    (balance) => balance?.total === payer.deposited,
    'the deposit in the core',
    TAKE_OVER_LIMIT_MS,
  );
