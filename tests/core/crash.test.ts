import { createCore, createLogger } from '@fourmica/core';
import { parseAddress, uintToHex } from '@fourmica/core-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { coreConfig } from './support/core.js';
import { CoreProcess } from './support/core-process.js';
import { createDatabase, DATABASES } from './support/database.js';
import { get, post } from './support/http.js';
import { type Certificate, nowSeconds, Payer, readTab } from './support/payer.js';
import { until } from './support/wait.js';

const TASKS = 16;
const KILLS = 5;
const AMOUNT = 3n;
/** What a client may hear of a core that is being killed and started, besides success and a broken connection. */
const RETRYABLE = new Set([503]);
const PAID_RECIPIENT = parseAddress(`0x${'99'.repeat(20)}`);
const PAID_COLLATERAL = 10n ** 6n;

let chain: TestChain;

beforeAll(async () => {
  chain = await startChain();
});

afterAll(async () => {
  await chain?.stop();
});

/** Streams payments on one tab until told to stop; each is sent again until it is answered. */
async function streamPayments(
  payer: Payer,
  url: string,
  task: number,
  isOver: () => boolean,
): Promise<{ tabId: string; certificates: Certificate[] }> {
  const recipient = parseAddress(`0x${(task + 1).toString(16).padStart(40, '7')}`);
  const tab = await persist(() => payer.openTab(url, recipient));
  const certificates: Certificate[] = [];
  const timestamp = nowSeconds();
  for (let reqId = 0; !isOver(); reqId++) {
    const request = await payer.request({ tabId: tab.id, reqId, amount: AMOUNT, recipient, timestamp });
    const answer = await persist(async () => {
      const response = await post<Certificate>(`${url}/core/guarantees`, request);
      if (RETRYABLE.has(response.status)) throw new TypeError(`status ${response.status}`);
      return response;
    });
    expect(answer).toMatchObject({ status: 200 });
    certificates.push(answer.body);
  }
  return { tabId: tab.id, certificates };
}

/** Pays a tab on chain in small parts, and deposits as often, until told to stop. */
async function moveMoney(payer: Payer, tabId: string, isOver: () => boolean): Promise<bigint> {
  let rounds = 0n;
  for (; !isOver(); rounds++) {
    await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 10n, recipient: PAID_RECIPIENT });
    await payer.gateway.deposit(1n);
    await pause(150);
  }
  return rounds;
}

/** Tries again while the core cannot be reached; `fetch` reports that as a TypeError. */
async function persist<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TypeError) || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(DATABASES)('a core on %s that is killed under load', (kind) => {
  it('C-3, S-5: serves every certificate again, signs what it reserved, counts deposits and payments once', async () => {
    const { config: database, remove } = await createDatabase(kind);
    const core = await CoreProcess.create(chain, database);
    try {
      await core.start();
      const payer = await Payer.withCollateral(chain, core.url, 10n ** 9n);
      const paying = await Payer.withCollateral(chain, core.url, PAID_COLLATERAL);
      const paid = await paying.openTab(core.url, PAID_RECIPIENT);
      await paying.issue(core.url, {
        tabId: paid.id,
        reqId: 0,
        amount: PAID_COLLATERAL,
        recipient: PAID_RECIPIENT,
      });
      let isOver = false;
      const moved = moveMoney(paying, paid.id, () => isOver);
      moved.catch(() => undefined);
      const streams = Promise.all(
        Array.from({ length: TASKS }, (_, task) => streamPayments(payer, core.url, task, () => isOver)),
      );
      streams.catch(() => undefined);
      for (let kill = 0; kill < KILLS; kill++) {
        await pause(400 + Math.random() * 1_200);
        await core.end('SIGKILL');
        await core.start();
      }
      await pause(300);
      isOver = true;
      const tabs = await streams;
      const rounds = await moved;
      expect(await core.end('SIGTERM')).toBe(0);

      await core.start();
      const { paid_amount } = await until(
        () => readTab(core.url, paid.id),
        (tab) => BigInt(tab.paid_amount) >= rounds * 10n,
        'every payment counted',
        90_000,
      );
      expect(BigInt(paid_amount)).toBe(rounds * 10n);
      expect((await paying.gateway.getTabPaymentStatus(BigInt(paid.id))).paid).toBe(rounds * 10n);
      expect(await paying.balance(core.url)).toMatchObject({
        total: uintToHex(PAID_COLLATERAL + rounds),
        locked: uintToHex(PAID_COLLATERAL - rounds * 10n),
      });
      let issued = 0n;
      for (const { tabId, certificates } of tabs) {
        const { body: guarantees } = await get<{ certificate: string; req_id: string; amount: string }[]>(
          `${core.url}/core/tabs/${tabId}/guarantees`,
        );
        expect(guarantees.map(({ certificate }) => JSON.parse(certificate))).toEqual(certificates);
        expect(guarantees.map(({ req_id }) => Number(req_id))).toEqual(certificates.map((_, i) => i));
        const total = AMOUNT * BigInt(certificates.length);
        expect(BigInt((await readTab(core.url, tabId)).total_amount)).toBe(total);
        issued += total;
      }
      expect(issued).toBeGreaterThan(0n);
      expect(BigInt((await payer.balance(core.url))?.locked ?? 0)).toBe(issued);
      await core.end('SIGTERM');

      const service = await createCore(coreConfig(chain, { database }), { logger: createLogger('silent') });
      expect(await service.checkInvariants()).toEqual([]);
      await service.close();
    } finally {
      await core.end('SIGKILL');
      await remove();
    }
  }, 300_000);
});
