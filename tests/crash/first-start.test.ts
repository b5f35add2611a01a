import { readdir } from 'node:fs/promises';
import { freePort } from '@fourmica/test-support';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { CoreProcess, coreEnvironment } from './support/core-process.js';
import { embeddedStorage } from './support/storage.js';
import { sleep, until } from './support/wait.js';

let chain: TestChain;

beforeAll(async () => {
  chain = await startChain();
});

afterAll(async () => {
  await chain?.stop();
});

describe('a core that is killed while it creates its data directory', () => {
  it.each([0, 200])('serves after the next start (killed %i ms after the first file)', async (ms) => {
    const storage = await embeddedStorage();
    const { CORE_DATA_DIR: dataDir = '' } = storage.environment;
    const environment = coreEnvironment(chain, await freePort(), storage.environment);
    let core = new CoreProcess(environment);
    try {
      await until(
        () => readdir(dataDir).catch(() => []),
        (files) => files.length > 0,
        'a file in the data directory',
      );
      await sleep(ms);
      await core.kill();
      core = await CoreProcess.start(environment);
    } finally {
      await core.kill();
      await storage.remove();
    }
  });
});
