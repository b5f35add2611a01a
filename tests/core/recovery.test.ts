import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { startCore } from './support/core.js';
import { createDatabase, DATABASES } from './support/database.js';
import { get } from './support/http.js';
import { Payer } from './support/payer.js';

let chain: TestChain;

beforeAll(async () => {
  chain = await startChain();
});

afterAll(async () => {
  await chain?.stop();
});

class Stopped extends Error {}

describe.each(DATABASES)('C-38: a core on %s that stops between reserving and signing', (kind) => {
  it('signs at the next start what it had reserved, and a retry gets that certificate', async () => {
    const { config: database, remove } = await createDatabase(kind);
    let isStopping = false;
    const seams = {
      afterReserve: () => {
        if (isStopping) throw new Stopped();
      },
    };
    const first = await startCore(chain, { database }, { issuingSeams: seams });
    const payer = await Payer.withCollateral(chain, first.url, 100n);
    const tab = await payer.openTab(first.url);
    await payer.issue(first.url, { tabId: tab.id, reqId: 0, amount: 1 });
    isStopping = true;
    const timestamp = BigInt(Math.floor(Date.now() / 1000));
    const parts = { tabId: tab.id, reqId: 1, amount: 41, timestamp };
    expect(await payer.issue(first.url, parts)).toEqual({
      status: 500,
      body: { error: 'internal server error' },
    });
    const unsigned = await get<{ certificate: string | null }>(
      `${first.url}/core/tabs/${tab.id}/guarantees/1`,
    );
    expect(unsigned.body.certificate).toBeNull();
    expect(await payer.balance(first.url)).toMatchObject({ locked: '0x2a' });
    await first.service.close();

    const second = await startCore(chain, { database });
    const recovered = await get<{ certificate: string }>(`${second.url}/core/tabs/${tab.id}/guarantees/1`);
    expect(recovered.body.certificate).not.toBeNull();
    const retried = await payer.issue(second.url, parts);
    expect(retried.status).toBe(200);
    expect(retried.body).toEqual(JSON.parse(recovered.body.certificate));
    expect(await payer.balance(second.url)).toMatchObject({ locked: '0x2a' });
    expect(await second.service.checkInvariants()).toEqual([]);
    await second.service.close();
    await remove();
  });
});

describe.each(DATABASES)('C-3, C-11: a core on %s that starts late or again', (kind) => {
  it('takes in what happened since the contract was deployed, once', async () => {
    const early = await Payer.create(chain);
    await early.gateway.deposit(77n);
    await chain.mine(60);
    const { config: database, remove } = await createDatabase(kind);
    for (let start = 0; start < 2; start++) {
      const core = await startCore(chain, { database, maxLogBlockRange: 7 });
      const marker = await Payer.withCollateral(chain, core.url, 5n);
      expect(await marker.balance(core.url)).toMatchObject({ total: '0x5' });
      expect(await early.balance(core.url)).toMatchObject({ total: '0x4d' });
      expect(await core.service.checkInvariants()).toEqual([]);
      await core.service.close();
    }
    await remove();
  });
});
