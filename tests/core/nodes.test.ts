import { core4MicaAbi } from '@fourmica/contracts/abi';
import { createCore, createLogger } from '@fourmica/core';
import { parseAddress } from '@fourmica/core-types';
import { Contract, Interface } from 'ethers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CHAIN_ID, startChain, type TestChain } from './support/chain.js';
import { coreConfig, startCore, type TestCore } from './support/core.js';
import { get } from './support/http.js';
import { Payer, readTab } from './support/payer.js';
import { laggingAt, type RpcProxy, startRpcProxy } from './support/rpc-proxy.js';
import { until } from './support/wait.js';

let chain: TestChain;
const proxies: RpcProxy[] = [];
const cores: TestCore[] = [];

beforeAll(async () => {
  chain = await startChain();
});

afterEach(async () => {
  for (const proxy of proxies) proxy.behave();
  for (const core of cores.splice(0)) {
    expect(await core.service.checkInvariants()).toEqual([]);
    await core.service.close();
  }
  for (const proxy of proxies.splice(0)) await proxy.stop();
});

afterAll(async () => {
  await chain?.stop();
});

async function nodes(count: number): Promise<[RpcProxy, ...RpcProxy[]]> {
  const started = await Promise.all(Array.from({ length: count }, () => startRpcProxy(chain.rpcUrl)));
  proxies.push(...started);
  return started as [RpcProxy, ...RpcProxy[]];
}

async function coreWith(...behind: readonly RpcProxy[]): Promise<TestCore> {
  const core = await startCore(chain, { ethereumHttpRpcUrl: behind.map(({ url }) => url) });
  cores.push(core);
  return core;
}

const RECIPIENT = parseAddress(`0x${'8'.repeat(40)}`);

async function owingTab(core: TestCore) {
  const payer = await Payer.withCollateral(chain, core.url, 1_000n);
  const tab = await payer.openTab(core.url, RECIPIENT);
  await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 300, recipient: RECIPIENT });
  return { payer, tabId: tab.id };
}

const settled = (core: TestCore, tabId: string) =>
  until(
    () => readTab(core.url, tabId),
    ({ settlement_status }) => settlement_status === 'SETTLED',
    'the settled tab',
  );

describe('a core with several Ethereum nodes', () => {
  it('asks the next one when one fails, and goes back when that one fails', async () => {
    const [first, second] = (await nodes(2)) as [RpcProxy, RpcProxy];
    const core = await coreWith(first, second);
    expect(second.asked.filter((method) => method !== 'eth_blockNumber' && method !== 'eth_chainId')).toEqual(
      [],
    );
    first.failWith(503);
    await Payer.withCollateral(chain, core.url, 5n);
    first.behave();
    second.failWith(429);
    await Payer.withCollateral(chain, core.url, 5n);
    // A probe gives the nodes only three seconds.
    await until(
      () => get(`${core.url}/core/health`),
      ({ status }) => status === 200,
      'a core that is well',
    );
  });

  it('never asks one of another chain, and starts with none of those alone', async () => {
    const [wrong, right] = (await nodes(2)) as [RpcProxy, RpcProxy];
    wrong.behave(async ({ method }, forward) => (method === 'eth_chainId' ? { result: '0x1' } : forward()));
    const core = await coreWith(wrong, right);
    await Payer.withCollateral(chain, core.url, 5n);
    expect(new Set(wrong.asked)).toEqual(new Set(['eth_chainId']));
    const alone = coreConfig(chain, { ethereumHttpRpcUrl: [wrong.url] });
    await expect(createCore(alone, { logger: createLogger('silent') })).rejects.toMatchObject({
      code: 'CHAIN_ID_MISMATCH',
    });
  });

  it('leaves one that lags behind', async () => {
    const [lagging, good] = (await nodes(2)) as [RpcProxy, RpcProxy];
    const core = await coreWith(lagging, good);
    await Payer.withCollateral(chain, core.url, 5n);
    lagging.behave(laggingAt(await chain.provider.getBlockNumber()));
    await chain.mine(10);
    await Payer.withCollateral(chain, core.url, 5n);
  });
});

