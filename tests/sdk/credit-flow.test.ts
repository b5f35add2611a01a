import { ETH_ASSET } from '@fourmica/core-types';
import { createValidatedRequestClaims } from '@fourmica/eip712-claims';
import {
  AssetBalanceInfo,
  Client,
  type CoreRefusal,
  computeValidationRequestHash,
  computeValidationSubjectHash,
  PaymentGuaranteeRequestClaims,
  PaymentGuaranteeRequestClaimsV2,
  type RequestClaims,
  type RequestClaimsFields,
  SigningScheme,
} from '@fourmica/sdk';
import { parseEther } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PAYER, RECIPIENT, TIMING, VALIDATOR } from './support/contract.js';
import { TestNetwork } from './support/network.js';
import { rejection } from './support/rejection.js';

const NO_CERTIFICATE = { claims: '0x', signature: '0x' } as const;

let network: TestNetwork;
let payer: Client;
let recipient: Client;

beforeAll(async () => {
  network = await TestNetwork.start();
  payer = await network.client(network.config(PAYER));
  recipient = await network.client(network.config(RECIPIENT));
});
afterAll(() => network.stop());

const now = () => Math.floor(network.clock.nowMs() / 1000);

/** Waits until the core sees this much collateral. */
const collateralSeen = (asset: string, total: bigint) =>
  network.until('the deposit', async () => {
    const balance = await payer.rpc.getUserAssetBalance(payer.user.address, asset);
    return balance !== null && balance.total >= total && balance;
  });

/** Lets the payer sign the next request of a tab and the recipient trade it for a certificate. */
async function pay(tabId: bigint, amount: bigint, erc20Token: string = ETH_ASSET) {
  const latest = await recipient.recipient.getLatestGuarantee(tabId);
  const claims = PaymentGuaranteeRequestClaims.new({
    userAddress: payer.user.address,
    recipientAddress: recipient.recipient.address,
    tabId,
    reqId: latest === null ? 0n : latest.reqId + 1n,
    amount,
    timestamp: now(),
    erc20Token,
  });
  const signature = await payer.user.signPayment(claims);
  return recipient.recipient.issuePaymentGuarantee(claims, signature.signature, SigningScheme.EIP712);
}

