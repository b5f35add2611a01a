import { loadBls } from '@fourmica/bls-cert';
import { legacyCore4MicaArtifact } from '@fourmica/contracts/test-artifacts';
import type { Hex } from '@fourmica/core-types';
import { AuthSession } from '@fourmica/rpc-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { startCore, type TestCore } from './support/core.js';
import { useDatabase } from './support/database.js';
import { call, get } from './support/http.js';
import { type Certificate, nowSeconds, Payer, readTab } from './support/payer.js';
import { until } from './support/wait.js';

const HOUR = 3_600n;
const database = useDatabase('postgres');
let chain: TestChain;
let core: TestCore;

beforeAll(async () => {
  chain = await startChain({
    artifact: legacyCore4MicaArtifact,
    timing: {
      remunerationGracePeriod: HOUR,
      tabExpirationTime: 2n * HOUR,
      synchronizationDelay: 600n,
      withdrawalGracePeriod: 3n * HOUR,
    },
  });
  core = await startCore(chain, { database: database.config });
});

afterAll(async () => {
  await core?.service.close();
  await chain?.stop();
});

describe('on a contract that pays a tab only once', () => {
  it('C-36: certificates are hidden without being told so, and the first remuneration frees the lock', async () => {
    const payer = await Payer.withCollateral(chain, core.url, 1_000n);
    const recipient = await Payer.create(chain);
    const token = await new AuthSession({ authUrl: core.url, signer: recipient.signer }).accessToken();
    const authorization = { authorization: `Bearer ${token}` };
    const tab = await payer.openTab(core.url, recipient.address);
    const timestamp = nowSeconds();
    const certificates: Certificate[] = [];
    for (const [reqId, amount] of [10, 300].entries()) {
      const parts = { tabId: tab.id, reqId, amount, recipient: recipient.address, timestamp };
      expect((await payer.issue(core.url, parts)).status).toBe(401);
      const request = await payer.request(parts);
      const { status, body } = await call<Certificate>(
        `${core.url}/core/guarantees`,
        'POST',
        request,
        authorization,
      );
      expect(status).toBe(200);
      certificates.push(body);
    }
    const path = `${core.url}/core/tabs/${tab.id}/guarantees`;
    const anonymous = await get<{ certificate: string | null }[]>(path);
    expect(anonymous.body.map(({ certificate }) => certificate)).toEqual([null, null]);
    const own = await call<{ certificate: string }[]>(path, 'GET', undefined, authorization);
    expect(own.body.map(({ certificate }) => JSON.parse(certificate))).toEqual(certificates);

    const now = BigInt((await chain.provider.getBlock('latest'))?.timestamp ?? 0);
    await chain.warp(Number(timestamp + HOUR - now));
    const bls = await loadBls();
    const [first] = certificates;
    if (first === undefined) throw new Error('no certificate');
    await recipient.gateway.remunerate(
      `0x${first.claims}` as Hex,
      bls.signatureToWords(`0x${first.signature}`),
    );
    await until(
      () => readTab(core.url, tab.id),
      ({ settlement_status }) => settlement_status === 'REMUNERATED',
      'the remuneration',
    );
    expect(await payer.balance(core.url)).toMatchObject({ total: '0x3de', locked: '0x0' });
    expect(await core.service.checkInvariants()).toEqual([]);
  });
});
