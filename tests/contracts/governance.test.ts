import { ROLE_FUNCTIONS, ROLES } from '@fourmica/contracts';
import { id, MaxUint256, ZeroAddress, ZeroHash } from 'ethers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type G1Words, INFINITY_G1, publicKeyWords, secretKey } from './support/bls.js';
import { certify, encodeClaims } from './support/certificates.js';
import { Chain } from './support/chain.js';
import {
  DAY,
  deployFixture,
  ETH,
  type Fixture,
  HOUR,
  OPERATOR_SECRET,
  REMUNERATION_GRACE,
  SYNCHRONIZATION_DELAY,
  TAB_EXPIRATION,
  WITHDRAWAL_GRACE,
} from './support/fixture.js';
import { expectRevert } from './support/reverts.js';

const KEY = publicKeyWords(OPERATOR_SECRET);
const OTHER_KEY = publicKeyWords(secretKey('02'));
const TOKEN = '0x00000000000000000000000000000000000000AA';
const DOMAIN = id('a domain');

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

const govern = (fn: string, ...args: unknown[]) => f.core.sendAs(f.governance, fn, args);
const tryGovern = (fn: string, ...args: unknown[]) => f.core.callAs(f.governance, fn, args);

describe('access', () => {
  const validArguments: Record<string, unknown[]> = {
    setRemunerationGracePeriod: [DAY],
    setWithdrawalGracePeriod: [30n * DAY],
    setTabExpirationTime: [15n * DAY],
    setSynchronizationDelay: [1n],
    setTimingParameters: [1n, 2n, 3n, 6n],
    setGuaranteeVerificationKey: [OTHER_KEY],
    configureGuaranteeVersion: [1n, OTHER_KEY, DOMAIN, ZeroAddress, true],
    setStablecoinAsset: [TOKEN, true],
    setStablecoinAssets: [[TOKEN], true],
    pause: [],
    unpause: [],
    recordPayment: [1n, ETH, 1n],
    recordPaymentById: [DOMAIN, 1n, ETH, 1n],
  };
  const restricted = ROLE_FUNCTIONS.flatMap(({ role, functions }) =>
    functions.map((name) => [name, role] as const),
  );

  it.each(restricted)('%s is for its role only', async (name, role) => {
    const args = validArguments[name];
    const holder = role === ROLES.OPERATOR ? f.operator : f.governance;
    const stranger = holder === f.operator ? f.governance : f.operator;
    if (name === 'unpause') await govern('pause');
    await expectRevert(f.core.callAs(stranger, name, args), 'AccessManagedUnauthorized', stranger);
    await expectRevert(f.core.callAs(f.payer, name, args), 'AccessManagedUnauthorized', f.payer);
    await f.core.callAs(holder, name, args);
  });

  it('covers every function that is neither a view nor for everybody', () => {
    const forEverybody = [
      'deposit',
      'depositStablecoin',
      'requestWithdrawal',
      'cancelWithdrawal',
      'finalizeWithdrawal',
      'payTabInERC20Token',
      'remunerate',
      'setAuthority',
    ];
    const changing = new Set<string>();
    f.core.abi.forEachFunction((fn) => {
      if (!fn.constant) changing.add(fn.name);
    });
    expect([...changing].sort()).toEqual([...forEverybody, ...restricted.map(([name]) => name)].sort());
  });

  it('lets a delayed role act only after scheduling', async () => {
    await f.manager.sendAs(f.governance, 'grantRole', [ROLES.GOVERNANCE, f.outsider, HOUR]);
    const data = f.core.encode('setSynchronizationDelay', [7n]);
    const operation = await f.manager.get('hashOperation', f.outsider, f.core.address, data);
    await expectRevert(chain.call(f.outsider, f.core.address, data), 'AccessManagerNotScheduled', operation);
    await f.manager.sendAs(f.outsider, 'schedule', [f.core.address, data, 0n]);
    await expectRevert(chain.call(f.outsider, f.core.address, data), 'AccessManagerNotReady', operation);
    await chain.warpTo((await chain.now()) + HOUR);
    await f.core.sendAs(f.outsider, 'setSynchronizationDelay', [7n]);
    expect(await f.core.get('synchronizationDelay')).toBe(7n);
    expect(await f.core.get('isConsumingScheduledOp')).toBe('0x00000000');
  });

  it('moves to another authority only by the current one, and only to a contract', async () => {
    const { address } = f.manager;
    expect(await f.core.get('authority')).toBe(address);
    await expectRevert(
      f.core.callAs(f.governance, 'setAuthority', [f.usdc.address]),
      'AccessManagedUnauthorized',
      f.governance,
    );
    await expectRevert(
      f.core.callAs(address, 'setAuthority', [f.outsider]),
      'AccessManagedInvalidAuthority',
      f.outsider,
    );
    const receipt = await f.manager.sendAs(f.governance, 'updateAuthority', [f.core.address, f.usdc.address]);
    expect(f.core.eventsOf(receipt)).toEqual([['AuthorityUpdated', f.usdc.address]]);
  });

  it('pauses and unpauses', async () => {
    await expectRevert(tryGovern('unpause'), 'ExpectedPause');
    expect(f.core.eventsOf(await govern('pause'))).toEqual([['Paused', f.governance]]);
    expect(await f.core.get('paused')).toBe(true);
    await expectRevert(tryGovern('pause'), 'EnforcedPause');
    expect(f.core.eventsOf(await govern('unpause'))).toEqual([['Unpaused', f.governance]]);
    expect(await f.core.get('paused')).toBe(false);
  });
});

