import { testContractAccountArtifact, testHostileTokenArtifact } from '@fourmica/contracts/test-artifacts';
import { ZeroAddress } from 'ethers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Chain } from './support/chain.js';
import type { Deployed } from './support/deployed.js';
import {
  collateralOf,
  DAY,
  deployFixture,
  depositToken,
  ETH,
  type Fixture,
  REMUNERATION_GRACE,
  SYNCHRONIZATION_DELAY,
  WITHDRAWAL_GRACE,
} from './support/fixture.js';
import { expectRevert } from './support/reverts.js';

const UNKNOWN_TOKEN = '0x00000000000000000000000000000000000000AA';

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

const pause = () => f.core.sendAs(f.governance, 'pause');
const enable = (token: Deployed) => f.core.sendAs(f.governance, 'setStablecoinAsset', [token.address, true]);

describe('deposits', () => {
  it('credits ETH and adds up', async () => {
    const receipt = await f.core.sendAs(f.payer, 'deposit', [], 7n);
    await f.core.sendAs(f.payer, 'deposit', [], 5n);
    expect(f.core.eventsOf(receipt)).toEqual([['CollateralDeposited', f.payer, ETH, 7n]]);
    expect(await f.core.get('collateral(address)', f.payer)).toBe(12n);
    expect(await chain.balanceOf(f.core.address)).toBe(12n);
  });

  it('S-6: keeps a token itself and credits it to its sender only', async () => {
    await f.usdc.sendAs(f.payer, 'mint', [f.payer, 100n]);
    await f.usdc.sendAs(f.payer, 'approve', [f.core.address, 100n]);
    const receipt = await f.core.sendAs(f.payer, 'depositStablecoin', [f.usdc.address, 60n]);
    expect(f.core.eventsOf(receipt)).toEqual([['CollateralDeposited', f.payer, f.usdc.address, 60n]]);
    expect(await collateralOf(f, f.payer, f.usdc.address)).toBe(60n);
    expect(await f.usdc.get('balanceOf', f.core.address)).toBe(60n);
    expect(await collateralOf(f, f.payer, f.usdt.address)).toBe(0n);
    expect(await collateralOf(f, f.payer)).toBe(0n);
  });

  it('takes tokens whose transfers return nothing', async () => {
    await depositToken(f, f.usdt, f.payer, 60n);
    expect(await collateralOf(f, f.payer, f.usdt.address)).toBe(60n);
  });

  it('S-9: credits what arrived when the token takes a fee', async () => {
    const token = await chain.deploy(testHostileTokenArtifact);
    await enable(token);
    await token.sendAs(f.payer, 'setFee', [250n]);
    await token.sendAs(f.payer, 'mint', [f.payer, 10_000n]);
    await token.sendAs(f.payer, 'approve', [f.core.address, 10_000n]);
    const receipt = await f.core.sendAs(f.payer, 'depositStablecoin', [token.address, 10_000n]);
    expect(f.core.eventsOf(receipt)).toEqual([['CollateralDeposited', f.payer, token.address, 9_750n]]);
    expect(await collateralOf(f, f.payer, token.address)).toBe(9_750n);
    expect(await token.get('balanceOf', f.core.address)).toBe(9_750n);
  });

  it('refuses a transfer that delivers nothing or reports failure', async () => {
    const token = await chain.deploy(testHostileTokenArtifact);
    await enable(token);
    await token.sendAs(f.payer, 'mint', [f.payer, 100n]);
    await token.sendAs(f.payer, 'approve', [f.core.address, 100n]);
    const deposit = () => f.core.callAs(f.payer, 'depositStablecoin', [token.address, 100n]);
    await token.sendAs(f.payer, 'setFee', [10_000n]);
    await expectRevert(deposit(), 'TransferFailed');
    await token.sendAs(f.payer, 'setReportsFailure', [true]);
    await expectRevert(deposit(), 'SafeERC20FailedOperation', token.address);
  });

  it('passes on the error of the token', async () => {
    await expectRevert(
      f.core.callAs(f.payer, 'depositStablecoin', [f.usdt.address, 1n]),
      'InsufficientAllowance',
      0n,
      1n,
    );
  });

  it('checks asset, then amount, then pause', async () => {
    await pause();
    await expectRevert(f.core.callAs(f.payer, 'deposit'), 'AmountZero');
    await expectRevert(f.core.callAs(f.payer, 'deposit', [], 1n), 'EnforcedPause');
    const token = (asset: string, amount: bigint) =>
      f.core.callAs(f.payer, 'depositStablecoin', [asset, amount]);
    await expectRevert(token(UNKNOWN_TOKEN, 0n), 'UnsupportedAsset', UNKNOWN_TOKEN);
    await expectRevert(token(ETH, 0n), 'UnsupportedAsset', ETH);
    await expectRevert(token(f.usdc.address, 0n), 'AmountZero');
    await expectRevert(token(f.usdc.address, 1n), 'EnforcedPause');
  });

  it('refuses bare ETH and unknown functions', async () => {
    await expectRevert(chain.call(f.payer, f.core.address, '0x', 1n), 'DirectTransferNotAllowed');
    await expectRevert(chain.call(f.payer, f.core.address, '0x'), 'DirectTransferNotAllowed');
    await expectRevert(chain.call(f.payer, f.core.address, '0x12345678'), 'DirectTransferNotAllowed');
    await expectRevert(chain.call(f.payer, f.core.address, '0x12345678', 1n), 'DirectTransferNotAllowed');
    await expectRevert(chain.call(f.payer, f.core.address, '0x12', 1n), 'DirectTransferNotAllowed');
  });
});

