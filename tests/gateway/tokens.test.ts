import { ContractGateway } from '@fourmica/contract-gateway';
import { deployTestToken } from '@fourmica/contracts';
import { ETH_ASSET, MAX_U256, parseAddress } from '@fourmica/core-types';
import { Contract, Signature, Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain, core4Mica, PAYER, RECIPIENT, rejection, TIMING } from './support/chain.js';

let chain: Chain;
beforeAll(async () => {
  chain = await Chain.start();
  await chain.mint(chain.usdc, PAYER, 1_000_000n);
  await chain.mint(chain.usdt, PAYER, 1_000_000n);
});
afterAll(() => chain.stop());

const sentBy = (account: number) => chain.provider.getTransactionCount(chain.address(account));

describe('T-22: approval sends more than one transaction only for tokens that need it', () => {
  test('an ordinary token is changed from one amount to another directly', async () => {
    const gateway = await chain.gateway(PAYER);
    const before = await sentBy(PAYER);
    await gateway.approveErc20(chain.usdc, 100n);
    await gateway.approveErc20(chain.usdc, 200n);
    expect(await sentBy(PAYER)).toBe(before + 2);
  });

  test('a token in the manner of USDT is reset to zero first', async () => {
    const gateway = await chain.gateway(PAYER);
    const before = await sentBy(PAYER);
    await gateway.approveErc20(chain.usdt, 100n);
    expect(await sentBy(PAYER)).toBe(before + 1);
    await gateway.approveErc20(chain.usdt, 200n);
    expect(await sentBy(PAYER)).toBe(before + 3);
    await gateway.approveErc20(chain.usdt, 0n);
    await gateway.approveErc20(chain.usdt, MAX_U256);
    expect(await sentBy(PAYER)).toBe(before + 5);
  });

  test('a refusal by the wallet is not tried again', async () => {
    const wallet = new Wallet(chain.privateKey(PAYER), chain.provider);
    let requests = 0;
    wallet.signTransaction = async () => {
      requests++;
      throw Object.assign(new Error('user rejected action'), { code: 'ACTION_REJECTED' });
    };
    const gateway = await ContractGateway.connect({
      rpcUrl: chain.anvil.rpcUrl,
      contractAddress: chain.contractAddress,
      expectedChainId: 31337n,
      signer: wallet,
    });
    expect(await rejection(gateway.approveErc20(chain.usdc, 300n))).toMatchObject({
      code: 'SIGNER_REJECTED',
    });
    expect(requests).toBe(1);
  });

  test('an address that is no token is named as such', async () => {
    const gateway = await chain.gateway(PAYER);
    const error = await rejection(gateway.approveErc20(chain.address(8), 1n));
    expect(error).toMatchObject({ code: 'RESULT_MISSING' });
  });
});

