import { decodePaymentMemo, ETH_ASSET } from '@fourmica/core-types';
import { getBytes, parseEther, parseUnits, toUtf8String, Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain, PAYER, RECIPIENT, rejection } from './support/chain.js';

let chain: Chain;
beforeAll(async () => {
  chain = await Chain.start();
});
afterAll(() => chain.stop());

test('a deposit arrives as collateral and its receipt says how', async () => {
  const gateway = await chain.gateway(PAYER);
  const receipt = await gateway.deposit(parseEther('1'));
  expect(receipt).toMatchObject({ status: 1 });
  const onChain = await chain.provider.getTransactionReceipt(receipt.transactionHash);
  expect(onChain).toMatchObject({ blockNumber: receipt.blockNumber, gasUsed: receipt.gasUsed, status: 1 });
  const [eth, usdc, usdt] = await gateway.getUserAssets(gateway.signerAddress ?? ETH_ASSET);
  expect(eth).toEqual({
    asset: ETH_ASSET,
    collateral: parseEther('1'),
    withdrawalRequestAmount: 0n,
    withdrawalRequestTimestamp: 0n,
  });
  expect([usdc?.asset, usdt?.asset]).toEqual([chain.usdc, chain.usdt]);
  expect(
    await gateway.getUserAssets(chain.address(PAYER) as never, { blockNumber: receipt.blockNumber - 1 }),
  ).toMatchObject([{ collateral: 0n }, { collateral: 0n }, { collateral: 0n }]);
});

describe('T-5: the memo of an ETH payment', () => {
  test('names tab and request in hex with 0x, and the value goes to the recipient', async () => {
    const gateway = await chain.gateway(PAYER);
    const before = await chain.provider.getBalance(chain.address(RECIPIENT));
    const { transactionHash } = await gateway.payTabEth({
      tabId: 42,
      reqId: 7n,
      amount: 1000n,
      recipient: chain.address(RECIPIENT),
    });
    const transaction = await chain.provider.getTransaction(transactionHash);
    expect(transaction?.data).toBe('0x7461625f69643a307832613b7265715f69643a307837');
    expect(toUtf8String(transaction?.data ?? '0x')).toBe('tab_id:0x2a;req_id:0x7');
    expect(transaction).toMatchObject({ to: chain.address(RECIPIENT), value: 1000n });
    expect(await chain.provider.getBalance(chain.address(RECIPIENT))).toBe(before + 1000n);
  });

  test('keeps ids of 256 bits exact', async () => {
    const gateway = await chain.gateway(PAYER);
    const tabId = (1n << 256n) - 1n;
    const reqId = 10n; // "a" in hex, which reads as nothing without 0x
    const { transactionHash } = await gateway.payTabEth({
      tabId,
      reqId,
      amount: 1n,
      recipient: chain.address(RECIPIENT),
    });
    const transaction = await chain.provider.getTransaction(transactionHash);
    expect(decodePaymentMemo(getBytes(transaction?.data ?? '0x'))).toEqual({ tabId, reqId });
  });
});

describe('T-6: fees come from the node', () => {
  test('a base fee far above any fixed fee is paid', async () => {
    await chain.provider.send('anvil_setNextBlockBaseFeePerGas', [
      `0x${parseUnits('80', 'gwei').toString(16)}`,
    ]);
    await chain.provider.send('evm_mine', []);
    const gateway = await chain.gateway(PAYER);
    const { transactionHash } = await gateway.deposit(1n);
    const transaction = await chain.provider.getTransaction(transactionHash);
    expect(transaction?.maxFeePerGas).toBeGreaterThan(parseUnits('50', 'gwei'));
  });

  test('a cap of the caller is kept, and said when the chain demands more', async () => {
    await chain.provider.send('anvil_setNextBlockBaseFeePerGas', [
      `0x${parseUnits('20', 'gwei').toString(16)}`,
    ]);
    await chain.provider.send('evm_mine', []);
    const gateway = await chain.gateway(PAYER, { maxFeePerGas: parseUnits('25', 'gwei') });
    const { transactionHash } = await gateway.deposit(1n);
    const transaction = await chain.provider.getTransaction(transactionHash);
    expect(transaction?.maxFeePerGas).toBe(parseUnits('25', 'gwei'));
    const error = await rejection(gateway.deposit(1n, { maxFeePerGas: 1n }));
    expect(error).toMatchObject({ code: 'FEE_CAP_EXCEEDED', context: { cap: 1n } });
  });
});