describe('withdrawals', () => {
  beforeEach(async () => {
    await f.core.sendAs(f.payer, 'deposit', [], 100n);
    await depositToken(f, f.usdc, f.payer, 100n);
  });

  const eth = {
    asset: () => ETH,
    prefix: () => [],
    request: 'requestWithdrawal(uint256)',
    cancel: 'cancelWithdrawal()',
    finalize: 'finalizeWithdrawal()',
  };
  const named = (asset: () => string) => ({
    asset,
    prefix: () => [asset()],
    request: 'requestWithdrawal(address,uint256)',
    cancel: 'cancelWithdrawal(address)',
    finalize: 'finalizeWithdrawal(address)',
  });
  const variants = [
    ['ETH', eth],
    ['ETH by its address', named(() => ETH)],
    ['a token', named(() => f.usdc.address)],
  ] as const;

  it.each(variants)('of %s are requested, wait, and are paid once', async (_, variant) => {
    const { request, finalize } = variant;
    const [asset, prefix] = [variant.asset(), variant.prefix()];
    const time = f.start + DAY;
    await chain.nextBlockAt(time);
    const requested = await f.core.sendAs(f.payer, request, [...prefix, 60n]);
    expect(f.core.eventsOf(requested)).toEqual([['WithdrawalRequested', f.payer, asset, time, 60n]]);
    expect((await f.core.read('withdrawalRequests', f.payer, asset)).toArray()).toEqual([time, 60n]);

    await chain.warpTo(time + WITHDRAWAL_GRACE - 1n);
    await expectRevert(f.core.callAs(f.payer, finalize, prefix), 'GracePeriodNotElapsed');
    await chain.nextBlockAt(time + WITHDRAWAL_GRACE);
    const held = async () =>
      asset === ETH ? chain.balanceOf(f.core.address) : f.usdc.get('balanceOf', f.core.address);
    const paid = await f.core.sendAs(f.payer, finalize, prefix);
    expect(f.core.eventsOf(paid)).toEqual([['CollateralWithdrawn', f.payer, asset, 60n]]);
    expect(await held()).toBe(40n);
    expect(await collateralOf(f, f.payer, asset)).toBe(40n);
    await expectRevert(f.core.callAs(f.payer, finalize, prefix), 'NoWithdrawalRequested');
  });

  it('restart the wait when requested again', async () => {
    await f.core.sendAs(f.payer, 'requestWithdrawal(uint256)', [60n]);
    await chain.nextBlockAt(f.start + 10n * DAY);
    await f.core.sendAs(f.payer, 'requestWithdrawal(uint256)', [10n]);
    await chain.warpTo(f.start + 10n * DAY + WITHDRAWAL_GRACE - 1n);
    await expectRevert(f.core.callAs(f.payer, 'finalizeWithdrawal()'), 'GracePeriodNotElapsed');
    await chain.nextBlockAt(f.start + 10n * DAY + WITHDRAWAL_GRACE);
    const paid = await f.core.sendAs(f.payer, 'finalizeWithdrawal()');
    expect(f.core.eventsOf(paid)).toEqual([['CollateralWithdrawn', f.payer, ETH, 10n]]);
  });

  it.each(variants)('of %s can be canceled', async (_, variant) => {
    const { request, cancel } = variant;
    const [asset, prefix] = [variant.asset(), variant.prefix()];
    await f.core.sendAs(f.payer, request, [...prefix, 60n]);
    const receipt = await f.core.sendAs(f.payer, cancel, prefix);
    expect(f.core.eventsOf(receipt)).toEqual([['WithdrawalCanceled', f.payer, asset]]);
    expect((await f.core.read('withdrawalRequests', f.payer, asset)).toArray()).toEqual([0n, 0n]);
    await expectRevert(f.core.callAs(f.payer, cancel, prefix), 'NoWithdrawalRequested');
  });

  it('check asset, amount, pause and balance in this order', async () => {
    const request = (...args: unknown[]) =>
      f.core.callAs(
        f.payer,
        args.length === 1 ? 'requestWithdrawal(uint256)' : 'requestWithdrawal(address,uint256)',
        args,
      );
    await expectRevert(request(101n), 'InsufficientAvailable');
    await expectRevert(request(f.usdc.address, 101n), 'InsufficientAvailable');
    await expectRevert(f.core.callAs(f.payer, 'cancelWithdrawal()'), 'NoWithdrawalRequested');
    await pause();
    await expectRevert(request(0n), 'AmountZero');
    await expectRevert(request(101n), 'EnforcedPause');
    await expectRevert(request(UNKNOWN_TOKEN, 0n), 'UnsupportedAsset', UNKNOWN_TOKEN);
    await expectRevert(request(f.usdc.address, 0n), 'AmountZero');
    await expectRevert(request(f.usdc.address, 101n), 'EnforcedPause');
    for (const fn of ['cancelWithdrawal', 'finalizeWithdrawal']) {
      await expectRevert(f.core.callAs(f.payer, `${fn}()`), 'EnforcedPause');
      await expectRevert(f.core.callAs(f.payer, `${fn}(address)`, [f.usdc.address]), 'EnforcedPause');
      await expectRevert(
        f.core.callAs(f.payer, `${fn}(address)`, [UNKNOWN_TOKEN]),
        'UnsupportedAsset',
        UNKNOWN_TOKEN,
      );
    }
  });

  it('pay what is left, even nothing, when a remuneration came first', async () => {
    // The certificate is from after the synchronisation delay, so the request stays as it is.
    const timestamp = f.start + DAY + SYNCHRONIZATION_DELAY;
    await chain.nextBlockAt(f.start + DAY);
    await f.core.sendAs(f.payer, 'requestWithdrawal(uint256)', [60n]);
    await chain.nextBlockAt(timestamp + REMUNERATION_GRACE);
    await f.core.sendAs(f.outsider, 'remunerate', f.certificate({ timestamp }));
    expect((await f.core.read('withdrawalRequests', f.payer, ETH)).toArray()).toEqual([f.start + DAY, 60n]);
    await chain.nextBlockAt(f.start + DAY + WITHDRAWAL_GRACE);
    const paid = await f.core.sendAs(f.payer, 'finalizeWithdrawal()');
    expect(f.core.eventsOf(paid)).toEqual([['CollateralWithdrawn', f.payer, ETH, 0n]]);
    expect((await f.core.read('withdrawalRequests', f.payer, ETH)).toArray()).toEqual([0n, 0n]);
  });

  it('fail as a whole when the account refuses ETH', async () => {
    const account = await chain.deploy(testContractAccountArtifact);
    const as = (fn: string, args: unknown[] = [], value = 0n) =>
      account.sendAs(f.payer, 'execute', [f.core.address, f.core.encode(fn, args)], value);
    await as('deposit', [], 50n);
    await as('requestWithdrawal(uint256)', [50n]);
    await account.sendAs(f.payer, 'setRefuses', [true]);
    await chain.warpTo(f.start + WITHDRAWAL_GRACE + DAY);
    await expectRevert(as('finalizeWithdrawal()'), 'TransferFailed');
    expect(await collateralOf(f, account.address)).toBe(50n);
    await account.sendAs(f.payer, 'setRefuses', [false]);
    await as('finalizeWithdrawal()');
    expect(await chain.balanceOf(account.address)).toBe(50n);
  });
});