describe('ETH', () => {
  let tabId: bigint;

  test('collateral: deposited, seen by contract and core, printable', async () => {
    const receipt = await payer.user.deposit(parseEther('1'));
    expect(JSON.parse(JSON.stringify(receipt))).toMatchObject({ status: 1 });
    const [eth] = await payer.user.getUser();
    expect(eth).toMatchObject({
      asset: ETH_ASSET,
      collateral: parseEther('1'),
      withdrawalRequestTimestamp: 0,
    });
    const before = await payer.user.getUser({ blockNumber: receipt.blockNumber - 1 });
    expect(before[0]).toMatchObject({ collateral: 0n });
    const raw = await collateralSeen(ETH_ASSET, parseEther('1'));
    const balance = AssetBalanceInfo.fromRpc(raw);
    expect(balance.total - balance.locked).toBe(parseEther('1'));
  });

  test('the steps of the quick start: tab, latest guarantee, signature, certificate', async () => {
    tabId = await recipient.recipient.createTab(
      payer.user.address,
      recipient.recipient.address,
      null,
      null,
      1,
    );
    expect(await recipient.recipient.getLatestGuarantee(tabId)).toBeNull();
    const tab = await recipient.recipient.getTab(tabId);
    expect(tab).toMatchObject({ assetAddress: ETH_ASSET, status: 'PENDING' });
    expect(await recipient.recipient.openTab({ userAddress: payer.user.address })).toMatchObject({
      tabId,
      nextReqId: 0n,
    });
    for (const [reqId, total] of [
      [0n, 100n],
      [1n, 200n],
      [2n, 300n],
    ] as const) {
      const certificate = await pay(tabId, 100n);
      expect(await recipient.recipient.verifyPaymentGuarantee(certificate)).toMatchObject({
        tabId,
        reqId,
        amount: 100n,
        totalAmount: total,
        userAddress: payer.user.address,
      });
    }
    const latest = await recipient.recipient.getLatestGuarantee(tabId);
    expect(latest).toMatchObject({ reqId: 2n, version: 1 });
    expect(await recipient.recipient.getGuarantee(tabId, 9)).toBeNull();
    expect(await recipient.recipient.getTabGuarantees(tabId)).toHaveLength(3);
  });

  test('T-3: a signature under EIP-191 is accepted by the core', async () => {
    const claims = PaymentGuaranteeRequestClaims.new({
      userAddress: payer.user.address,
      recipientAddress: recipient.recipient.address,
      tabId,
      reqId: 3,
      amount: 50,
      timestamp: now(),
    });
    const signature = await payer.user.signPayment(claims, SigningScheme.EIP191);
    const certificate = await recipient.recipient.issuePaymentGuarantee(claims, signature);
    expect(await recipient.recipient.issuePaymentGuarantee(claims, signature)).toEqual(certificate);
  });

  test('payTab without arguments pays what is owed, once', async () => {
    const address = recipient.recipient.address;
    const before = await network.chain.provider.getBalance(address);
    // Two calls at the same time: one pays, the other finds that nothing is owed any more.
    const [receipt, refused] = await Promise.all([
      payer.user.payTab({ tabId }),
      rejection(payer.user.payTab({ tabId })),
    ]);
    expect(refused).toMatchObject({ code: 'NOTHING_OWED' });
    expect(await network.chain.provider.getBalance(address)).toBe(before + 350n);
    const transaction = await network.chain.provider.getTransaction(receipt.transactionHash);
    expect(Buffer.from(transaction?.data.slice(2) ?? '', 'hex').toString()).toBe(
      `tab_id:0x${tabId.toString(16)};req_id:0x3`,
    );
    // The operator may not have recorded the payment yet; the payer still does not pay it again.
    expect(await rejection(payer.user.payTab({ tabId }))).toMatchObject({ code: 'NOTHING_OWED' });
    await network.until('the settlement', async () => {
      const tab = await recipient.recipient.getTab(tabId);
      return tab?.settlementStatus === 'SETTLED';
    });
    expect(await payer.user.getTabPaymentStatus(tabId)).toMatchObject({ paid: 350n, remunerated: false });
    const other = await network.client(network.config(PAYER));
    expect(await rejection(other.user.payTab({ tabId }))).toMatchObject({ code: 'NOTHING_OWED' });
  });

  test('the lists show the tab', async () => {
    expect((await recipient.recipient.listSettledTabs()).map((tab) => tab.tabId)).toEqual([tabId]);
    expect(await recipient.recipient.listPendingRemunerations()).toEqual([]);
    expect((await recipient.recipient.listRecipientTabs(['SETTLED'])).map((tab) => tab.tabId)).toEqual([
      tabId,
    ]);
    expect(await recipient.recipient.listRecipientTabs(['PENDING'])).toEqual([]);
    expect((await payer.user.listTabs()).map((tab) => tab.tabId)).toEqual([tabId]);
    expect((await recipient.recipient.listRecipientPayments())[0]).toMatchObject({
      amount: 350n,
      finalized: true,
    });
    const events = await recipient.recipient.getCollateralEventsForTab(tabId);
    expect(events.map(({ eventType }) => eventType)).toContain('UNLOCK');
    expect(JSON.stringify(events)).toContain('0x15e');
  });

  test('an unpaid tab is collected, in its window, with the reason before it', async () => {
    const unpaid = await recipient.recipient.createTab({ userAddress: payer.user.address });
    await pay(unpaid, 10n);
    const last = await pay(unpaid, 25n);
    expect((await recipient.recipient.listPendingRemunerations())[0]).toMatchObject({
      tab: { tabId: unpaid },
      latestGuarantee: { reqId: 1n },
    });
    const early = await rejection(recipient.recipient.remunerate(last));
    expect(early).toMatchObject({ code: 'TAB_NOT_YET_OVERDUE', name: 'ContractError' });
    await network.warp(TIMING.remunerationGracePeriod);
    await recipient.recipient.remunerate(last);
    expect(await recipient.recipient.getTabPaymentStatus(unpaid)).toMatchObject({ remunerated: true });
    expect(await recipient.gateway.remuneratedAmount(unpaid)).toBe(35n);
    expect(await rejection(recipient.recipient.remunerate(last))).toMatchObject({
      code: 'TAB_PREVIOUSLY_REMUNERATED',
    });
    expect(await rejection(payer.user.payTab({ tabId: unpaid }))).toMatchObject({ code: 'NOTHING_OWED' });
    const forged = { ...last, signature: `0x${'ab'.repeat(96)}` as const };
    expect(await rejection(recipient.recipient.remunerate(forged))).toMatchObject({
      name: 'VerificationError',
    });
  });
});

