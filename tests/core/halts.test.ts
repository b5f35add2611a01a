import { loadBls } from '@fourmica/bls-cert';
import { accessManagerAbi, core4MicaAbi } from '@fourmica/contracts/abi';
import { Contract, Interface } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { startCore } from './support/core.js';
import { useDatabase } from './support/database.js';
import { get, post } from './support/http.js';
import { newRecipient, Payer, RECIPIENT } from './support/payer.js';
import { until } from './support/wait.js';

const database = useDatabase('postgres');
let chain: TestChain;

beforeAll(async () => {
  chain = await startChain();
});

afterAll(async () => {
  await chain?.stop();
});

/** Sets the key of guarantee version 1. */
async function setKey(secret: number): Promise<void> {
  const bls = await loadBls();
  const words = bls.publicKeyToWords(bls.publicKeyOf(new Uint8Array(32).fill(secret)));
  await govern('setGuaranteeVerificationKey', [words]);
}

/** Calls a function of the contract, as governance would. */
async function govern(name: string, values: readonly unknown[]): Promise<void> {
  const core = new Contract(chain.contractAddress, core4MicaAbi, chain.provider);
  const manager = new Contract(
    await core.getFunction('authority').staticCall(),
    accessManagerAbi,
    chain.deployer,
  );
  const call = new Interface(core4MicaAbi).encodeFunctionData(name, values);
  await (await manager.getFunction('execute').send(chain.contractAddress, call)).wait();
}

describe('issuing stops', () => {
  it('S-13: when the contract gets another key, and goes on when ours is back', async () => {
    const core = await startCore(chain, { database: database.config });
    try {
      const payer = await Payer.withCollateral(chain, core.url, 100n);
      const tab = await payer.openTab(core.url);
      const first = await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1 });
      expect(first.status).toBe(200);
      await setKey(2);
      const refused = await until(
        () => payer.issue(core.url, { tabId: tab.id, reqId: 5_000, amount: 1 }),
        ({ status }) => status === 503,
        'the stop',
      );
      expect(refused.body.error).toMatch(/^issuing is stopped: the contract .* of another key/);
      const again = await get<{ certificate: string }>(`${core.url}/core/tabs/${tab.id}/guarantees/0`);
      expect(JSON.parse(again.body.certificate)).toEqual(first.body);
      await setKey(1);
      await until(
        () => payer.issue(core.url, { tabId: tab.id, reqId: 1, amount: 1 }),
        ({ status }) => status === 200,
        'the end of the stop',
      );
    } finally {
      await core.service.close();
    }
  });

  it('S-11: for tabs that would outlive their certificates, as soon as governance shortens the windows', async () => {
    const core = await startCore(chain, { database: database.config });
    const deployed = new Contract(chain.contractAddress, core4MicaAbi, chain.provider);
    const names = [
      'remunerationGracePeriod',
      'tabExpirationTime',
      'synchronizationDelay',
      'withdrawalGracePeriod',
    ];
    const before = await Promise.all(names.map((name) => deployed.getFunction(name).staticCall()));
    try {
      const payer = await Payer.withCollateral(chain, core.url, 100n);
      const tab = await payer.openTab(core.url, RECIPIENT, 3_600);
      await govern('setTimingParameters', [5n, 20n, 3n, 24n]);
      const request = { user_address: payer.address, recipient_address: newRecipient(), ttl: 3_600 };
      const refused = await until(
        () => post(`${core.url}/core/payment-tabs`, request),
        ({ status }) => status !== 200,
        'the shorter window',
      );
      expect(refused).toEqual({
        status: 400,
        body: { error: 'tab ttl exceeds tab expiration time (ttl=3600, max=20)' },
      });
      expect(await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1 })).toEqual(refused);
      expect((await payer.openTab(core.url, newRecipient())).ttl_seconds).toBe(20);
    } finally {
      await govern('setTimingParameters', before);
      await core.service.close();
    }
  });

  it('C-12: when more blocks are gone than may be taken back, with an alarm, in every process, and not by starting over', async () => {
    const core = await startCore(chain, { database: database.config, maxReorgDepth: 0 });
    try {
      const payer = await Payer.withCollateral(chain, core.url, 100n);
      const tab = await payer.openTab(core.url);
      // The chain loses these blocks with their transactions, so the new ones have other hashes.
      const late = await Payer.withCollateral(chain, core.url, 7n);
      await late.gateway.deposit(1n);
      await until(
        () => late.balance(core.url),
        (balance) => balance?.total === '0x8',
        'the second deposit',
      );
      await chain.provider.send('anvil_reorg', [2, []]);
      const refused = await until(
        () => payer.issue(core.url, { tabId: tab.id, reqId: 5_000, amount: 1 }),
        ({ status }) => status === 503,
        'the stop',
      );
      expect([refused.status, refused.body.error]).toEqual([
        503,
        expect.stringContaining('taken in as final'),
      ]);
      const { body } = await until(
        () => get(`${core.url}/core/health`),
        (health) => health.body.db === 'ok' && health.body.chain_rpc === 'fail',
        'the alarm',
      );
      expect(body).toMatchObject({ status: 'fail' });
      expect(await payer.balance(core.url)).toMatchObject({ total: '0x64' });

      const another = await startCore(chain, { database: database.config, maxReorgDepth: 0 });
      try {
        expect((await get(`${another.url}/core/ready`)).body).toMatchObject({ issuing: 'fail' });
        const refused = await payer.issue(another.url, { tabId: tab.id, reqId: 0, amount: 1 });
        expect([refused.status, refused.body.error]).toEqual([
          503,
          expect.stringContaining('taken in as final'),
        ]);
      } finally {
        await another.service.close();
      }
    } finally {
      await core.service.close();
    }
  });
});
