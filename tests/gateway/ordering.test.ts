import { setTimeout as sleep } from 'node:timers/promises';
import { ContractGateway } from '@fourmica/contract-gateway';
import { ETH_ASSET, type Hex, parseAddress } from '@fourmica/core-types';
import { JsonRpcProvider, parseUnits, toQuantity, Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain, core4Mica, DEPLOYER, OPERATOR, PAYER, RECIPIENT, rejection } from './support/chain.js';

let chain: Chain;
beforeAll(async () => {
  chain = await Chain.start();
});
afterAll(() => chain.stop());

const ethCollateral = (gateway: ContractGateway, account: number) =>
  gateway.collateral(parseAddress(chain.address(account)), ETH_ASSET);

test('deposits of many tasks over two gateways with one key all arrive', async () => {
  const gateways = await Promise.all([chain.gateway(PAYER), chain.gateway(PAYER)]);
  const deposits = Array.from({ length: 40 }, (_, i) => gateways[i % 2]?.deposit(BigInt(i + 1)));
  const receipts = await Promise.all(deposits);
  expect(new Set(receipts.map((receipt) => receipt?.transactionHash)).size).toBe(40);
  expect(await ethCollateral(await chain.gateway(PAYER), PAYER)).toBe(820n);
});

test('a nonce that another program took is replaced by a fresh one', async () => {
  const gateway = await chain.gateway(OPERATOR);
  const stranger = new Wallet(chain.privateKey(OPERATOR), new JsonRpcProvider(chain.anvil.rpcUrl));
  const deposits = Array.from({ length: 10 }, () => gateway.deposit(1n));
  const foreign = [];
  for (let i = 0; i < 5; i++) {
    foreign.push(
      await stranger.sendTransaction({ to: chain.address(DEPLOYER), value: 1n }).catch(() => undefined),
    );
  }
  await Promise.all(deposits);
  expect(await ethCollateral(gateway, OPERATOR)).toBe(10n);
  stranger.provider?.destroy();
});