describe('tokens', () => {
  test.each([
    ['an ordinary token', () => network.usdc],
    ['T-22: a token in the manner of USDT', () => network.usdt],
  ])('%s: approve, deposit, guarantee, payment, settlement', async (_, token) => {
    const asset = token();
    await network.chain.mint(asset, payer.user.address, 10_000n);
    expect(await rejection(payer.user.deposit(5_000n, asset))).toMatchObject({ code: 'ALLOWANCE_TOO_LOW' });
    await payer.user.approveErc20(asset, 1n);
    await payer.user.approveErc20(asset, 6_000n);
    await payer.user.deposit(5_000n, asset);
    await collateralSeen(asset, 5_000n);
    const tabId = await recipient.recipient.createTab({ userAddress: payer.user.address, erc20Token: asset });
    await pay(tabId, 700n, asset);
    await pay(tabId, 300n, asset);
    await payer.user.payTab({ tabId, amount: 400n });
    await payer.user.payTab({ tabId });
    await network.until('the settlement', async () => {
      const tab = await recipient.recipient.getTab(tabId);
      return tab?.settlementStatus === 'SETTLED';
    });
    expect(await payer.user.getTabPaymentStatus(tabId)).toMatchObject({ paid: 1_000n, asset });
  });

  test('a deposit with a permit needs no approval, and shows in the position', async () => {
    const other = await network.client(network.config(8));
    await network.chain.mint(network.usdc, other.user.address, 70n);
    await other.user.depositWithPermit(70, network.usdc);
    const position = await other.user.getStablecoinPosition(network.usdc);
    expect(JSON.parse(JSON.stringify(position))).toMatchObject({ principal: '0x46', netYield: '0x0' });
    expect(await rejection(other.user.depositWithPermit(1, network.usdt))).toMatchObject({
      code: 'PERMIT_UNSUPPORTED',
    });
  });

  test('the core lists them', async () => {
    const { chainId, tokens } = await payer.getSupportedTokens();
    expect(chainId).toBe(31337n);
    expect(tokens).toEqual([
      { symbol: 'USDC', address: network.usdc, decimals: 6 },
      { symbol: 'USDT', address: network.usdt, decimals: 6 },
    ]);
  });
});