describe('a core with one Ethereum node', () => {
  it('C-26: asks it once for the tokens, however many ask the core', async () => {
    const [node] = await nodes(1);
    const core = await coreWith(node);
    const { selector } = Interface.from(core4MicaAbi).getFunction('getERC20Tokens') ?? {};
    let questions = 0;
    node.behave(async (request, forward) => {
      const { data } = (request.params[0] ?? {}) as { data?: string };
      if (data === selector) questions++;
      return forward();
    });
    const answers = await Promise.all(Array.from({ length: 30 }, () => get(`${core.url}/core/tokens`)));
    expect(answers).toEqual(
      answers.map(() => ({ status: 200, body: { chain_id: Number(CHAIN_ID), tokens: [] } })),
    );
    expect(questions).toBe(1);
  });

  it('C-9: that says "not there" for a while takes that for "not yet"', async () => {
    const [node] = await nodes(1);
    const core = await coreWith(node);
    const { payer, tabId } = await owingTab(core);
    for (const method of ['eth_getTransactionReceipt', 'eth_getBlockByNumber']) {
      let denials = 0;
      node.behave(async (request, forward) => {
        if (request.method !== method) return forward();
        denials++;
        return { result: null };
      });
      if (method === 'eth_getTransactionReceipt') {
        await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 300n, recipient: RECIPIENT });
      }
      await until(
        async () => denials,
        (count) => count > 5,
        'the denials',
      );
    }
    node.behave();
    await settled(core, tabId);
    expect(await payer.balance(core.url)).toMatchObject({ total: '0x3e8', locked: '0x0' });
  });

  it('that lacks the newest blocks misses no event of them', async () => {
    const [node] = await nodes(1);
    const core = await coreWith(node);
    await Payer.withCollateral(chain, core.url, 5n);
    const known = await chain.provider.getBlockNumber();
    const payer = await Payer.create(chain);
    const lagging = laggingAt(known);
    // As behind a load balancer: the blocks are told by a node that has them, the logs by one that lags behind.
    let asked = 0;
    node.behave(async (request, forward) => {
      if (request.method !== 'eth_getLogs') return forward();
      asked++;
      return lagging(request, forward);
    });
    await payer.gateway.deposit(7n);
    await until(
      async () => asked,
      (count) => count > 2,
      'the requests for logs',
    );
    expect(await payer.balance(core.url)).toBeNull();
    node.behave();
    await until(
      () => payer.balance(core.url),
      (balance) => balance?.total === '0x7',
      'the deposit',
    );
  });

  it('that is slow is waited for, and one that fails is tried again', async () => {
    const [node] = await nodes(1);
    const core = await coreWith(node);
    let requests = 0;
    node.behave(async (_, forward) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (++requests % 5 === 0) throw new Error('the connection breaks');
      return forward();
    });
    const { payer, tabId } = await owingTab(core);
    await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 300n, recipient: RECIPIENT });
    await until(
      () => readTab(core.url, tabId),
      ({ settlement_status }) => settlement_status === 'SETTLED',
      'the settled tab',
      60_000,
    );
    const contract = new Contract(chain.contractAddress, core4MicaAbi, chain.provider);
    const records = await contract.queryFilter(contract.getEvent('PaymentRecordedById'), 0);
    expect(records.filter((event) => 'args' in event && event.args.tabId === BigInt(tabId))).toHaveLength(1);
  });

  it('that stands still for a while goes on with it', async () => {
    const core = await coreWith(...(await nodes(1)));
    const { payer, tabId } = await owingTab(core);
    chain.pause('SIGSTOP');
    try {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      // What is on the books can be issued without the chain, as long as the view of it is not too old.
      const { status } = await payer.issue(core.url, { tabId, reqId: 1, amount: 1, recipient: RECIPIENT });
      expect(status).toBe(200);
    } finally {
      chain.pause('SIGCONT');
    }
    await payer.gateway.payTabEth({ tabId, reqId: 1, amount: 301n, recipient: RECIPIENT });
    await settled(core, tabId);
  });

  it('that is gone and comes back with the same chain goes on', async () => {
    const [node] = await nodes(1);
    const core = await coreWith(node);
    const { payer, tabId } = await owingTab(core);
    node.pointTo('http://127.0.0.1:1');
    await until(
      () => get(`${core.url}/core/health`),
      ({ status }) => status === 503,
      'the alarm',
    );
    await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 300n, recipient: RECIPIENT });
    node.pointTo(chain.rpcUrl);
    await settled(core, tabId);
  });
});

describe('nodes that follow different branches', () => {
  it('a deposit that goes and comes back with its block counts each time', async () => {
    const other = await startChain();
    try {
      const core = await startCore(chain, { ethereumHttpRpcUrl: (await nodes(1))[0].url });
      cores.push(core);
      const [node] = proxies as [RpcProxy];
      await Payer.withCollateral(chain, core.url, 5n);
      const fork = await chain.provider.getBlockNumber();
      const forking = { jsonRpcUrl: chain.rpcUrl, blockNumber: fork };
      await other.provider.send('anvil_reset', [{ forking }]);
      const payer = await Payer.create(chain);
      await payer.gateway.deposit(50n);
      const total = (expected: bigint) =>
        until(
          () => payer.balance(core.url),
          (balance) => BigInt(balance?.total ?? 0) === expected,
          `a total of ${expected}`,
        );
      await total(50n);
      await other.mine(3);
      node.pointTo(other.rpcUrl);
      await total(0n);
      await chain.mine(4);
      node.pointTo(chain.rpcUrl);
      await total(50n);
    } finally {
      await other.stop();
    }
  });
});