describe('S-7: a token that is disabled', () => {
  it('takes no more deposits, and everything else goes on', async () => {
    await depositToken(f, f.usdc, f.payer, 1_000n);
    await f.usdc.sendAs(f.payer, 'mint', [f.payer, 1_000n]);
    await f.usdc.sendAs(f.payer, 'approve', [f.core.address, 1_000n]);
    const asset = f.usdc.address;
    await f.core.sendAs(f.payer, 'requestWithdrawal(address,uint256)', [asset, 100n]);
    await f.core.sendAs(f.governance, 'setStablecoinAsset', [asset, false]);

    await expectRevert(f.core.callAs(f.payer, 'depositStablecoin', [asset, 1n]), 'UnsupportedAsset', asset);
    expect(await f.core.get('getERC20Tokens')).toEqual([f.usdt.address]);
    expect(await collateralOf(f, f.payer, asset)).toBe(1_000n);
    expect((await f.core.read('getUser(address,address)', f.payer, asset))[0]).toBe(1_000n);

    await f.core.sendAs(f.payer, 'cancelWithdrawal(address)', [asset]);
    await f.core.sendAs(f.payer, 'requestWithdrawal(address,uint256)', [asset, 300n]);
    await f.core.sendAs(f.payer, 'payTabInERC20Token', [2n, asset, 10n, f.recipient]);
    await f.core.sendAs(f.operator, 'recordPayment', [2n, asset, 10n]);
    await chain.nextBlockAt(f.start + REMUNERATION_GRACE);
    await f.core.sendAs(f.recipient, 'remunerate', f.certificate({ asset, totalAmount: 200n }));
    await chain.nextBlockAt(f.start + WITHDRAWAL_GRACE + DAY);
    const paid = await f.core.sendAs(f.payer, 'finalizeWithdrawal(address)', [asset]);
    expect(f.core.eventsOf(paid)).toEqual([['CollateralWithdrawn', f.payer, asset, 100n]]);
    expect(await collateralOf(f, f.payer, asset)).toBe(700n);
  });
});