describe('deposits with a permit', () => {
  const collateralOf = async (account: number) =>
    (await chain.gateway(PAYER)).collateral(parseAddress(chain.address(account)), parseAddress(chain.usdc));

  test('need no approval, and leave no allowance behind', async () => {
    const account = 5;
    await chain.mint(chain.usdc, account, 1_000n);
    const gateway = await chain.gateway(account);
    const before = await sentBy(account);
    await gateway.depositErc20WithPermit(chain.usdc, 600n);
    await gateway.depositErc20WithPermit(chain.usdc, 400n);
    expect(await collateralOf(account)).toBe(1_000n);
    expect(await sentBy(account)).toBe(before + 4);
    expect(await rejection(gateway.depositErc20(chain.usdc, 1n))).toMatchObject({
      code: 'ALLOWANCE_TOO_LOW',
      context: { allowance: 0n },
    });
  });

  test('use an allowance that suffices', async () => {
    const account = 6;
    await chain.mint(chain.usdc, account, 100n);
    const gateway = await chain.gateway(account);
    await gateway.approveErc20(chain.usdc, 100n);
    const before = await sentBy(account);
    await gateway.depositErc20WithPermit(chain.usdc, 100n);
    expect(await sentBy(account)).toBe(before + 1);
  });

  test('survive that somebody else hands the permit in first', async () => {
    const account = 7;
    await chain.mint(chain.usdc, account, 100n);
    const stranger = new Wallet(chain.privateKey(8), chain.provider);
    const wallet = new Wallet(chain.privateKey(account), chain.provider);
    const sign = wallet.signTypedData.bind(wallet);
    wallet.signTypedData = async (domain, types, message) => {
      const signature = await sign(domain, types, message);
      const { v, r, s } = Signature.from(signature);
      const { owner, spender, value, deadline } = message as Record<string, string>;
      const token = new Contract(
        chain.usdc,
        ['function permit(address,address,uint256,uint256,uint8,bytes32,bytes32)'],
        stranger,
      );
      await (await token.getFunction('permit').send(owner, spender, value, deadline, v, r, s)).wait();
      return signature;
    };
    const gateway = await ContractGateway.connect({
      rpcUrl: chain.anvil.rpcUrl,
      contractAddress: chain.contractAddress,
      expectedChainId: 31337n,
      signer: wallet,
    });
    await gateway.depositErc20WithPermit(chain.usdc, 100n);
    expect(await collateralOf(account)).toBe(100n);
  });

  test('of a token without permits say what to use instead', async () => {
    const gateway = await chain.gateway(4);
    const error = await rejection(gateway.depositErc20WithPermit(chain.usdt, 1n));
    expect(error).toMatchObject({ code: 'PERMIT_UNSUPPORTED' });
    expect(error.message).toContain('approveErc20');
    expect(await rejection(gateway.depositErc20WithPermit(ETH_ASSET, 1n))).toMatchObject({
      code: 'INVALID_VALUE',
    });
  });
});

test('a position shows what was paid in; without lending nothing is earned', async () => {
  const gateway = await chain.gateway(PAYER);
  const user = parseAddress(chain.address(5));
  const token = parseAddress(chain.usdc);
  expect(await gateway.stablecoinPosition(user, token)).toEqual({
    asset: token,
    principal: 1_000n,
    guaranteeCapacity: 1_000n,
    withdrawable: 1_000n,
    aToken: undefined,
    grossYield: 0n,
    protocolYieldShare: 0n,
    netYield: 0n,
  });
  expect(await rejection(gateway.stablecoinPosition(user, parseAddress(chain.address(8))))).toMatchObject({
    code: 'UNSUPPORTED_ASSET',
  });
});

describe('tokens as collateral and as payment', () => {
  test('a deposit without allowance says what to do, and with one arrives', async () => {
    const gateway = await chain.gateway(PAYER);
    await gateway.approveErc20(chain.usdt, 0n);
    const error = await rejection(gateway.depositErc20(chain.usdt, 500n));
    expect(error).toMatchObject({ code: 'ALLOWANCE_TOO_LOW', context: { allowance: 0n, amount: 500n } });
    await gateway.approveErc20(chain.usdt, 500n);
    await gateway.depositErc20(chain.usdt, 500n);
    expect(await gateway.collateral(parseAddress(chain.address(PAYER)), parseAddress(chain.usdt))).toBe(500n);
  });

  test('a tab is paid straight to the recipient, with the event that the core looks for', async () => {
    const gateway = await chain.gateway(PAYER);
    await gateway.approveErc20(chain.usdc, 70n);
    const payment = { tabId: 5n, asset: chain.usdc, amount: 70n, recipient: chain.address(RECIPIENT) };
    const { transactionHash } = await gateway.payTabErc20(payment);
    const receipt = await chain.provider.getTransactionReceipt(transactionHash);
    const paid = receipt?.logs
      .map((log) => core4Mica.parseLog(log))
      .find((event) => event?.name === 'TabPaid');
    expect(paid?.args.toObject()).toEqual({
      tabId: 5n,
      asset: chain.usdc,
      user: chain.address(PAYER),
      recipient: chain.address(RECIPIENT),
      amount: 70n,
    });
  });

  test('more than the account holds is refused with the amounts', async () => {
    const gateway = await chain.gateway(PAYER);
    await gateway.approveErc20(chain.usdc, MAX_U256);
    const error = await rejection(gateway.depositErc20(chain.usdc, 2_000_000n));
    expect(error).toMatchObject({
      code: 'ERC20_INSUFFICIENT_BALANCE',
      errorName: 'ERC20InsufficientBalance',
      args: { needed: 2_000_000n },
    });
  });

  test('an error of the token that nobody knows keeps its selector and data', async () => {
    const gateway = await chain.gateway(PAYER);
    await gateway.approveErc20(chain.usdt, 0n);
    await gateway.approveErc20(chain.usdt, MAX_U256);
    const error = await rejection(gateway.depositErc20(chain.usdt, 2_000_000n));
    expect(error).toMatchObject({ code: 'UNKNOWN_REVERT' });
    expect(error.context).toMatchObject({ selector: expect.stringMatching(/^0x[0-9a-f]{8}$/) });
    expect((error.context as { data: string }).data).toHaveLength(2 + 8 + 2 * 64);
  });

  test('a token that the contract does not take is named', async () => {
    const signer = new Wallet(chain.privateKey(9), chain.provider);
    const { contractAddress } = await deployTestToken({ signer, kind: 'usdc' });
    const gateway = await chain.gateway(PAYER);
    await gateway.approveErc20(contractAddress, 1n);
    const error = await rejection(gateway.depositErc20(contractAddress, 1n));
    expect(error).toMatchObject({ code: 'UNSUPPORTED_ASSET', args: { asset: contractAddress } });
  });
});