describe('time windows', () => {
  const LIMIT = 2n ** 64n - 1n;
  const setters = [
    // setter, view, event, largest or smallest allowed value, first refused value next to it
    [
      'setRemunerationGracePeriod',
      'remunerationGracePeriod',
      'RemunerationGracePeriodUpdated',
      TAB_EXPIRATION - 1n,
      TAB_EXPIRATION,
    ],
    [
      'setTabExpirationTime',
      'tabExpirationTime',
      'TabExpirationTimeUpdated',
      WITHDRAWAL_GRACE - SYNCHRONIZATION_DELAY - 1n,
      WITHDRAWAL_GRACE - SYNCHRONIZATION_DELAY,
    ],
    [
      'setTabExpirationTime',
      'tabExpirationTime',
      'TabExpirationTimeUpdated',
      REMUNERATION_GRACE + 1n,
      REMUNERATION_GRACE,
    ],
    [
      'setSynchronizationDelay',
      'synchronizationDelay',
      'SynchronizationDelayUpdated',
      WITHDRAWAL_GRACE - TAB_EXPIRATION - 1n,
      WITHDRAWAL_GRACE - TAB_EXPIRATION,
    ],
    [
      'setWithdrawalGracePeriod',
      'withdrawalGracePeriod',
      'WithdrawalGracePeriodUpdated',
      SYNCHRONIZATION_DELAY + TAB_EXPIRATION + 1n,
      SYNCHRONIZATION_DELAY + TAB_EXPIRATION,
    ],
    ['setWithdrawalGracePeriod', 'withdrawalGracePeriod', 'WithdrawalGracePeriodUpdated', LIMIT, LIMIT + 1n],
  ] as const;

  it.each(setters)(
    'S-11: %s keeps the order of the windows',
    async (setter, view, event, allowed, refused) => {
      await expectRevert(tryGovern(setter, 0n), 'AmountZero');
      await expectRevert(tryGovern(setter, refused), 'IllegalValue');
      await expectRevert(tryGovern(setter, MaxUint256), 'IllegalValue');
      expect(f.core.eventsOf(await govern(setter, allowed))).toEqual([[event, allowed]]);
      expect(await f.core.get(view)).toBe(allowed);
    },
  );

  it('are set together, past values that separate setters could not reach', async () => {
    const receipt = await govern('setTimingParameters', 5n, 20n, 3n, 24n);
    expect(f.core.eventsOf(receipt)).toEqual([
      ['RemunerationGracePeriodUpdated', 5n],
      ['TabExpirationTimeUpdated', 20n],
      ['SynchronizationDelayUpdated', 3n],
      ['WithdrawalGracePeriodUpdated', 24n],
    ]);
    for (const [view, value] of [
      ['remunerationGracePeriod', 5n],
      ['tabExpirationTime', 20n],
      ['synchronizationDelay', 3n],
      ['withdrawalGracePeriod', 24n],
    ] as const) {
      expect(await f.core.get(view)).toBe(value);
    }
  });

  it.each([
    [[0n, 20n, 3n, 24n], 'AmountZero'],
    [[5n, 0n, 3n, 24n], 'AmountZero'],
    [[5n, 20n, 0n, 24n], 'AmountZero'],
    [[5n, 20n, 3n, 0n], 'AmountZero'],
    [[20n, 20n, 3n, 24n], 'IllegalValue'],
    [[5n, 20n, 3n, 23n], 'IllegalValue'],
    [[5n, 20n, 24n, 24n], 'IllegalValue'],
    [[5n, MaxUint256, MaxUint256, LIMIT], 'IllegalValue'],
  ] as const)('refuse %s together', async (values, error) => {
    await expectRevert(tryGovern('setTimingParameters', ...values), error);
  });
});

