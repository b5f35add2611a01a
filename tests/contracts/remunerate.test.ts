import {
  legacyCore4MicaArtifact,
  testContractAccountArtifact,
  testHostileTokenArtifact,
} from '@fourmica/contracts/test-artifacts';
import { id, ZeroAddress } from 'ethers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { INFINITY_G2, secretKey } from './support/bls.js';
import { type Certificate, type Claims, certify, encodeClaims, envelope } from './support/certificates.js';
import { Chain } from './support/chain.js';
import {
  collateralOf,
  DAY,
  deployFixture,
  depositToken,
  ETH,
  type Fixture,
  OPERATOR_SECRET,
  REMUNERATION_GRACE,
  SYNCHRONIZATION_DELAY,
  TAB_EXPIRATION,
  WITHDRAWAL_GRACE,
} from './support/fixture.js';
import { describeRevert, expectRevert, revertOf } from './support/reverts.js';

const UNKNOWN_TOKEN = '0x00000000000000000000000000000000000000AA';

let chain: Chain;
let f: Fixture;
let restore: () => Promise<void>;

beforeAll(async () => {
  chain = await Chain.start();
  f = await deployFixture(chain);
  await f.core.sendAs(f.payer, 'deposit', [], 10_000n);
  await depositToken(f, f.usdc, f.payer, 10_000n);
  restore = await chain.checkpoint();
});
beforeEach(() => restore());
afterAll(() => chain.stop());

const collect = (certificate: Certificate, caller = f.outsider) =>
  f.core.sendAs(caller, 'remunerate', certificate);
const tryCollect = (certificate: Certificate) => f.core.callAs(f.outsider, 'remunerate', certificate);
const status = async (tabId = 1n) => (await f.core.read('getPaymentStatus', tabId)).toArray();
const remunerated = (tabId = 1n) => f.core.get('remuneratedAmount', tabId);
const openWindow = () => chain.warpTo(f.start + REMUNERATION_GRACE);

