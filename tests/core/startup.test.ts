import { deployCore4Mica } from '@fourmica/contracts';
import { createCore, createLogger } from '@fourmica/core';
import { parseAddress } from '@fourmica/core-types';
import { type TempDir, tempDir } from '@fourmica/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChain, type TestChain, verificationKey } from './support/chain.js';
import { coreConfig, startCore } from './support/core.js';
import { get, post } from './support/http.js';
import { Payer } from './support/payer.js';
import { until } from './support/wait.js';

const logger = createLogger('silent');
let chain: TestChain;
let directory: TempDir;

beforeAll(async () => {
  chain = await startChain();
  directory = await tempDir();
});

afterAll(async () => {
  await chain?.stop();
  await directory?.remove();
});

/** What a probe says as soon as it says that all is well: it gives database and node only three seconds. */
const isWell = async (url: string): Promise<unknown> =>
  (
    await until(
      () => get(url),
      ({ status }) => status === 200,
      url,
    )
  ).body;

describe('the start is refused', () => {
  it('on another chain', async () => {
    await expect(createCore(coreConfig(chain, { chainId: 1n }), { logger })).rejects.toMatchObject({
      code: 'CHAIN_ID_MISMATCH',
    });
  });

  it('without code at the contract address', async () => {
    const { address } = await chain.fundedWallet();
    await expect(
      createCore(coreConfig(chain, { contractAddress: address as never }), { logger }),
    ).rejects.toMatchObject({ code: 'CONTRACT_NOT_FOUND' });
  });

  it('when the node cannot be reached', async () => {
    const config = coreConfig(chain, { ethereumHttpRpcUrl: 'http://127.0.0.1:1' });
    await expect(createCore(config, { logger })).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' });
  });

  it('with a BLS key that the contract does not accept', async () => {
    const config = coreConfig(chain, { blsSecretKey: `0x${'02'.repeat(32)}` });
    await expect(createCore(config, { logger })).rejects.toMatchObject({ code: 'BLS_KEY_MISMATCH' });
  });

  it('with a guarantee version that the contract does not accept', async () => {
    const config = coreConfig(chain, { acceptedGuaranteeVersions: [1, 2] });
    await expect(createCore(config, { logger })).rejects.toMatchObject({
      code: 'GUARANTEE_VERSION_DISABLED',
    });
  });
});

describe('the embedded database', () => {
  it('is used by one core at a time, keeps the ledger, and takes no other contract', async () => {
    const database = { kind: 'pglite', dataDir: `${directory.path}/ledger` } as const;
    const first = await startCore(chain, { database });
    const payer = await Payer.withCollateral(chain, first.url, 100n);
    const tab = await payer.openTab(first.url);
    await expect(createCore(coreConfig(chain, { database }), { logger })).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_IN_USE',
    });
    await isWell(`${first.url}/core/health`);
    await Promise.all([first.service.close(), first.service.close()]);

    const second = await startCore(chain, { database });
    expect(await payer.openTab(second.url)).toMatchObject({ id: tab.id });
    expect(await second.service.checkInvariants()).toEqual([]);
    await second.service.close();

    const { contractAddress } = await deployCore4Mica({
      signer: chain.deployer,
      verificationKey: await verificationKey(),
      operator: chain.deployer.address,
    });
    const other = coreConfig(chain, { database, contractAddress: parseAddress(contractAddress) });
    await expect(createCore(other, { logger })).rejects.toMatchObject({
      code: 'DATABASE_OF_OTHER_CONTRACT',
      message: expect.stringContaining(chain.contractAddress),
    });
    const third = await startCore(chain, { database });
    expect(await payer.openTab(third.url)).toMatchObject({ id: tab.id });
    await third.service.close();
  });
});