describe('views of a user', () => {
  it('list ETH, enabled and disabled tokens with collateral and request', async () => {
    await f.core.sendAs(f.payer, 'deposit', [], 5n);
    await depositToken(f, f.usdc, f.payer, 9n);
    await chain.nextBlockAt(f.start + DAY);
    await f.core.sendAs(f.payer, 'requestWithdrawal(address,uint256)', [f.usdc.address, 4n]);
    const token = await chain.deploy(testHostileTokenArtifact);
    await enable(token);
    const entries = async () =>
      ((await f.core.read('getUserAllAssets', f.payer))[0] as { toArray(): unknown[] }[]).map((e) =>
        e.toArray(),
      );
    const usdc = [f.usdc.address, 9n, f.start + DAY, 4n];
    const usdt = [f.usdt.address, 0n, 0n, 0n];
    const third = [token.address, 0n, 0n, 0n];
    expect(await entries()).toEqual([[ETH, 5n, 0n, 0n], usdc, usdt, third]);
    expect((await f.core.read('getUser(address)', f.payer)).toArray()).toEqual([5n, 0n, 0n]);
    expect((await f.core.read('getUser(address,address)', f.payer, f.usdc.address)).toArray()).toEqual(
      usdc.slice(1),
    );

    await f.core.sendAs(f.governance, 'setStablecoinAsset', [f.usdc.address, false]);
    expect(await f.core.get('getERC20Tokens')).toEqual([token.address, f.usdt.address]);
    expect(await entries()).toEqual([[ETH, 5n, 0n, 0n], third, usdt, usdc]);
    await enable(f.usdc);
    expect(await entries()).toEqual([[ETH, 5n, 0n, 0n], third, usdt, usdc]);
  });

  it('offer the names of contracts that earn yield', async () => {
    await depositToken(f, f.usdc, f.payer, 9n);
    for (const view of [
      'guaranteeCapacity',
      'principalBalance',
      'withdrawableBalance',
      'collateral(address,address)',
    ]) {
      expect(await f.core.get(view, f.payer, f.usdc.address), view).toBe(9n);
      expect(await f.core.get(view, f.payer, ETH), view).toBe(0n);
      await expectRevert(f.core.read(view, f.payer, UNKNOWN_TOKEN), 'UnsupportedAsset', UNKNOWN_TOKEN);
    }
    await expectRevert(
      f.core.read('getUser(address,address)', f.payer, UNKNOWN_TOKEN),
      'UnsupportedAsset',
      UNKNOWN_TOKEN,
    );
    expect(await f.core.get('stablecoinAToken', f.usdc.address)).toBe(ZeroAddress);
    expect(await f.core.get('stablecoinAToken', UNKNOWN_TOKEN)).toBe(ZeroAddress);
  });
});