describe('remunerate', () => {
  it('pays the recipient of the certificate, whoever submits it', async () => {
    await openWindow();
    const before = await chain.balanceOf(f.recipient);
    const receipt = await collect(f.certificate({ tabId: 77n, totalAmount: 250n }));
    expect(f.core.eventsOf(receipt)).toEqual([['RecipientRemunerated', 77n, ETH, 250n]]);
    expect(await chain.balanceOf(f.recipient)).toBe(before + 250n);
    expect(await collateralOf(f, f.payer)).toBe(9_750n);
    expect(await chain.balanceOf(f.core.address)).toBe(9_750n);
    expect(await status(77n)).toEqual([0n, true, ETH]);
    expect(await remunerated(77n)).toBe(250n);
  });

  it('pays in tokens', async () => {
    await openWindow();
    const receipt = await collect(f.certificate({ asset: f.usdc.address, totalAmount: 250n }));
    expect(f.core.eventsOf(receipt)).toEqual([['RecipientRemunerated', 1n, f.usdc.address, 250n]]);
    expect(await f.usdc.get('balanceOf', f.recipient)).toBe(250n);
    expect(await collateralOf(f, f.payer, f.usdc.address)).toBe(9_750n);
    expect(await collateralOf(f, f.payer)).toBe(10_000n);
    expect(await status()).toEqual([0n, true, f.usdc.address]);
  });

  it('subtracts recorded payments', async () => {
    await f.core.sendAs(f.operator, 'recordPaymentById', [id('payment'), 1n, ETH, 40n]);
    await openWindow();
    const receipt = await collect(f.certificate({ totalAmount: 100n }));
    expect(f.core.eventsOf(receipt)).toEqual([['RecipientRemunerated', 1n, ETH, 60n]]);
    expect(await status()).toEqual([40n, true, ETH]);
    expect(await remunerated()).toBe(60n);
  });

  it('goes on while paused', async () => {
    await f.core.sendAs(f.governance, 'pause');
    await openWindow();
    await collect(f.certificate());
    expect(await remunerated()).toBe(100n);
  });

  it('opens and closes with the second', async () => {
    const certificate = f.certificate();
    await chain.warpTo(f.start + REMUNERATION_GRACE - 1n);
    await expectRevert(tryCollect(certificate), 'TabNotYetOverdue');
    const undo = await chain.checkpoint();
    await chain.nextBlockAt(f.start + REMUNERATION_GRACE);
    await collect(certificate);
    await undo();
    await chain.nextBlockAt(f.start + TAB_EXPIRATION);
    await collect(certificate);
    await undo();
    await chain.warpTo(f.start + TAB_EXPIRATION + 1n);
    await expectRevert(tryCollect(certificate), 'TabExpired');
  });

  it('copes with the largest timestamp', async () => {
    await expectRevert(tryCollect(f.certificate({ timestamp: 2n ** 64n - 1n })), 'TabNotYetOverdue');
  });

  describe('reports the first thing that is wrong', () => {
    // Each case has its own fault and those of all later cases, as far as they can be combined.
    const BOUND = 2n;
    const REMUNERATED = 3n;
    const PAID = 4n;
    const time = () => f.start + REMUNERATION_GRACE;

    beforeEach(async () => {
      await f.core.sendAs(f.operator, 'recordPayment', [BOUND, f.usdc.address, 500n]);
      await f.core.sendAs(f.operator, 'recordPayment', [PAID, ETH, 20_000n]);
      await chain.nextBlockAt(time());
      await collect(f.certificate({ tabId: REMUNERATED, totalAmount: 300n }));
      await f.core.sendAs(f.operator, 'recordPayment', [REMUNERATED, ETH, 300n]);
    });

    const otherDomain = id('other');
    const broken: Partial<Claims> = {
      domain: otherDomain,
      amount: 0n,
      totalAmount: 0n,
      recipient: ZeroAddress,
      timestamp: 2n ** 63n,
      asset: UNKNOWN_TOKEN,
      tabId: BOUND,
      version: 2n,
    };
    const signed = (claims: Partial<Claims>) => f.certificate(claims);

    it.each<[string, () => Certificate, unknown[]]>([
      ['an envelope that is no envelope', () => ['0x1234', INFINITY_G2], ['no data']],
      [
        'an unknown version',
        () => [envelope(7n, encodeClaims(f.claims(broken))), INFINITY_G2],
        ['UnsupportedGuaranteeVersion', 7n],
      ],
      [
        'the signature at infinity (S-2)',
        () => [envelope(1n, encodeClaims(f.claims(broken))), INFINITY_G2],
        ['InvalidSignature'],
      ],
      [
        'a signature by another key',
        () => certify(1n, encodeClaims(f.claims(broken)), secretKey('02')),
        ['InvalidSignature'],
      ],
      ['another inner version (S-12)', () => signed(broken), ['UnsupportedGuaranteeVersion', 2n]],
      ['another domain', () => signed({ ...broken, version: 1n }), ['InvalidGuaranteeDomain']],
      ['no amount', () => signed({ ...broken, version: 1n, domain: f.domain }), ['AmountZero']],
      [
        'no total amount',
        () => signed({ ...broken, version: 1n, domain: f.domain, amount: 1n }),
        ['AmountZero'],
      ],
      [
        'no recipient',
        () => signed({ ...broken, version: 1n, domain: f.domain, amount: 1n, totalAmount: 1n }),
        ['InvalidRecipient'],
      ],
      [
        'this contract as recipient',
        () => signed({ recipient: f.core.address, timestamp: 2n ** 63n, asset: UNKNOWN_TOKEN }),
        ['InvalidRecipient'],
      ],
      [
        'too early',
        () => signed({ timestamp: f.start + 100n * DAY, asset: UNKNOWN_TOKEN }),
        ['TabNotYetOverdue'],
      ],
      ['too late', () => signed({ timestamp: 0n, asset: UNKNOWN_TOKEN }), ['TabExpired']],
      [
        'an unknown asset',
        () => signed({ asset: UNKNOWN_TOKEN, tabId: BOUND }),
        ['UnsupportedAsset', UNKNOWN_TOKEN],
      ],
      [
        'a tab bound by a payment in another asset',
        () => signed({ tabId: BOUND, totalAmount: 20_000n }),
        ['InvalidAsset', ETH],
      ],
      [
        'a tab remunerated and paid',
        () => signed({ tabId: REMUNERATED, totalAmount: 600n }),
        ['TabPreviouslyRemunerated'],
      ],
      ['a tab paid', () => signed({ tabId: PAID, totalAmount: 20_000n }), ['TabAlreadyPaid']],
      [
        'too little collateral (S-3)',
        () => signed({ tabId: 9n, totalAmount: 9_701n }),
        ['DoubleSpendingDetected'],
      ],
    ])('%s', async (_, certificate, expected) => {
      expect(await revertOf(tryCollect(certificate()))).toEqual(expected);
    });

    it('a tab bound by a remuneration in another asset', async () => {
      await collect(f.certificate({ tabId: 8n, totalAmount: 1n }));
      await expectRevert(
        tryCollect(f.certificate({ tabId: 8n, asset: f.usdc.address, totalAmount: 900n })),
        'InvalidAsset',
        f.usdc.address,
      );
    });

    it('and takes everything down to the last wei', async () => {
      await collect(f.certificate({ tabId: 9n, totalAmount: 9_700n }));
      expect(await collateralOf(f, f.payer)).toBe(0n);
    });
  });

  it('leaves everything as it was when the recipient refuses ETH', async () => {
    const account = await chain.deploy(testContractAccountArtifact);
    await account.sendAs(f.payer, 'setRefuses', [true]);
    await openWindow();
    await expectRevert(collect(f.certificate({ recipient: account.address })), 'TransferFailed');
    expect(await status()).toEqual([0n, false, ZeroAddress]);
    expect(await collateralOf(f, f.payer)).toBe(10_000n);
  });

  it('passes on the failure of a token', async () => {
    const token = await chain.deploy(testHostileTokenArtifact);
    await f.core.sendAs(f.governance, 'setStablecoinAsset', [token.address, true]);
    await depositToken(f, token, f.payer, 100n);
    await token.sendAs(f.payer, 'setReportsFailure', [true]);
    await openWindow();
    await expectRevert(
      collect(f.certificate({ asset: token.address })),
      'SafeERC20FailedOperation',
      token.address,
    );
  });
});