test('a rejected call does not leave a gap that blocks the next', async () => {
  const gateway = await chain.gateway(RECIPIENT);
  const outcomes = await Promise.allSettled([
    gateway.deposit(1n),
    gateway.cancelWithdrawal(),
    gateway.deposit(2n),
    gateway.deposit(3n, { maxFeePerGas: 1n }),
    gateway.deposit(4n),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  expect(await ethCollateral(gateway, RECIPIENT)).toBe(7n);
});

const HIGHER_FEE = {
  gasLimit: 200_000n,
  maxFeePerGas: parseUnits('100', 'gwei'),
  maxPriorityFeePerGas: parseUnits('50', 'gwei'),
};
const depositCall = core4Mica.encodeFunctionData('deposit()');

describe('a transaction whose place another one took', () => {
  test('is reported as replaced when the other one does something else', async () => {
    const account = 4;
    const gateway = await chain.gateway(account);
    const wallet = new Wallet(chain.privateKey(account), chain.provider);
    const nonce = await chain.provider.getTransactionCount(wallet.address);
    const [error, other] = await chain.withoutMining(async () => {
      const outcome = rejection(gateway.deposit(10n));
      await chain.untilPoolHolds(1);
      const other = await wallet.sendTransaction({ to: wallet.address, nonce, ...HIGHER_FEE });
      await chain.mine();
      return [await outcome, other];
    });
    expect(error).toMatchObject({
      code: 'TRANSACTION_REPLACED',
      transactionHash: expect.stringMatching(/^0x/),
      context: { nonce, replacementHash: other.hash },
    });
    await expect(gateway.deposit(10n)).resolves.toMatchObject({ status: 1 });
    expect(await ethCollateral(gateway, account)).toBe(10n);
  });

  test('is done when the other one is the same call at a higher fee', async () => {
    const account = 4;
    const gateway = await chain.gateway(account);
    const wallet = new Wallet(chain.privateKey(account), chain.provider);
    const before = await ethCollateral(gateway, account);
    const nonce = await chain.provider.getTransactionCount(wallet.address);
    const [receipt, faster] = await chain.withoutMining(async () => {
      const deposit = gateway.deposit(33n);
      await chain.untilPoolHolds(1);
      const call = { to: chain.contractAddress, data: depositCall, value: 33n };
      const faster = await wallet.sendTransaction({ ...call, nonce, ...HIGHER_FEE });
      await chain.mine();
      return [await deposit, faster];
    });
    expect(receipt).toMatchObject({ status: 1, transactionHash: faster.hash });
    expect(await ethCollateral(gateway, account)).toBe(before + 33n);
  });

  test('is done also when a wallet keeps nonce and bytes to itself, as browser wallets do', async () => {
    const account = 9;
    const provider = new JsonRpcProvider(chain.anvil.rpcUrl, 31337, { staticNetwork: true });
    let looks = 0;
    await provider.on('debug', ({ action, payload }) => {
      if (action === 'sendRpcPayload' && payload.method === 'eth_getTransactionByHash') looks++;
    });
    const gateway = await ContractGateway.connect({
      provider,
      signer: await provider.getSigner(account),
      contractAddress: chain.contractAddress,
      expectedChainId: 31337n,
      receipt: { pollingIntervalMs: 50 },
    });
    const wallet = new Wallet(chain.privateKey(account), chain.provider);
    const receipt = await chain.withoutMining(async () => {
      const deposit = gateway.deposit(5n);
      // The gateway learns the nonce from the node; when it asks again, it has been told once.
      await expect.poll(() => looks, { timeout: 60_000 }).toBeGreaterThanOrEqual(2);
      const call = { to: chain.contractAddress, data: depositCall, value: 5n };
      await wallet.sendTransaction({ ...call, nonce: 0, ...HIGHER_FEE });
      await chain.mine();
      return deposit;
    });
    expect(receipt.status).toBe(1);
    expect(await ethCollateral(gateway, account)).toBe(5n);
    provider.destroy();
  });
});

/** Hash of the pooled transaction with the lowest nonce; only one account has any. */
async function firstInPool(): Promise<string> {
  const { pending } = await chain.provider.send('txpool_content', []);
  const [byNonce] = Object.values<Record<string, { hash: string }>>(pending);
  const [lowest] = Object.entries(byNonce ?? {}).sort(([a], [b]) => Number(a) - Number(b));
  if (lowest === undefined) throw new Error('the pool is empty');
  return lowest[1].hash;
}

describe('a transaction that the node dropped', () => {
  test('is sent again, so that those behind it are mined as well', async () => {
    const account = 5;
    const gateway = await chain.gateway(account);
    await chain.withoutMining(async () => {
      const deposits = Promise.all([gateway.deposit(1n), gateway.deposit(2n), gateway.deposit(4n)]);
      await chain.untilPoolHolds(3);
      await chain.provider.send('anvil_dropTransaction', [await firstInPool()]);
      await chain.untilPoolHolds(3);
      await chain.mine();
      await deposits;
    });
    expect(await ethCollateral(gateway, account)).toBe(7n);
  });

  test('ends the wait in time when it stays away, and does not block the next', async () => {
    const gateway = await chain.gateway(5);
    const before = await ethCollateral(gateway, 5);
    const error = await chain.withoutMining(async () => {
      const outcome = await rejection(gateway.deposit(10n, { timeoutMs: 600 }));
      await chain.provider.send('anvil_dropAllTransactions', []);
      return outcome;
    });
    expect(error).toMatchObject({ code: 'TRANSACTION_TIMEOUT' });
    expect(error.message).toContain(String(error.transactionHash));
    await expect(gateway.deposit(10n)).resolves.toMatchObject({ status: 1 });
    expect(await ethCollateral(gateway, 5)).toBe(before + 10n);
  });
});

describe('C-44: a transaction that is too cheap to be mined', () => {
  const FEE_BUMP = { afterMs: 200, attempts: 20 };

  /** Most that the account's transactions in the pool pay per gas, by nonce. */
  async function offers(gateway: ContractGateway): Promise<Map<number, bigint>> {
    const { pending } = await chain.provider.send('txpool_content', []);
    const [ofAccount = {}] = Object.entries<Record<string, { maxFeePerGas: string }>>(pending)
      .filter(([address]) => parseAddress(address) === gateway.signerAddress)
      .map(([, transactions]) => transactions);
    return new Map(
      Object.entries(ofAccount).map(([nonce, { maxFeePerGas }]) => [Number(nonce), BigInt(maxFeePerGas)]),
    );
  }

  /**
   * Sends transactions, raises the base fee above what they offer, and mines as soon as all of them offer enough: anvil
   * drops those that are too cheap, where other nodes keep them.
   */
  async function whileTheChainIsDear<T>(
    gateway: ContractGateway,
    transactions: number,
    send: () => Promise<T>,
  ): Promise<T> {
    return chain.withoutMining(async () => {
      const outcome = send();
      await chain.untilPoolHolds(transactions);
      const cheap = [...(await offers(gateway)).values()];
      const baseFee = ((cheap.sort(byAmount).at(-1) ?? 0n) * 6n) / 5n;
      await chain.provider.send('anvil_setNextBlockBaseFeePerGas', [toQuantity(baseFee)]);
      expect(cheap).toHaveLength(transactions);
      await expect
        .poll(async () => [...(await offers(gateway)).values()].every((offer) => offer >= baseFee), {
          timeout: 60_000,
        })
        .toBe(true);
      await chain.mine();
      return outcome;
    });
  }

  test('is replaced with the same nonce until it is mined, as are those behind it', async () => {
    const account = 4;
    const gateway = await chain.gateway(account);
    const before = await ethCollateral(gateway, account);
    const nonce = await chain.provider.getTransactionCount(gateway.signerAddress ?? '');
    const signed: string[] = [];
    const options = { feeBump: FEE_BUMP, onSigned: (hash: string) => void signed.push(hash) };
    const receipts = await whileTheChainIsDear(gateway, 2, () =>
      Promise.all([gateway.deposit(1n, options), gateway.deposit(2n, options)]),
    );
    const hashes = receipts.map(({ transactionHash }) => transactionHash);
    const mined = await Promise.all(hashes.map((hash) => chain.provider.getTransaction(hash)));
    expect(mined.map((transaction) => transaction?.nonce).sort()).toEqual([nonce, nonce + 1]);
    expect(hashes).not.toContain(signed[0]);
    expect(hashes).not.toContain(signed[1]);
    expect(signed).toEqual(expect.arrayContaining(hashes));
    expect(await ethCollateral(gateway, account)).toBe(before + 3n);
  });

  test('never costs more than the cap', async () => {
    const gateway = await chain.gateway(5);
    const { maxFeePerGas } = await chain.provider.getFeeData();
    const cap = ((maxFeePerGas ?? 0n) * 13n) / 10n;
    const offer = async () => [...(await offers(gateway)).values()][0] ?? 0n;
    await chain.withoutMining(async () => {
      const abort = new AbortController();
      const options = { feeBump: FEE_BUMP, maxFeePerGas: cap, signal: abort.signal };
      const outcome = rejection(gateway.deposit(1n, options));
      await expect.poll(offer, { timeout: 60_000 }).toBeGreaterThan(((maxFeePerGas ?? 0n) * 12n) / 10n);
      await sleep(4 * FEE_BUMP.afterMs);
      expect(await offer()).toBeLessThanOrEqual(cap);
      abort.abort();
      expect(await outcome).toMatchObject({ code: 'ABORTED' });
      await chain.provider.send('anvil_dropAllTransactions', []);
    });
  });

  test('is taken up by another process, which knows only its hash', async () => {
    const account = 6;
    const [first, second] = await Promise.all([chain.gateway(account), restarted(account)]);
    const before = await ethCollateral(first, account);
    const receipts = await whileTheChainIsDear(first, 2, async () => {
      const abort = new AbortController();
      const outcome = rejection(first.deposit(5n, { signal: abort.signal }));
      await chain.untilPoolHolds(1);
      abort.abort(new Error('the process ends'));
      const { transactionHash } = await outcome;
      const resumed = second.resume('deposit', transactionHash as Hex, { feeBump: FEE_BUMP });
      return Promise.all([resumed, second.deposit(7n, { feeBump: FEE_BUMP })]);
    });
    expect(receipts).toMatchObject([{ status: 1 }, { status: 1 }]);
    expect(await ethCollateral(first, account)).toBe(before + 12n);
    expect(await second.resume('deposit', `0x${'ab'.repeat(32)}`)).toBeUndefined();
    const foreign = receipts[0]?.transactionHash ?? '0x';
    expect(await rejection((await chain.gateway(PAYER)).resume('deposit', foreign))).toMatchObject({
      code: 'TRANSACTION_FOREIGN',
    });
  });
});

/** A gateway that shares nothing with those of the account before. */
const restarted = (account: number) =>
  chain.gateway(account, { rpcUrl: `${chain.anvil.rpcUrl}/?another-process` });

test('an aborted wait says which transaction is still on its way', async () => {
  const gateway = await chain.gateway(6);
  const abort = new AbortController();
  const error = await chain.withoutMining(async () => {
    const outcome = rejection(gateway.deposit(10n, { signal: abort.signal }));
    await chain.untilPoolHolds(1);
    abort.abort(new Error('the user left'));
    return outcome;
  });
  expect(error).toMatchObject({ code: 'ABORTED', cause: { message: 'the user left' } });
  await chain.mine();
  expect((await chain.provider.getTransactionReceipt(String(error.transactionHash)))?.status).toBe(1);
});

test('confirmations are waited for', async () => {
  const gateway = await chain.gateway(7);
  const mining = setInterval(() => void chain.mine(), 100);
  const receipt = await gateway.deposit(1n, { confirmations: 4 });
  clearInterval(mining);
  expect(await chain.provider.getBlockNumber()).toBeGreaterThanOrEqual(receipt.blockNumber + 3);
});

test('a wallet that signs and sends by itself works, as a browser extension does', async () => {
  const provider = new JsonRpcProvider(chain.anvil.rpcUrl, 31337, { staticNetwork: true });
  provider.pollingInterval = 50;
  const gateway = await ContractGateway.connect({
    provider,
    signer: await provider.getSigner(8),
    contractAddress: chain.contractAddress,
    expectedChainId: 31337n,
  });
  expect(gateway.signerAddress).toBe(chain.address(8));
  await Promise.all([gateway.deposit(1n), gateway.deposit(2n)]);
  expect(await ethCollateral(gateway, 8)).toBe(3n);
  provider.destroy();
});

test('an account without money is told so', async () => {
  const gateway = await chain.gateway(PAYER, { privateKey: `0x${'11'.repeat(32)}` });
  expect(await rejection(gateway.deposit(1n))).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
});

const byAmount = (a: bigint, b: bigint): number => Number(a - b);