describe('T-7 and R-5: the status of the receipt is checked', () => {
  test('a transaction that is mined and reverts is an error with its reason and its hash', async () => {
    const gateway = await chain.gateway(PAYER);
    await gateway.requestWithdrawal(1n);
    // Both pass the simulation, because none is mined yet; the second finds nothing to cancel.
    const outcomes = await chain.withoutMining(async () => {
      const cancellations = Promise.allSettled([gateway.cancelWithdrawal(), gateway.cancelWithdrawal()]);
      await chain.untilPoolHolds(2);
      await chain.mine();
      return cancellations;
    });
    const mined = outcomes.find(({ status }) => status === 'fulfilled');
    const reverted = outcomes.find(({ status }) => status === 'rejected');
    expect(mined).toMatchObject({ status: 'fulfilled', value: { status: 1 } });
    expect(reverted).toMatchObject({
      status: 'rejected',
      reason: { code: 'NO_WITHDRAWAL_REQUESTED', errorName: 'NoWithdrawalRequested' },
    });
    const { transactionHash } = (reverted as PromiseRejectedResult).reason;
    expect((await chain.provider.getTransactionReceipt(transactionHash))?.status).toBe(0);
  });

  test('a transaction that runs out of gas says so', async () => {
    const gateway = await chain.gateway(PAYER);
    const error = await rejection(gateway.deposit(1n, { gasLimit: 25_000n }));
    expect(error).toMatchObject({ code: 'TRANSACTION_REVERTED' });
    expect(error.message).toContain('raise gasLimit');
  });
});

describe('T-21 and R-7: gas limits are estimated', () => {
  test('a chain whose blocks hold less than the fixed limits of old is usable', async () => {
    await chain.provider.send('evm_setBlockGasLimit', ['0x30d40']); // 200,000
    await chain.provider.send('evm_mine', []);
    try {
      const gateway = await chain.gateway(PAYER);
      await expect(gateway.deposit(5n)).resolves.toMatchObject({ status: 1 });
      await expect(
        gateway.payTabEth({ tabId: 1n, reqId: 0n, amount: 5n, recipient: chain.address(RECIPIENT) }),
      ).resolves.toMatchObject({ status: 1 });
    } finally {
      await chain.provider.send('evm_setBlockGasLimit', ['0x1c9c380']);
      await chain.provider.send('evm_mine', []);
    }
  });

  test('a recipient that is a contract and uses more than 120,000 gas is paid', async () => {
    // Writes eight fresh storage slots whenever it is called.
    const runtime = `${Array.from({ length: 8 }, (_, slot) => `600160${slot.toString(16).padStart(2, '0')}55`).join('')}00`;
    const signer = new Wallet(chain.privateKey(9), chain.provider);
    const deployment = await (
      await signer.sendTransaction({ data: `0x6029600c60003960296000f3${runtime}` })
    ).wait();
    const recipient = deployment?.contractAddress ?? '';
    const gateway = await chain.gateway(PAYER);
    const receipt = await gateway.payTabEth({ tabId: 1n, reqId: 0n, amount: 9n, recipient });
    expect(receipt.gasUsed).toBeGreaterThan(120_000n);
    expect(await chain.provider.getBalance(recipient)).toBe(9n);
  });
});

describe('arguments are refused before anything is sent', () => {
  test.each([
    ['amount', () => ({ amount: '' })],
    ['amount', () => ({ amount: 0 })],
    ['amount', () => ({ amount: '1.5' })],
    ['amount', () => ({ amount: -1n })],
    ['amount', () => ({ amount: 1n << 256n })],
    ['tabId', () => ({ tabId: '' })],
    ['reqId', () => ({ reqId: '0x' })],
    ['recipient', () => ({ recipient: ETH_ASSET })],
    ['recipient', () => ({ recipient: '0x1234' })],
  ])('%s', async (field, override) => {
    const gateway = await chain.gateway(PAYER);
    const nonce = await chain.provider.getTransactionCount(chain.address(PAYER));
    const payment = { tabId: 1n, reqId: 0n, amount: 1n, recipient: chain.address(RECIPIENT), ...override() };
    expect(await rejection(gateway.payTabEth(payment))).toMatchObject({
      code: 'INVALID_VALUE',
      context: { field },
    });
    expect(await chain.provider.getTransactionCount(chain.address(PAYER))).toBe(nonce);
  });
});