describe('validation', () => {
  const jobHash = `0x${'5a'.repeat(32)}`;

  test('the two steps of the quick start give claims that the core accepts', async () => {
    const tabId = await recipient.recipient.createTab(payer.user.address, null, null, null, 2);
    const base = {
      userAddress: payer.user.address,
      recipientAddress: recipient.recipient.address,
      tabId,
      reqId: 0,
      amount: 40,
      timestamp: now(),
      erc20Token: ETH_ASSET,
    };
    const policy = {
      validationRegistryAddress: network.registry,
      validationChainId: payer.params.chainId,
      validatorAddress: network.chain.address(VALIDATOR),
      validatorAgentId: 7,
      minValidationScore: 80,
      validationSubjectHash: computeValidationSubjectHash(PaymentGuaranteeRequestClaims.new(base)),
      requiredValidationTag: 'hard-finality',
    };
    const partial = PaymentGuaranteeRequestClaimsV2.new({
      ...base,
      ...policy,
      jobHash,
      validationRequestHash: `0x${'00'.repeat(32)}`,
    });
    const claims = PaymentGuaranteeRequestClaimsV2.new({
      ...base,
      ...policy,
      jobHash,
      validationRequestHash: computeValidationRequestHash(partial),
    });
    expect(await rejection(payer.user.signPayment(partial))).toMatchObject({
      code: 'VALIDATION_POLICY_INVALID',
    });
    const signature = await payer.user.signPaymentV2(claims);
    const certificate = await recipient.recipient.issuePaymentGuaranteeV2(claims, signature.signature);
    expect(await recipient.recipient.verifyPaymentGuarantee(certificate)).toMatchObject({
      version: 2,
      jobHash,
    });
    await network.warp(TIMING.remunerationGracePeriod);
    const refusal = async () => (await rejection(recipient.recipient.remunerate(certificate))).code;
    expect(await refusal()).toBe('VALIDATION_PENDING');
    await network.chain.validate(network.registry, VALIDATOR, claims, 79);
    expect(await refusal()).toBe('VALIDATION_SCORE_TOO_LOW');
    await network.chain.validate(network.registry, VALIDATOR, claims, 80);
    await recipient.recipient.remunerate(certificate);
    expect(await recipient.gateway.remuneratedAmount(tabId)).toBe(40n);
  });

  test('a validation on another chain than the core is refused, in claims of any origin', async () => {
    const intent = { recipientAddress: recipient.recipient.address, tabId: 1, reqId: 0, amount: 1 };
    const validation = {
      validatorAddress: network.chain.address(VALIDATOR),
      validatorAgentId: 7,
      minValidationScore: 80,
      jobHash,
    };
    const prepared = payer.user.signPaymentAuto(intent, { ...validation, validationChainId: 1 });
    const claims = createValidatedRequestClaims(
      { ...intent, userAddress: payer.user.address, timestamp: now() },
      { ...validation, validationRegistryAddress: network.registry, validationChainId: 1 },
    );
    for (const refused of [prepared, payer.user.signPayment(claims)]) {
      expect(await rejection(refused)).toMatchObject({ context: { rule: 'validationChainId' } });
    }
  });

  test('claims without job hash are built and refused when they are signed', async () => {
    const claims = PaymentGuaranteeRequestClaimsV2.new({
      userAddress: payer.user.address,
      recipientAddress: recipient.recipient.address,
      tabId: 1,
      reqId: 0,
      amount: 1,
      timestamp: 1,
      validationRegistryAddress: network.registry,
      validationChainId: 31337,
      validatorAddress: network.chain.address(VALIDATOR),
      validatorAgentId: 7,
      minValidationScore: 80,
      validationSubjectHash: `0x${'11'.repeat(32)}`,
      validationRequestHash: `0x${'00'.repeat(32)}`,
      jobHash: null,
    });
    expect(await rejection(payer.user.signPayment(claims))).toMatchObject({ context: { rule: 'jobHash' } });
  });

  test('signPaymentAuto fills in registry, chain, payer and time', async () => {
    const tab = await recipient.recipient.openTab({ userAddress: payer.user.address, guaranteeVersion: 2 });
    const prepared = await payer.user.signPaymentAuto(
      { recipientAddress: recipient.recipient.address, tabId: tab.tabId, reqId: tab.nextReqId, amount: 5 },
      {
        validatorAddress: network.chain.address(VALIDATOR),
        validatorAgentId: 7,
        minValidationScore: 1,
        jobHash,
      },
    );
    expect(prepared.claims).toMatchObject({
      version: 2,
      validationRegistryAddress: network.registry,
      validationChainId: 31337n,
      userAddress: payer.user.address,
    });
    await recipient.recipient.issuePreparedPaymentGuarantee(prepared);
    const plain = await payer.user.signPaymentAuto({
      recipientAddress: recipient.recipient.address,
      tabId: 1,
      reqId: 0,
      amount: 5,
    });
    expect(plain.claims.version).toBe(1);
  });
});