describe('S-1: a payer that submits its first certificate against itself', () => {
  const first = (fixture: Fixture) => fixture.certificate({ reqId: 0n, amount: 1n, totalAmount: 1n });
  const last = (fixture: Fixture) =>
    fixture.certificate({
      reqId: 2n,
      amount: 9_000n,
      totalAmount: 9_101n,
      timestamp: fixture.start + HOUR_LATER,
    });
  const HOUR_LATER = 3_600n;

  it('closes nothing: the recipient collects the rest with the last one, once', async () => {
    const before = await chain.balanceOf(f.recipient);
    await openWindow();
    const early = await collect(first(f), f.payer);
    expect(f.core.eventsOf(early)).toEqual([['RecipientRemunerated', 1n, ETH, 1n]]);

    await chain.warpTo(f.start + HOUR_LATER + REMUNERATION_GRACE);
    const rest = await collect(last(f));
    expect(f.core.eventsOf(rest)).toEqual([['RecipientRemunerated', 1n, ETH, 9_100n]]);
    expect(await chain.balanceOf(f.recipient)).toBe(before + 9_101n);
    expect(await remunerated()).toBe(9_101n);
    expect(await collateralOf(f, f.payer)).toBe(899n);

    for (const certificate of [first(f), f.certificate({ reqId: 1n, totalAmount: 101n }), last(f)]) {
      await expectRevert(tryCollect(certificate), 'TabPreviouslyRemunerated');
    }
  });

  it('counts payments recorded in between', async () => {
    await openWindow();
    await collect(f.certificate({ totalAmount: 100n }));
    await f.core.sendAs(f.operator, 'recordPaymentById', [id('p'), 1n, ETH, 150n]);
    await expectRevert(tryCollect(f.certificate({ totalAmount: 250n })), 'TabPreviouslyRemunerated');
    const receipt = await collect(f.certificate({ totalAmount: 260n }));
    expect(f.core.eventsOf(receipt)).toEqual([['RecipientRemunerated', 1n, ETH, 10n]]);
    expect(await remunerated()).toBe(110n);
  });

  it('robs the recipient on earlier deployments, which do not know the view', async () => {
    const legacy = await deployFixture(chain, legacyCore4MicaArtifact);
    await legacy.core.sendAs(legacy.payer, 'deposit', [], 10_000n);
    await expectRevert(legacy.core.read('remuneratedAmount', 1n), 'DirectTransferNotAllowed');
    await chain.warpTo(legacy.start + HOUR_LATER + REMUNERATION_GRACE);
    const receipt = await legacy.core.sendAs(legacy.payer, 'remunerate', first(legacy));
    expect(legacy.core.eventsOf(receipt)).toEqual([['RecipientRemunerated', 1n, ETH, 1n]]);
    await expectRevert(
      legacy.core.callAs(legacy.recipient, 'remunerate', last(legacy)),
      'TabPreviouslyRemunerated',
    );
    expect(await collateralOf(legacy, legacy.payer)).toBe(9_999n);
  });
});

