import { decodeCertificateClaims, loadBls, signCertificate } from '@fourmica/bls-cert';
import { core4MicaAbi } from '@fourmica/contracts/abi';
import { adminApiKeyOfSeed, type CoreConfig } from '@fourmica/core';
import { type Address, type Hex, hexToBytes } from '@fourmica/core-types';
import { Contract, Interface } from 'ethers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { forkHere, rawTransaction } from './support/branches.js';
import { BLS_SECRET_KEY, startChain, type TestChain } from './support/chain.js';
import { type CommandResult, run4mica } from './support/cli.js';
import { startCore, type TestCore } from './support/core.js';
import { call, get } from './support/http.js';
import { caughtUp, newRecipient, nowSeconds, Payer, readTab } from './support/payer.js';
import { type RpcProxy, startRpcProxy } from './support/rpc-proxy.js';
import { deployToken, mint } from './support/tokens.js';
import { until } from './support/wait.js';

const SEED = 'a seed of an admin key that nobody else knows';
const METRICS_TOKEN = 'm'.repeat(32);
const GRACE_PERIOD = 3_600n;

let chain: TestChain;
let node: RpcProxy;
let core: TestCore;
let usdc: Address;

beforeAll(async () => {
  chain = await startChain(async (signer) => {
    usdc = await deployToken(signer, 'usdc');
    return {
      stablecoins: [usdc],
      timing: {
        remunerationGracePeriod: GRACE_PERIOD,
        tabExpirationTime: 2n * GRACE_PERIOD,
        synchronizationDelay: 600n,
        withdrawalGracePeriod: 3n * GRACE_PERIOD,
      },
    };
  });
  node = await startRpcProxy(chain.rpcUrl);
});

afterEach(async () => {
  node.behave();
  await core.service.close();
});

afterAll(async () => {
  await node?.stop();
  await chain?.stop();
});

async function start(overrides: Partial<CoreConfig> = {}): Promise<void> {
  core = await startCore(chain, {
    ethereumHttpRpcUrl: node.url,
    adminSeedKey: SEED,
    metricsToken: METRICS_TOKEN,
    ...overrides,
  });
}

const repair = (name: string, body: object) =>
  call(`${core.url}/core/admin/chain/${name}`, 'POST', body, { 'x-api-key': adminApiKeyOfSeed(SEED) });

const chainCommand = (...args: readonly string[]): Promise<CommandResult> =>
  run4mica(core.url, { CORE_ADMIN_API_KEY: adminApiKeyOfSeed(SEED) }, 'chain', ...args);