describe('withdrawal', () => {
  test('requested, cancelled, requested again, paid out', async () => {
    const [eth] = await payer.user.getUser();
    await payer.user.requestWithdrawal(1_000n);
    await payer.user.cancelWithdrawal();
    expect(await rejection(payer.user.cancelWithdrawal())).toMatchObject({ code: 'NO_WITHDRAWAL_REQUESTED' });
    await payer.user.requestWithdrawal(2_000n, ETH_ASSET);
    const [pending] = await payer.user.getUser();
    expect(pending).toMatchObject({ withdrawalRequestAmount: 2_000n });
    expect(await rejection(payer.user.finalizeWithdrawal())).toMatchObject({
      code: 'GRACE_PERIOD_NOT_ELAPSED',
    });
    await network.warp(TIMING.withdrawalGracePeriod);
    await payer.user.finalizeWithdrawal();
    expect(await payer.user.getWithdrawableBalance()).toBe((eth?.collateral ?? 0n) - 2_000n);
    expect(await payer.user.getPrincipalBalance(network.usdc)).toBe(5_000n);
  });
});

describe('a refusal of the core says what to do next', () => {
  let other: Client;
  let used: RequestClaims;
  let tabId: bigint;

  /** Claims of the payer for the other recipient's tab. */
  const claimsFor = (changes: Partial<RequestClaimsFields> = {}) =>
    PaymentGuaranteeRequestClaims.new({
      userAddress: payer.user.address,
      recipientAddress: other.user.address,
      tabId,
      reqId: 1,
      amount: 10,
      timestamp: now(),
      ...changes,
    });
  const issue = async (claims: RequestClaims) =>
    other.recipient.issuePaymentGuarantee(claims, await payer.user.signPayment(claims));

  beforeAll(async () => {
    other = await network.client(network.config(VALIDATOR));
    tabId = await other.recipient.createTab({ userAddress: payer.user.address, ttl: 500 });
    used = claimsFor({ reqId: 0 });
    await issue(used);
  });

  test.each<[string, CoreRefusal, RegExp, () => Promise<unknown>]>([
    ['a used reqId', 'REQ_ID_USED', /next one/, () => issue({ ...used, amount: 11n })],
    ['a reqId far ahead', 'REQ_ID_NOT_NEXT', /openTab/, () => issue(claimsFor({ reqId: 900 }))],
    ['an unknown tab', 'TAB_NOT_FOUND', /tab id/, () => issue(claimsFor({ tabId: 99 }))],
    [
      'too little collateral',
      'NOT_ENOUGH_COLLATERAL',
      /deposit/,
      () => issue(claimsFor({ amount: parseEther('50') })),
    ],
    [
      'a clock that is fast',
      'TIMESTAMP_IN_FUTURE',
      /clock/,
      () => issue(claimsFor({ timestamp: now() + 600 })),
    ],
    [
      'a time before the tab',
      'TIMESTAMP_OUTSIDE_TAB',
      /present time/,
      () => issue(claimsFor({ timestamp: now() - 400 })),
    ],
    [
      'the asset of another tab',
      'TAB_MISMATCH',
      /getTab/,
      () => issue(claimsFor({ erc20Token: network.usdc })),
    ],
    [
      'the signature of other claims',
      'SIGNATURE_REFUSED',
      /exactly these claims/,
      async () =>
        other.recipient.issuePaymentGuarantee(
          claimsFor(),
          await payer.user.signPayment(claimsFor({ reqId: 2 })),
        ),
    ],
    [
      'a payer without collateral',
      'USER_NOT_REGISTERED',
      /deposit/,
      () => other.recipient.createTab({ userAddress: `0x${'77'.repeat(20)}` }),
    ],
    [
      'a tab that would outlive its certificates',
      'TAB_TTL',
      /shorter/,
      () => other.recipient.createTab({ userAddress: payer.user.address, ttl: 10 ** 6 }),
    ],
    [
      'an unknown guarantee version',
      'VERSION_NOT_ACCEPTED',
      /acceptedGuaranteeVersions/,
      () => other.recipient.createTab({ userAddress: payer.user.address, guaranteeVersion: 7 }),
    ],
    ['no admin API key', 'ADMIN_KEY_REFUSED', /adminApiKey/, () => other.rpc.listAdminApiKeys()],
    [
      'a tab that has ended',
      'TAB_CLOSED',
      /createTab/,
      async () => {
        await network.warp(501n);
        return issue(claimsFor());
      },
    ],
  ])('%s: %s', async (_, refusal, nextStep, call) => {
    const error = await rejection(call());
    expect(error).toMatchObject({ name: 'RpcError', code: 'RPC_STATUS', refusal });
    expect(error).toMatchObject({ requestId: expect.stringMatching(/./) });
    expect(error.message).toMatch(nextStep);
  });
});