describe('guarantee versions', () => {
  const config = async (version: bigint) =>
    (await f.core.read('getGuaranteeVersionConfig', version)).toArray(true);
  const configure = (version: bigint, key: G1Words, domain: string, decoder: string, enabled: boolean) =>
    [version, key, domain, decoder, enabled] as const;
  const decoder = () => f.decoder.address;

  it('replace the key of version 1', async () => {
    const receipt = await govern('setGuaranteeVerificationKey', OTHER_KEY);
    expect(f.core.eventsOf(receipt)).toEqual([
      ['VerificationKeyUpdated', [...OTHER_KEY]],
      ['GuaranteeVersionUpdated', 1n, [...OTHER_KEY], f.domain, ZeroAddress, true],
    ]);
    expect((await f.core.read('GUARANTEE_VERIFICATION_KEY')).toArray()).toEqual([...OTHER_KEY]);
    expect((await config(2n))[0]).toEqual([...KEY]);

    const claims = encodeClaims(f.claims());
    await expectRevert(f.core.read('verifyAndDecodeGuarantee', ...f.certificate()), 'InvalidSignature');
    await f.core.read('verifyAndDecodeGuarantee', ...certify(1n, claims, secretKey('02')));
  });

  it('configure version 1 with key and domain', async () => {
    const receipt = await govern('configureGuaranteeVersion', 1n, OTHER_KEY, DOMAIN, ZeroAddress, true);
    expect(f.core.eventsOf(receipt)).toEqual([
      ['GuaranteeVersionUpdated', 1n, [...OTHER_KEY], DOMAIN, ZeroAddress, true],
    ]);
    expect(await f.core.get('guaranteeDomainSeparator')).toBe(DOMAIN);
    expect((await f.core.read('GUARANTEE_VERIFICATION_KEY')).toArray()).toEqual([...OTHER_KEY]);
  });

  it('refuse what cannot work', async () => {
    const attempt = (...args: ReturnType<typeof configure>) =>
      tryGovern('configureGuaranteeVersion', ...args);
    const infinity = INFINITY_G1;
    await expectRevert(attempt(0n, infinity, ZeroHash, ZeroAddress, true), 'UnsupportedGuaranteeVersion', 0n);
    await expectRevert(attempt(1n, infinity, ZeroHash, decoder(), true), 'UnsupportedGuaranteeVersion', 1n);
    await expectRevert(attempt(3n, infinity, ZeroHash, ZeroAddress, true), 'MissingGuaranteeDecoder', 3n);
    await expectRevert(attempt(3n, infinity, ZeroHash, decoder(), true), 'InvalidGuaranteeDomain');
    await expectRevert(attempt(1n, infinity, ZeroHash, ZeroAddress, true), 'InvalidGuaranteeDomain');
  });

  it.each<[string, G1Words]>([
    ['infinity', INFINITY_G1],
    ['a point off the curve', [KEY[0], KEY[1], KEY[2], KEY[1]]],
  ])('S-2: refuse %s as key, also when disabling', async (_, key) => {
    await expectRevert(tryGovern('setGuaranteeVerificationKey', key), 'IllegalValue');
    for (const enabled of [true, false]) {
      await expectRevert(
        tryGovern('configureGuaranteeVersion', 1n, key, DOMAIN, ZeroAddress, enabled),
        'IllegalValue',
      );
      await expectRevert(
        tryGovern('configureGuaranteeVersion', 2n, key, DOMAIN, decoder(), enabled),
        'IllegalValue',
      );
    }
  });

  it('keep domain and decoder when disabled without them', async () => {
    const [, domain] = await config(2n);
    const receipt = await govern('configureGuaranteeVersion', 2n, KEY, ZeroHash, ZeroAddress, false);
    expect(f.core.eventsOf(receipt)).toEqual([
      ['GuaranteeVersionUpdated', 2n, [...KEY], domain, decoder(), false],
    ]);
    await expectRevert(
      f.core.read('verifyAndDecodeGuarantee', ...certify(2n, '0x', OPERATOR_SECRET)),
      'UnsupportedGuaranteeVersion',
      2n,
    );
    await govern('configureGuaranteeVersion', 2n, KEY, DOMAIN, f.usdc.address, false);
    expect(await config(2n)).toEqual([[...KEY], DOMAIN, f.usdc.address, false]);
  });

  it('disable version 1', async () => {
    await govern('configureGuaranteeVersion', 1n, KEY, ZeroHash, ZeroAddress, false);
    expect(await f.core.get('guaranteeDomainSeparator')).toBe(f.domain);
    await expectRevert(
      f.core.read('verifyAndDecodeGuarantee', ...f.certificate()),
      'UnsupportedGuaranteeVersion',
      1n,
    );
  });

  it('are empty when never configured', async () => {
    expect(await config(9n)).toEqual([[...INFINITY_G1], ZeroHash, ZeroAddress, false]);
  });
});