describe('an operator', () => {
  it('has events of the quarantine tried again, and sees why others stay there', async () => {
    await start();
    const payer = await Payer.withCollateral(chain, core.url, 100n);
    const tab = await payer.openTab(core.url);
    const now = BigInt((await chain.provider.getBlock('latest'))?.timestamp ?? 0);
    const { body } = await payer.issue(core.url, {
      tabId: tab.id,
      reqId: 0,
      amount: 1,
      timestamp: nowSeconds(),
    });
    const known = decodeCertificateClaims(hexToBytes(`0x${body.claims}`));
    const lost = { ...known, tabId: known.tabId ^ 1n, amount: 40n, totalAmount: 40n };
    const certificate = await signCertificate(hexToBytes(BLS_SECRET_KEY), lost);
    const opening = known.timestamp + GRACE_PERIOD;
    if (opening > now) await chain.warp(Number(opening - now));

    // A node that cannot say whether the certificate is genuine.
    const { selector } = new Interface(core4MicaAbi).getFunction('verifyAndDecodeGuarantee') ?? {};
    node.behave(async (request, forward) => {
      const { data } = (request.params[0] ?? {}) as { data?: string };
      const isAsked = request.method === 'eth_call' && data?.startsWith(selector ?? '-');
      return isAsked ? { error: { code: 3, message: 'execution reverted' } } : forward();
    });
    const bls = await loadBls();
    await payer.gateway.remunerate(
      `0x${certificate.claims.replace(/^0x/, '')}` as Hex,
      bls.signatureToWords(`0x${certificate.signature.replace(/^0x/, '')}`),
    );
    await caughtUp(chain, core.url);
    expect(await payer.balance(core.url)).toMatchObject({ total: '0x64' });
    const waiting = await repair('quarantine-retry', {});
    expect(waiting).toMatchObject({
      status: 200,
      body: {
        applied: 0,
        remaining: [{ name: 'RecipientRemunerated', error: expect.stringContaining('unknown') }],
      },
    });

    const [{ tx_hash }] = (waiting.body as { remaining: [{ tx_hash: string }] }).remaining;
    expect(await chainCommand('quarantine-retry')).toEqual({
      code: 1,
      stdout: expect.stringMatching(
        new RegExp(
          `^events applied: 0, still in quarantine: 1\nRecipientRemunerated  block \\d+  ${tx_hash}  .*unknown`,
        ),
      ),
      stderr: '',
    });

    node.behave();
    expect(await chainCommand('quarantine-retry', '--json')).toEqual({
      code: 0,
      stdout: '{"applied":1,"remaining":[]}\n',
      stderr: '',
    });
    expect(await payer.balance(core.url)).toMatchObject({ total: '0x3c', locked: '0x1' });
    expect(await repair('quarantine-retry', {})).toEqual({
      status: 200,
      body: { applied: 0, remaining: [] },
    });
    expect(await core.service.checkInvariants()).toEqual([]);
  });

  it('has blocks read again whose events and payments a node kept back, each counted once', async () => {
    await start();
    const payer = await Payer.withCollateral(chain, core.url, 100n);
    const recipient = newRecipient();
    const tab = await payer.openTab(core.url, recipient);
    await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 30, recipient });
    await payer.gateway.requestWithdrawal(5n);
    await until(
      () => payer.balance(core.url),
      (balance) => balance?.pending_withdrawal === '0x5',
      'the withdrawal',
    );
    const from = (await chain.provider.getBlockNumber()) + 1;
    const to = from + 4;
    const isHidden = (block: unknown) => Number(block) >= from && Number(block) <= to;
    node.behave(async (request, forward) => {
      const answer = await forward();
      const { result } = answer as { result: unknown };
      if (request.method === 'eth_getLogs') {
        return { result: (result as { blockNumber: string }[]).filter((log) => !isHidden(log.blockNumber)) };
      }
      const isBlock =
        request.method === 'eth_getBlockByNumber' && isHidden((result as { number?: string })?.number);
      return isBlock ? { result: { ...(result as object), transactions: [] } } : answer;
    });
    await payer.gateway.deposit(50n);
    await payer.gateway.requestWithdrawal(20n);
    await payer.gateway.cancelWithdrawal();
    await payer.gateway.requestWithdrawal(7n);
    await payer.gateway.payTabEth({ tabId: tab.id, reqId: 0, amount: 30n, recipient });
    expect(await chain.provider.getBlockNumber()).toBe(to);
    await caughtUp(chain, core.url);
    expect(await payer.balance(core.url)).toMatchObject({ total: '0x64', pending_withdrawal: '0x5' });

    node.behave();
    const range = { from_block: from - 1, to_block: to };
    expect(await repair('rescan', range)).toEqual({
      status: 200,
      body: { events: 4, payments: 1, quarantined: 0 },
    });
    expect(await chainCommand('rescan', String(from - 1), `0x${to.toString(16)}`)).toEqual({
      code: 0,
      stdout: 'events taken in: 0, payments in ETH: 0, events in quarantine: 0\n',
      stderr: '',
    });
    await until(
      () => readTab(core.url, tab.id),
      ({ settlement_status }) => settlement_status === 'SETTLED',
      'the recorded payment',
    );
    expect(await payer.balance(core.url)).toMatchObject({
      total: '0x96',
      locked: '0x0',
      pending_withdrawal: '0x7',
    });
    const ahead = { from_block: 0, to_block: 999 };
    expect(await repair('rescan', ahead)).toMatchObject({
      status: 409,
      body: { error: expect.stringMatching(/^the ledger stands at block \d+/) },
    });
    const refused = await Promise.all([
      chainCommand('rescan', '5', '4'),
      chainCommand('rescan', '5', 'latest'),
      chainCommand('rescan', '5'),
    ]);
    expect(refused.map(({ code, stdout, stderr }) => [code, stdout, stderr])).toEqual([
      [
        1,
        '',
        expect.stringMatching(/^error RPC_STATUS: to_block: expected a block from .*, 5, to 1004 .*, got 4 /),
      ],
      [
        1,
        '',
        expect.stringMatching(/^error INVALID_VALUE: to_block: expected a block number.*, got "latest"/),
      ],
      [2, '', expect.stringMatching(/missing required argument 'to_block'/)],
    ]);
    expect(await core.service.checkInvariants()).toEqual([]);
  });

  it('accepts another branch when nothing is lost by it, and is told what would be', async () => {
    await start({ maxReorgDepth: 0 });
    const payer = await Payer.withCollateral(chain, core.url, 100n);
    const tab = await payer.openTab(core.url);
    expect(await repair('accept-branch', { block_number: 1 })).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining('no other branch') },
    });
    const late = await Payer.create(chain);
    const empty = await forkHere(chain);
    await chain.mine(5);
    const passed = await chain.provider.getBlockNumber();
    await ledgerAt(passed);
    await empty.abandon(() => late.gateway.deposit(9n));
    await halted();
    expect(await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1 })).toMatchObject({
      status: 503,
    });
    expect(await repair('accept-branch', { block_number: passed })).toMatchObject({ status: 409 });
    expect(await chainCommand('accept-branch', String(empty.block))).toEqual({
      code: 0,
      stdout: `the ledger goes on from block ${empty.block}; taken back: events 0, payments 0, changes of balances and tabs 0\n`,
      stderr: '',
    });
    await until(
      () => late.balance(core.url),
      (balance) => balance?.total === '0x9',
      'the deposit of the other branch',
    );
    await until(
      () => get(`${core.url}/core/ready`),
      ({ status }) => status === 200,
      'the end of the halt',
    );
    expect((await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1 })).status).toBe(200);

    expect(await core.service.checkInvariants()).toEqual([]);

    const full = await forkHere(chain);
    await payer.gateway.deposit(11n);
    await until(
      () => payer.balance(core.url),
      (balance) => balance?.total === '0x6f',
      'the deposit that is lost',
    );
    await full.abandon();
    await halted();
    expect(await repair('accept-branch', { block_number: full.block })).toMatchObject({
      status: 409,
      body: { error: expect.stringMatching(/not on the new branch .*CollateralDeposited of block \d+/) },
    });
    expect(await payer.balance(core.url)).toMatchObject({ total: '0x6f' });
  });

  it('accepts a branch on which the same transactions were mined again, each counted once', async () => {
    await start({ maxReorgDepth: 0 });
    const payer = await Payer.withCollateral(chain, core.url, 100n);
    const late = await Payer.create(chain);
    await mint(chain.deployer, usdc, payer.address, 200n);
    await payer.gateway.approveErc20(usdc, 200n);
    await payer.gateway.depositErc20(usdc, 100n);
    await until(
      () => payer.balance(core.url, usdc),
      (balance) => balance?.total === '0x64',
      'the deposit of the token',
    );
    const recipient = newRecipient();
    const tab = await payer.openTab(core.url, recipient);
    const tokenTab = await payer.openTab(core.url, recipient, undefined, { erc20_token: usdc });
    await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 30, recipient });
    await payer.issue(core.url, { tabId: tokenTab.id, reqId: 0, amount: 40, recipient, asset: usdc });

    const fork = await forkHere(chain);
    const sent = [
      await payer.gateway.payTabEth({ tabId: tab.id, reqId: 0, amount: 30n, recipient }),
      await payer.gateway.deposit(11n),
      await payer.gateway.requestWithdrawal(5n),
      await payer.gateway.payTabErc20({ tabId: tokenTab.id, asset: usdc, amount: 40n, recipient }),
    ];
    const settled = async () =>
      Promise.all([tab.id, tokenTab.id].map(async (id) => (await readTab(core.url, id)).settlement_status));
    await until(settled, (states) => states.every((state) => state === 'SETTLED'), 'both payments');
    const contract = new Contract(chain.contractAddress, core4MicaAbi, chain.provider);
    const records = () => contract.queryFilter(contract.getEvent('PaymentRecordedById'), fork.block);
    const hashes = [
      ...sent.map(({ transactionHash }) => transactionHash),
      ...(await records()).map(({ transactionHash }) => transactionHash),
    ];
    expect(hashes).toHaveLength(6);
    const [payment, deposit, request, tokenPayment, ...recorded] = await Promise.all(
      hashes.map((hash) => rawTransaction(chain, hash)),
    );
    await chain.mine(3);
    await ledgerAt(await chain.provider.getBlockNumber());

    // All in one block, so that number, hash and log indices are others.
    const mineAgain = async (transactions: readonly (string | undefined)[]) => {
      await chain.provider.send('evm_setAutomine', [false]);
      for (const raw of transactions) await chain.provider.broadcastTransaction(raw ?? '');
      await chain.mine(1);
      await chain.provider.send('evm_setAutomine', [true]);
    };
    await fork.abandon(async () => {
      await chain.provider.send('evm_increaseTime', [600]);
      await late.gateway.deposit(9n);
      await mineAgain([...recorded, payment, deposit, request]);
    });
    await halted();
    expect(await repair('accept-branch', { block_number: fork.block })).toMatchObject({
      status: 409,
      body: {
        error: expect.stringMatching(/^not on the new branch .* but recorded there: the payment of tab/),
      },
    });
    expect(await repair('accept-branch', { block_number: fork.block + 1 })).toMatchObject({
      status: 409,
      body: { error: `block ${sent[0]?.blockNumber} is abandoned too; choose a block below it` },
    });
    await mineAgain([tokenPayment]);
    expect(await repair('accept-branch', { block_number: fork.block })).toEqual({
      status: 200,
      // The withdrawal was requested at another time there, which makes it another event.
      body: { effects: 0, events: 1, payments: 0 },
    });
    await until(
      () => get(`${core.url}/core/ready`),
      ({ status }) => status === 200,
      'the end of the halt',
    );
    await caughtUp(chain, core.url);
    expect(await payer.balance(core.url)).toMatchObject({
      total: '0x6f',
      locked: '0x0',
      pending_withdrawal: '0x5',
    });
    expect(await payer.balance(core.url, usdc)).toMatchObject({ total: '0x64', locked: '0x0' });
    expect(await late.balance(core.url)).toMatchObject({ total: '0x9' });
    expect(await settled()).toEqual(['SETTLED', 'SETTLED']);
    const range = { from_block: fork.block, to_block: await chain.provider.getBlockNumber() };
    expect(await repair('rescan', range)).toMatchObject({ body: { events: 0, payments: 0 } });
    expect(await records()).toHaveLength(2);
    expect(await core.service.checkInvariants()).toEqual([]);
  });
});

/** Waits until the ledger has passed a block. */
const ledgerAt = (block: number) =>
  until(
    async () => {
      const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
      const text = await (await fetch(`${core.url}/metrics`, { headers })).text();
      return Number(/^core_ledger_block (\d+)$/m.exec(text)?.[1]);
    },
    (position) => position >= block,
    `block ${block} in the ledger`,
  );

const halted = () =>
  until(
    () => get<{ chain_rpc: string }>(`${core.url}/core/health`),
    ({ body }) => body.chain_rpc === 'fail',
    'the halt',
  );