describe('a fired signal ends every call', () => {
  const reason = new Error('the user left');

  test.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
    ['Client.new', (signal) => Client.new(network.config(PAYER).build(), { signal })],
    ['getSupportedTokens', (signal) => payer.getSupportedTokens({ signal })],
    ['getUser', (signal) => payer.user.getUser({ signal })],
    ['getTabPaymentStatus of the payer', (signal) => payer.user.getTabPaymentStatus(1, { signal })],
    ['getPrincipalBalance', (signal) => payer.user.getPrincipalBalance(null, { signal })],
    ['getWithdrawableBalance', (signal) => payer.user.getWithdrawableBalance(null, { signal })],
    ['getStablecoinPosition', (signal) => payer.user.getStablecoinPosition(network.usdc, { signal })],
    ['listTabs', (signal) => payer.user.listTabs([], { signal })],
    ['payTab that looks up the rest', (signal) => payer.user.payTab({ tabId: 1 }, { signal })],
    ['payTab', (signal) => payer.user.payTab(1, 0, 1, recipient.user.address, null, { signal })],
    ['approveErc20', (signal) => payer.user.approveErc20(network.usdc, 1, { signal })],
    ['deposit', (signal) => payer.user.deposit(1, null, { signal })],
    ['depositWithPermit', (signal) => payer.user.depositWithPermit(1, network.usdc, { signal })],
    ['requestWithdrawal', (signal) => payer.user.requestWithdrawal(1, null, { signal })],
    ['cancelWithdrawal', (signal) => payer.user.cancelWithdrawal(null, { signal })],
    ['finalizeWithdrawal', (signal) => payer.user.finalizeWithdrawal(null, { signal })],
    ['createTab', (signal) => recipient.recipient.createTab({ userAddress: payer.user.address }, { signal })],
    [
      'requestPayment',
      (signal) =>
        recipient.recipient.requestPayment({ userAddress: payer.user.address, amount: 1 }, payer.user, {
          signal,
        }),
    ],
    ['getTabPaymentStatus', (signal) => recipient.recipient.getTabPaymentStatus(1, { signal })],
    [
      'verifyPaymentGuarantee',
      (signal) => recipient.recipient.verifyPaymentGuarantee(NO_CERTIFICATE, undefined, { signal }),
    ],
    ['remunerate', (signal) => recipient.recipient.remunerate(NO_CERTIFICATE, { signal })],
    ['listSettledTabs', (signal) => recipient.recipient.listSettledTabs({ signal })],
    ['listPendingRemunerations', (signal) => recipient.recipient.listPendingRemunerations({ signal })],
    ['getTab', (signal) => recipient.recipient.getTab(1, { signal })],
    ['listRecipientTabs', (signal) => recipient.recipient.listRecipientTabs([], { signal })],
    ['getTabGuarantees', (signal) => recipient.recipient.getTabGuarantees(1, { signal })],
    ['getLatestGuarantee', (signal) => recipient.recipient.getLatestGuarantee(1, { signal })],
    ['getGuarantee', (signal) => recipient.recipient.getGuarantee(1, 0, { signal })],
    ['listRecipientPayments', (signal) => recipient.recipient.listRecipientPayments({ signal })],
    ['getCollateralEventsForTab', (signal) => recipient.recipient.getCollateralEventsForTab(1, { signal })],
    [
      'getUserAssetBalance',
      (signal) => recipient.recipient.getUserAssetBalance(payer.user.address, ETH_ASSET, { signal }),
    ],
  ])('%s, before it begins and under way', async (_, call) => {
    const sent = () => network.chain.provider.getTransactionCount(payer.user.address, 'pending');
    const before = await sent();
    await expect(call(AbortSignal.abort(reason))).rejects.toBe(reason);
    const leaving = new AbortController();
    const underWay = call(leaving.signal);
    leaving.abort(reason);
    await expect(underWay).rejects.toBe(reason);
    expect(await sent()).toBe(before);
  });
});