describe('a pending withdrawal', () => {
  const requestedAt = () => f.start + DAY;
  const pending = async () => (await f.core.read('withdrawalRequests', f.payer, ETH)).toArray();

  beforeEach(async () => {
    await chain.nextBlockAt(requestedAt());
    await f.core.sendAs(f.payer, 'requestWithdrawal(uint256)', [1_000n]);
  });

  const collectCertifiedAt = async (timestamp: bigint, totalAmount: bigint) => {
    await chain.warpTo(timestamp + REMUNERATION_GRACE);
    return f.core.eventsOf(await collect(f.certificate({ timestamp, totalAmount })));
  };

  it('gives way to a certificate from within the synchronisation delay', async () => {
    const timestamp = requestedAt() + SYNCHRONIZATION_DELAY - 1n;
    expect(await collectCertifiedAt(timestamp, 300n)).toEqual([['RecipientRemunerated', 1n, ETH, 300n]]);
    expect(await pending()).toEqual([requestedAt(), 700n]);
    await chain.nextBlockAt(requestedAt() + WITHDRAWAL_GRACE);
    const paid = await f.core.sendAs(f.payer, 'finalizeWithdrawal()');
    expect(f.core.eventsOf(paid)).toEqual([['CollateralWithdrawn', f.payer, ETH, 700n]]);
  });

  it('keeps its place before a certificate from after the delay', async () => {
    await collectCertifiedAt(requestedAt() + SYNCHRONIZATION_DELAY, 300n);
    expect(await pending()).toEqual([requestedAt(), 1_000n]);
  });

  it.each([1_000n, 1_001n])('S-8: is canceled with an event when %s is due', async (due) => {
    expect(await collectCertifiedAt(requestedAt(), due)).toEqual([
      ['RecipientRemunerated', 1n, ETH, due],
      ['WithdrawalCanceled', f.payer, ETH],
    ]);
    expect(await pending()).toEqual([0n, 0n]);
  });

  it('of another asset or user is not touched', async () => {
    await f.core.sendAs(f.payer, 'requestWithdrawal(address,uint256)', [f.usdc.address, 10n]);
    await f.core.sendAs(f.outsider, 'deposit', [], 10n);
    await f.core.sendAs(f.outsider, 'requestWithdrawal(uint256)', [10n]);
    await collectCertifiedAt(requestedAt(), 1_000n);
    expect((await f.core.read('withdrawalRequests', f.payer, f.usdc.address))[1]).toBe(10n);
    expect((await f.core.read('withdrawalRequests', f.outsider, ETH))[1]).toBe(10n);
  });
});

describe('reentrance', () => {
  const guarded: [string, () => string][] = [
    ['deposit', () => f.core.encode('deposit')],
    ['depositStablecoin', () => f.core.encode('depositStablecoin', [UNKNOWN_TOKEN, 0n])],
    ['finalizeWithdrawal()', () => f.core.encode('finalizeWithdrawal()')],
    ['finalizeWithdrawal(address)', () => f.core.encode('finalizeWithdrawal(address)', [UNKNOWN_TOKEN])],
    ['payTabInERC20Token', () => f.core.encode('payTabInERC20Token', [1n, UNKNOWN_TOKEN, 0n, ZeroAddress])],
    ['remunerate', () => f.core.encode('remunerate', f.certificate({ totalAmount: 500n }))],
  ];

  it.each(guarded)('from a recipient into %s is refused before anything else', async (_, data) => {
    const account = await chain.deploy(testContractAccountArtifact);
    await account.sendAs(f.payer, 'setCallback', [f.core.address, data()]);
    await openWindow();
    await collect(f.certificate({ recipient: account.address }));
    expect(await account.get('callbackSucceeded')).toBe(false);
    expect(describeRevert((await account.get('callbackResult')) as string)).toEqual([
      'ReentrancyGuardReentrantCall',
    ]);
    expect(await chain.balanceOf(account.address)).toBe(100n);
    expect(await collateralOf(f, f.payer)).toBe(9_900n);
  });

  it.each(guarded)('from a token into %s is refused before anything else', async (_, data) => {
    const token = await chain.deploy(testHostileTokenArtifact);
    await f.core.sendAs(f.governance, 'setStablecoinAsset', [token.address, true]);
    await token.sendAs(f.payer, 'setCallback', [f.core.address, data()]);
    await depositToken(f, token, f.payer, 100n);
    expect(await token.get('callbackSucceeded')).toBe(false);
    expect(describeRevert((await token.get('callbackResult')) as string)).toEqual([
      'ReentrancyGuardReentrantCall',
    ]);
    expect(await collateralOf(f, f.payer, token.address)).toBe(100n);
  });

  it('sees the collateral already reduced', async () => {
    const account = await chain.deploy(testContractAccountArtifact);
    await account.sendAs(f.payer, 'setCallback', [
      f.core.address,
      f.core.encode('collateral(address)', [f.payer]),
    ]);
    await openWindow();
    await collect(f.certificate({ recipient: account.address }));
    expect(BigInt((await account.get('callbackResult')) as string)).toBe(9_900n);
  });

  it('is over when the transaction is', async () => {
    await openWindow();
    await collect(f.certificate({ tabId: 1n }));
    await collect(f.certificate({ tabId: 2n }));
    expect(await collateralOf(f, f.payer)).toBe(9_800n);
  });
});

it('signs with the key that the fixture deployed', () => {
  expect(f.certificate()).toEqual(certify(1n, encodeClaims(f.claims()), OPERATOR_SECRET));
});