describe('T-23: the zero address is ETH everywhere', () => {
  test('deposit, payment, withdrawal', async () => {
    const gateway = await chain.gateway(PAYER);
    const user = parseAddress(chain.address(PAYER));
    await gateway.depositErc20(ETH_ASSET, 300n);
    expect(await gateway.collateral(user, ETH_ASSET)).toBe(300n);
    const payment = {
      tabId: 9n,
      reqId: 0n,
      asset: ETH_ASSET,
      amount: 4n,
      recipient: chain.address(RECIPIENT),
    };
    const { transactionHash } = await gateway.payTab(payment);
    expect(await chain.provider.getTransaction(transactionHash)).toMatchObject({ value: 4n });
    await gateway.requestWithdrawal(100n, ETH_ASSET);
    expect(await gateway.withdrawalRequest(user, ETH_ASSET)).toMatchObject({ amount: 100n });
    await gateway.cancelWithdrawal(ETH_ASSET);
    expect(await rejection(gateway.finalizeWithdrawal(ETH_ASSET))).toMatchObject({
      code: 'NO_WITHDRAWAL_REQUESTED',
    });
    expect(await rejection(gateway.approveErc20(ETH_ASSET, 1n))).toMatchObject({ code: 'INVALID_VALUE' });
  });
});

describe('withdrawals', () => {
  test.each([
    ['ETH', () => ETH_ASSET as string],
    ['a token', () => chain.usdc],
  ])('of %s: too early says when, later pays out', async (_, assetOf) => {
    const asset = assetOf();
    const gateway = await chain.gateway(PAYER);
    const user = parseAddress(chain.address(PAYER));
    if (asset !== ETH_ASSET) await gateway.approveErc20(asset, 50n);
    await gateway.depositErc20(asset, 50n);
    const held = await gateway.collateral(user, parseAddress(asset));

    const tooMuch = await rejection(gateway.requestWithdrawal(held + 1n, asset));
    expect(tooMuch).toMatchObject({ code: 'INSUFFICIENT_AVAILABLE', context: { collateral: held } });

    await gateway.requestWithdrawal(50n, asset);
    const { timestamp } = await gateway.withdrawalRequest(user, parseAddress(asset));
    const early = await rejection(gateway.finalizeWithdrawal(asset));
    const notBefore = timestamp + TIMING.withdrawalGracePeriod;
    expect(early).toMatchObject({ code: 'GRACE_PERIOD_NOT_ELAPSED', context: { notBefore } });
    expect(early.message).toContain(new Date(Number(notBefore) * 1000).toISOString());

    await chain.warp(TIMING.withdrawalGracePeriod);
    await gateway.finalizeWithdrawal(asset);
    expect(await gateway.collateral(user, parseAddress(asset))).toBe(held - 50n);
    expect(await gateway.withdrawalRequest(user, parseAddress(asset))).toEqual({ timestamp: 0n, amount: 0n });
  });
});