describe('arguments are refused before any network call', () => {
  let client: Client;
  const calls: string[] = [];

  beforeAll(async () => {
    const countingFetch = (url: string, init: RequestInit) => {
      calls.push(url);
      return fetch(url, init);
    };
    client = await network.client(network.config(PAYER).fetch(countingFetch));
    const { provider } = client.gateway;
    await provider.on('debug', ({ action, payload }) => {
      if (action === 'sendRpcPayload') calls.push(payload.method);
    });
  });

  test.each<[string, string, () => Promise<unknown>]>([
    ['T-11: empty amount', 'amount', () => client.user.deposit('')],
    ['T-11: amount of zero', 'amount', () => client.user.deposit(0)],
    ['T-8: amount that is not exact', 'amount', () => client.user.deposit(2 ** 60)],
    ['T-11: bad tab id', 'tabId', () => client.user.payTab('0x', 0, 1, client.user.address)],
    ['T-11: bad request id', 'reqId', () => client.user.payTab(1, -1, 1, client.user.address)],
    ['T-11: bad amount', 'amount', () => client.user.payTab({ tabId: 1, amount: '1e18' })],
    [
      'bad checksum',
      'recipientAddress',
      () => client.user.payTab(1, 0, 1, client.user.address.replace(/[a-f]/i, flipCase)),
    ],
    ['bad token', 'token', () => client.user.approveErc20('0x12', 1)],
    ['bad token', 'token', () => client.user.deposit(1, '0x12')],
    ['bad token', 'token', () => client.user.depositWithPermit(1, '0x12')],
    ['bad token', 'erc20Token', () => client.user.getStablecoinPosition('0x12')],
    ['T-11: bad withdrawal', 'amount', () => client.user.requestWithdrawal('ten')],
    ['bad payer', 'userAddress', () => client.recipient.createTab('0x12', null, null, null)],
    [
      'T-11: bad ttl',
      'ttl',
      () => client.recipient.createTab({ userAddress: client.user.address, ttl: '1 day' }),
    ],
    [
      'bad version',
      'guaranteeVersion',
      () => client.recipient.createTab({ userAddress: client.user.address, guaranteeVersion: '' }),
    ],
    ['T-11: bad tab of a read', 'tabId', () => client.recipient.getTab('')],
    ['T-11: bad request of a read', 'reqId', () => client.recipient.getGuarantee(1, 1.5)],
    ['bad asset of a read', 'asset', () => client.recipient.getUserAssetBalance(client.user.address, 'ETH')],
  ])('%s', async (_, field, call) => {
    calls.length = 0;
    expect(await rejection(call())).toMatchObject({
      name: 'ValidationError',
      code: 'INVALID_VALUE',
      context: { field },
    });
    expect(calls).toEqual([]);
  });
});

const flipCase = (letter: string): string =>
  letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase();