describe('tokens', () => {
  const tokens = () => f.core.get('getERC20Tokens');

  it('are enabled and disabled, with an event only when something changes', async () => {
    expect(await tokens()).toEqual([f.usdc.address, f.usdt.address]);
    const change = async (enabled: boolean) =>
      f.core.eventsOf(await govern('setStablecoinAsset', TOKEN, enabled));
    expect(await change(false)).toEqual([]);
    expect(await change(true)).toEqual([['StablecoinAssetUpdated', TOKEN, true]]);
    expect(await change(true)).toEqual([]);
    expect(await tokens()).toEqual([f.usdc.address, f.usdt.address, TOKEN]);
    expect(await change(false)).toEqual([['StablecoinAssetUpdated', TOKEN, false]]);
    expect(await change(false)).toEqual([]);
    expect(await change(true)).toEqual([['StablecoinAssetUpdated', TOKEN, true]]);
    expect(await tokens()).toEqual([f.usdc.address, f.usdt.address, TOKEN]);
  });

  it('change together', async () => {
    const receipt = await govern('setStablecoinAssets', [f.usdc.address, f.usdt.address], false);
    expect(f.core.eventsOf(receipt)).toEqual([
      ['StablecoinAssetUpdated', f.usdc.address, false],
      ['StablecoinAssetUpdated', f.usdt.address, false],
    ]);
    expect(await tokens()).toEqual([]);
  });

  it('are never the zero address', async () => {
    await expectRevert(tryGovern('setStablecoinAsset', ETH, true), 'InvalidAsset', ETH);
    await expectRevert(tryGovern('setStablecoinAsset', ETH, false), 'InvalidAsset', ETH);
    await expectRevert(tryGovern('setStablecoinAssets', [TOKEN, ETH], true), 'InvalidAsset', ETH);
  });
});