describe('what the core says about itself', () => {
  it('answers health, public parameters and tokens', async () => {
    const core = await startCore(chain, { publicEthereumHttpRpcUrl: chain.rpcUrl });
    try {
      expect(await isWell(`${core.url}/core/health`)).toEqual({ status: 'ok', db: 'ok', chain_rpc: 'ok' });
      expect(await isWell(`${core.url}/core/ready`)).toEqual({
        status: 'ok',
        db: 'ok',
        chain_view: 'ok',
        issuing: 'ok',
      });
      const { body } = await get(`${core.url}/core/public-params`);
      expect(body).toMatchObject({
        contract_address: chain.contractAddress,
        ethereum_http_rpc_url: chain.rpcUrl,
        eip712_name: '4mica',
        eip712_version: '1',
        chain_id: 31337,
        max_accepted_guarantee_version: 1,
        accepted_guarantee_versions: [1],
        trusted_validation_registries: [],
      });
      expect(body.public_key).toHaveLength(48);
      expect((await get(`${core.url}/core/tokens`)).body).toEqual({ chain_id: 31337, tokens: [] });
    } finally {
      await core.service.close();
    }
  });

  it('C-25: answers metrics only to who knows the token, and describes its routes', async () => {
    const core = await startCore(chain, { metricsToken: 'a token of the monitoring' });
    try {
      const payer = await Payer.withCollateral(chain, core.url, 100n);
      const tab = await payer.openTab(core.url);
      await payer.openTab(core.url);
      await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1 });
      const read = (authorization: string) => fetch(`${core.url}/metrics`, { headers: { authorization } });
      expect((await fetch(`${core.url}/metrics`)).status).toBe(401);
      expect((await read('Bearer another')).status).toBe(401);
      const text = await (await read('Bearer a token of the monitoring')).text();
      for (const line of [
        'core_tabs_total{result="created"} 1',
        'core_tabs_total{result="reused"} 1',
        'core_guarantees_total{result="issued"} 1',
        'core_issuing_stopped{reason="contract"} 0',
        'core_quarantined_events_total 0',
      ]) {
        expect(text).toContain(line);
      }
      expect(text).toMatch(
        /core_http_request_duration_seconds_count\{[^}]*route="\/core\/guarantees"[^}]*\} 1/,
      );
      const { body } = await get<{ paths: object }>(`${core.url}/openapi.json`);
      expect(Object.keys(body.paths)).toContain('/core/tabs/{tab_id}/guarantees/latest');
    } finally {
      await core.service.close();
    }
  });

  it('C-24: holds off who asks too often, at the login sooner than elsewhere', async () => {
    const core = await startCore(chain, { rateLimits: { login: 1, address: 3 } });
    try {
      const nonce = () => post(`${core.url}/auth/nonce`, { address: chain.contractAddress });
      expect((await nonce()).status).toBe(200);
      expect((await nonce()).status).toBe(429);
      const headers = { authorization: 'Bearer of nothing', 'x-forwarded-for': '198.51.100.1' };
      const tokens = async () => (await fetch(`${core.url}/core/tokens`, { headers })).status;
      expect([await tokens(), await tokens(), await tokens(), await tokens()]).toEqual([200, 200, 200, 429]);
      await isWell(`${core.url}/core/health`);
    } finally {
      await core.service.close();
    }
  });

  it('C-36: shows no certificate to anonymous callers when certificates are hidden', async () => {
    const core = await startCore(chain, { certificateVisibility: 'strict' });
    try {
      const payer = await Payer.withCollateral(chain, core.url, 100n);
      const tab = await payer.openTab(core.url);
      expect(await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1 })).toEqual({
        status: 401,
        body: { error: 'missing authorization' },
      });
      expect((await get(`${core.url}/core/tabs/${tab.id}/guarantees`)).body).toEqual([]);
    } finally {
      await core.service.close();
    }
  });

  it('C-37: stops issuing when the newest block is too old', async () => {
    const clock = { nowMs: () => Date.now() + 7_200_000 };
    const core = await startCore(chain, { maxChainViewAgeSecs: 3_600 }, { clock });
    try {
      const payer = await Payer.withCollateral(chain, core.url, 100n);
      const tab = await payer.openTab(core.url);
      const request = await payer.request({ tabId: tab.id, reqId: 0, amount: 1 });
      expect(await post(`${core.url}/core/guarantees`, request)).toEqual({
        status: 503,
        body: { error: 'issuing is stopped: the newest block is too old, please retry later' },
      });
    } finally {
      await core.service.close();
    }
  });
});
