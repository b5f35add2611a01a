import { ETH_ASSET } from '@fourmica/core-types';
import { CoreClient } from '@fourmica/rpc-client';
import { freePort } from '@fourmica/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violatedInvariants } from './support/audit.js';
import { startChain, type TestChain } from './support/chain.js';
import { CoreProcess, coreEnvironment } from './support/core-process.js';
import { Failures } from './support/failures.js';
import { Payer } from './support/payer.js';
import { payWhile } from './support/payment-stream.js';
import { PaymentTask } from './support/payment-task.js';
import { Random } from './support/random.js';
import { postgresStorage, type Storage } from './support/storage.js';
import { until } from './support/wait.js';

const TASKS = 8;
const ROUNDS = 6;
const SCAN_INTERVAL_MS = 700;

let chain: TestChain;
let storage: Storage;
let core: CoreProcess;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  chain = await startChain();
  storage = await postgresStorage();
  environment = {
    ...coreEnvironment(chain, await freePort(), storage.environment),
    CHAIN_SCAN_INTERVAL_MS: String(SCAN_INTERVAL_MS),
  };
  core = await CoreProcess.start(environment);
});

afterAll(async () => {
  await core?.kill();
  await storage?.remove();
  await chain?.stop();
});

describe('taking in the chain while guarantees are issued', () => {
  it('refuses no request when a payment and a deposit of the same payer come together', async () => {
    const failures = new Failures();
    const client = new CoreClient({
      baseUrl: `http://127.0.0.1:${environment.SERVER_PORT}`,
      hooks: failures.hooks,
    });
    const payer = await Payer.create(chain, 10n ** 12n);
    const untilDeposited = () =>
      until(
        () => client.getUserAssetBalance(payer.address, ETH_ASSET),
        (balance) => balance?.total === payer.deposited,
        'the deposit in the core',
      );
    await untilDeposited();
    const tasks = await Promise.all(
      Array.from({ length: TASKS }, (_, i) => PaymentTask.open(client, payer, i, new Random(i))),
    );

    await payWhile(tasks, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        for (const task of tasks.slice(0, 2)) await task.payOnChain(1n);
        await payer.deposit(1n);
        await untilDeposited();
      }
    });

    expect(failures.counts).toEqual({});
    await core.kill();
    expect(await violatedInvariants(environment)).toEqual([]);
  });
});
