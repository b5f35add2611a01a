import { testHostileTokenArtifact } from '@fourmica/contracts/test-artifacts';
import { AbiCoder, id, keccak256, MaxUint256, ZeroAddress } from 'ethers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Chain } from './support/chain.js';
import { deployFixture, ETH, type Fixture, REMUNERATION_GRACE } from './support/fixture.js';
import { expectRevert } from './support/reverts.js';

const UNKNOWN_TOKEN = '0x00000000000000000000000000000000000000AA';
const PAYMENT = id('a payment');
const PANIC_OVERFLOW = 0x11n;

let chain: Chain;
let f: Fixture;
let restore: () => Promise<void>;

beforeAll(async () => {
  chain = await Chain.start();
  f = await deployFixture(chain);
  restore = await chain.checkpoint();
});
beforeEach(() => restore());
afterAll(() => chain.stop());

const status = async (tabId: bigint) => (await f.core.read('getPaymentStatus', tabId)).toArray();

describe('payTabInERC20Token', () => {
  const pay = (asset: string, amount: bigint, recipient: string) =>
    f.core.callAs(f.payer, 'payTabInERC20Token', [5n, asset, amount, recipient]);

  it.each(['usdc', 'usdt'] as const)(
    'moves %s from payer to recipient and touches nothing else',
    async (name) => {
      const token = f[name];
      await token.sendAs(f.payer, 'mint', [f.payer, 100n]);
      await token.sendAs(f.payer, 'approve', [f.core.address, 100n]);
      const receipt = await f.core.sendAs(f.payer, 'payTabInERC20Token', [
        5n,
        token.address,
        30n,
        f.recipient,
      ]);
      expect(f.core.eventsOf(receipt)).toEqual([['TabPaid', 5n, token.address, f.payer, f.recipient, 30n]]);
      expect(await token.get('balanceOf', f.recipient)).toBe(30n);
      expect(await token.get('balanceOf', f.core.address)).toBe(0n);
      expect(await status(5n)).toEqual([0n, false, ZeroAddress]);
    },
  );

  it('checks asset, amount, recipient, pause and token in this order', async () => {
    const hostile = await chain.deploy(testHostileTokenArtifact);
    await f.core.sendAs(f.governance, 'setStablecoinAsset', [hostile.address, true]);
    await hostile.sendAs(f.payer, 'setReportsFailure', [true]);
    await expectRevert(pay(hostile.address, 1n, f.recipient), 'SafeERC20FailedOperation', hostile.address);
    await f.core.sendAs(f.governance, 'pause');
    await expectRevert(pay(ETH, 0n, ZeroAddress), 'UnsupportedAsset', ETH);
    await expectRevert(pay(UNKNOWN_TOKEN, 0n, ZeroAddress), 'UnsupportedAsset', UNKNOWN_TOKEN);
    await expectRevert(pay(f.usdc.address, 0n, ZeroAddress), 'AmountZero');
    await expectRevert(pay(f.usdc.address, 1n, ZeroAddress), 'InvalidRecipient');
    await expectRevert(pay(f.usdc.address, 1n, f.core.address), 'InvalidRecipient');
    await expectRevert(pay(f.usdc.address, 1n, f.recipient), 'EnforcedPause');
  });
});

describe('recorded payments', () => {
  it('add up and bind the tab to its asset', async () => {
    const receipt = await f.core.sendAs(f.operator, 'recordPayment', [5n, ETH, 30n]);
    expect(f.core.eventsOf(receipt)).toEqual([['PaymentRecorded', 5n, ETH, 30n]]);
    await f.core.sendAs(f.operator, 'recordPayment', [5n, ETH, 30n]);
    expect(await status(5n)).toEqual([60n, false, ETH]);
    expect((await f.core.read('payments', 5n)).toArray()).toEqual([60n, false, ETH]);
    await expectRevert(
      f.core.callAs(f.operator, 'recordPayment', [5n, f.usdc.address, 1n]),
      'InvalidAsset',
      f.usdc.address,
    );
    expect(await status(6n)).toEqual([0n, false, ZeroAddress]);
  });

  it('count once per id, and say so when repeated', async () => {
    const record = [PAYMENT, 5n, f.usdc.address, 30n];
    const first = await f.core.sendAs(f.operator, 'recordPaymentById', record);
    expect(f.core.eventsOf(first)).toEqual([['PaymentRecordedById', ...record]]);
    expect(await f.core.get('paymentRecordDigests', PAYMENT)).toBe(
      keccak256(AbiCoder.defaultAbiCoder().encode(['uint256', 'address', 'uint256'], record.slice(1))),
    );
    const second = await f.core.sendAs(f.operator, 'recordPaymentById', record);
    expect(f.core.eventsOf(second)).toEqual([['PaymentRecordReplayed', ...record]]);
    expect(await status(5n)).toEqual([30n, false, f.usdc.address]);

    for (const other of [
      [PAYMENT, 6n, f.usdc.address, 30n],
      [PAYMENT, 6n, f.usdt.address, 30n],
      [PAYMENT, 5n, f.usdc.address, 31n],
    ]) {
      await expectRevert(
        f.core.callAs(f.operator, 'recordPaymentById', other),
        'PaymentRecordConflict',
        PAYMENT,
      );
    }
    await f.core.sendAs(f.operator, 'recordPaymentById', [id('another'), 5n, f.usdc.address, 30n]);
    expect(await status(5n)).toEqual([60n, false, f.usdc.address]);
  });

  it('check caller, asset, amount and binding before the id', async () => {
    await f.core.sendAs(f.operator, 'recordPaymentById', [PAYMENT, 5n, ETH, 30n]);
    for (const [fn, prefix] of [
      ['recordPayment', []],
      ['recordPaymentById', [PAYMENT]],
    ] as const) {
      const record = (caller: string, asset: string, amount: bigint) =>
        f.core.callAs(caller, fn, [...prefix, 5n, asset, amount]);
      await expectRevert(record(f.outsider, UNKNOWN_TOKEN, 0n), 'AccessManagedUnauthorized', f.outsider);
      await expectRevert(record(f.operator, UNKNOWN_TOKEN, 0n), 'UnsupportedAsset', UNKNOWN_TOKEN);
      await expectRevert(record(f.operator, f.usdc.address, 0n), 'AmountZero');
      await expectRevert(record(f.operator, f.usdc.address, 1n), 'InvalidAsset', f.usdc.address);
    }
  });

  it('work while paused', async () => {
    await f.core.sendAs(f.governance, 'pause');
    await f.core.sendAs(f.operator, 'recordPaymentById', [PAYMENT, 5n, ETH, 30n]);
    expect(await status(5n)).toEqual([30n, false, ETH]);
  });

  it('may exceed every certificate without blocking the arithmetic of the tab', async () => {
    await f.core.sendAs(f.payer, 'deposit', [], 100n);
    await chain.nextBlockAt(f.start + REMUNERATION_GRACE);
    await f.core.sendAs(f.recipient, 'remunerate', f.certificate({ totalAmount: 40n }));
    await f.core.sendAs(f.operator, 'recordPayment', [1n, ETH, MaxUint256]);
    await expectRevert(
      f.core.callAs(f.recipient, 'remunerate', f.certificate({ totalAmount: 100n })),
      'TabPreviouslyRemunerated',
    );
    await expectRevert(f.core.callAs(f.operator, 'recordPayment', [1n, ETH, 1n]), 'Panic', PANIC_OVERFLOW);
  });
});
