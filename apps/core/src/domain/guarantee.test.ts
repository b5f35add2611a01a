import { parseAddress, type RequestClaimsV1, type RequestClaimsV2 } from '@fourmica/core-types';
import { describe, expect, it } from 'vitest';
import {
  checkClaims,
  decideGuarantee,
  type IssuingPolicy,
  type IssuingState,
  MAX_EARLY_REQ_IDS,
} from './guarantee.js';
import type { Tab } from './tab.js';

const USER = parseAddress(`0x${'01'.repeat(20)}`);
const RECIPIENT = parseAddress(`0x${'02'.repeat(20)}`);
const ASSET = parseAddress(`0x${'03'.repeat(20)}`);
const REGISTRY = parseAddress('0xabcdef1234567890abcdef1234567890abcdef12');
const NOW = 1_000_000n;

const policy: IssuingPolicy = {
  chainId: 31337n,
  acceptedVersions: [1, 2],
  trustedValidationRegistries: [REGISTRY],
  clockToleranceSeconds: 5n,
  maxTtlSeconds: 1_000n,
};

const tab: Tab = {
  tabId: 42n,
  userAddress: USER,
  recipientAddress: RECIPIENT,
  assetAddress: ASSET,
  guaranteeVersion: 1,
  startTimestamp: NOW - 100n,
  ttlSeconds: 500n,
  status: 'OPEN',
  settlementStatus: 'PENDING',
  totalAmount: 30n,
  paidAmount: 0n,
  remuneratedAmount: 0n,
  lastReqId: 6n,
  lastTimestamp: NOW - 50n,
  isReleased: false,
  createdAtMs: 0n,
  updatedAtMs: 0n,
};

const claims: RequestClaimsV1 = {
  version: 1,
  userAddress: USER,
  recipientAddress: RECIPIENT,
  tabId: 42n,
  reqId: 7n,
  amount: 10n,
  assetAddress: ASSET,
  timestamp: NOW,
};

const state: IssuingState = {
  user: 'active',
  recipient: 'unknown',
  isReqIdUsed: false,
  tab,
  balance: { total: 100n, locked: 60n, pendingWithdrawal: 30n },
  now: NOW,
};

const decide = (
  changedClaims: Partial<RequestClaimsV1> = {},
  changedState: Partial<IssuingState> = {},
  changedTab: Partial<Tab> = {},
) =>
  decideGuarantee(
    { ...claims, ...changedClaims },
    { ...state, tab: { ...tab, ...changedTab }, ...changedState },
    policy,
  );

describe('deciding a guarantee', () => {
  it('issues with the running total and keeps the start of a used tab', () => {
    expect(decide()).toMatchObject({ kind: 'issue', totalAmount: 40n, startTimestamp: NOW - 100n });
  });

  it('starts the window of an unused tab at its first claims', () => {
    const unused = { status: 'PENDING', lastReqId: null, lastTimestamp: null, totalAmount: 0n } as const;
    expect(decide({ reqId: 0n, timestamp: NOW - 150n }, {}, unused)).toMatchObject({
      totalAmount: 10n,
      startTimestamp: NOW - 150n,
    });
  });

  /** Every rule in its order: a state that breaks a rule and all later ones is refused for that rule. */
  const broken: [string, string, () => unknown][] = [
    ['unknown payer', 'user not registered', () => decide({}, { user: 'unknown' })],
    ['suspended payer', 'user suspended', () => decide({}, { user: 'suspended' })],
    ['suspended recipient', 'user suspended', () => decide({}, { recipient: 'suspended' })],
    [
      'used reqId',
      'another guarantee with req_id 7 already exists',
      () => decide({ timestamp: NOW + 6n }, { isReqIdUsed: true, tab: undefined }),
    ],
    ['future', 'timestamp is in the future', () => decide({ timestamp: NOW + 6n }, { tab: undefined })],
    ['no tab', '0x2a', () => decide({}, { tab: undefined })],
    [
      'version',
      'tab 0x2a only accepts guarantee version 2, got 1',
      () => decide({}, {}, { guaranteeVersion: 2, status: 'CLOSED' }),
    ],
    ['closed', 'tab already closed', () => decide({ userAddress: RECIPIENT }, {}, { status: 'CLOSED' })],
    ['settled', 'tab already closed', () => decide({}, {}, { settlementStatus: 'SETTLED' })],
    ['remunerated', 'tab already closed', () => decide({}, {}, { settlementStatus: 'REMUNERATED' })],
    ['expired', 'tab already closed', () => decide({}, {}, { ttlSeconds: 99n })],
    [
      'expired before use',
      'tab already closed',
      () => decide({ reqId: 0n }, {}, { status: 'PENDING', lastReqId: null, ttlSeconds: 99n }),
    ],
    [
      'payer',
      'User address does not match tab',
      () => decide({ userAddress: REGISTRY, recipientAddress: REGISTRY }),
    ],
    [
      'recipient',
      'Recipient address does not match tab',
      () => decide({ recipientAddress: REGISTRY, assetAddress: REGISTRY }),
    ],
    ['asset', 'Invalid asset address', () => decide({ assetAddress: REGISTRY, reqId: 0n })],
    [
      'ttl above the life of certificates',
      'tab ttl exceeds tab expiration time (ttl=1001, max=1000)',
      () => decide({ reqId: 0n }, {}, { ttlSeconds: 1_001n }),
    ],
    ['earlier reqId', 'req_id not valid', () => decide({ reqId: 3n, timestamp: NOW - 200n })],
    [
      'far too early reqId',
      'req_id not valid',
      () => decide({ reqId: 8n + MAX_EARLY_REQ_IDS, timestamp: NOW - 200n }),
    ],
    ['before the window', 'start timestamp modified', () => decide({ timestamp: NOW - 101n, amount: 11n })],
    ['collateral', 'Not enough free collateral', () => decide({ amount: 11n })],
    [
      'negative free collateral',
      'Not enough free collateral',
      () => decide({ amount: 1n }, { balance: { total: 10n, locked: 60n, pendingWithdrawal: 0n } }),
    ],
  ];

  it.each(broken)('refuses %s', (_, message, run) => {
    expect(run).toThrow(expect.objectContaining({ message }));
  });

  it('accepts claims up to five seconds ahead of the clock', () => {
    expect(decide({ timestamp: NOW + 5n })).toMatchObject({ kind: 'issue' });
  });

  it.each([1n, MAX_EARLY_REQ_IDS])('lets a request %i ids ahead wait', (ahead) => {
    expect(decide({ reqId: 7n + ahead })).toEqual({ kind: 'early', nextReqId: 7n });
  });

  it('C-16: takes the first claims of a tab only so old as the operator allows', () => {
    const unused = { status: 'PENDING', lastReqId: null, lastTimestamp: null, totalAmount: 0n } as const;
    const first = (age: bigint, firstClaimsMaxAgeSeconds?: bigint) =>
      decideGuarantee(
        { ...claims, reqId: 0n, timestamp: NOW - age },
        { ...state, tab: { ...tab, ...unused } },
        { ...policy, firstClaimsMaxAgeSeconds },
      );
    expect(first(60n, 60n)).toMatchObject({ kind: 'issue', startTimestamp: NOW - 60n });
    expect(() => first(61n, 60n)).toThrow(
      'timestamp is too old: the first claims of a tab may be at most 60 s old, these are 61 s',
    );
    expect(first(500n)).toMatchObject({ kind: 'issue' });
    expect(() => first(501n)).toThrow('tab already closed');
  });

  it('uses the whole free collateral and not a unit more', () => {
    expect(decide({ amount: 10n })).toMatchObject({ kind: 'issue' });
    expect(() => decide({ amount: 11n })).toThrow('Not enough free collateral');
  });
});

describe('the validation policy of version 2', () => {
  const second: RequestClaimsV2 = {
    ...claims,
    version: 2,
    validationRegistryAddress: REGISTRY,
    validationRequestHash: `0x${'11'.repeat(32)}`,
    validationChainId: 31337n,
    validatorAddress: USER,
    validatorAgentId: 1n,
    minValidationScore: 80,
    validationSubjectHash: `0x${'22'.repeat(32)}`,
    jobHash: `0x${'33'.repeat(32)}`,
    requiredValidationTag: '',
  };
  const decideSecond = (changed: Partial<RequestClaimsV2>, trusted = policy.trustedValidationRegistries) =>
    decideGuarantee(
      { ...second, ...changed },
      { ...state, tab: { ...tab, guaranteeVersion: 2 } },
      { ...policy, trustedValidationRegistries: trusted },
    );

  it('needs a trusted registry, unless all are trusted', () => {
    expect(decideSecond({})).toMatchObject({ kind: 'issue' });
    expect(() => decideSecond({ validationRegistryAddress: USER })).toThrow(
      `validation registry ${USER} is not trusted`,
    );
    expect(decideSecond({ validationRegistryAddress: USER }, [])).toMatchObject({ kind: 'issue' });
  });

  it('needs the chain of the core', () => {
    expect(() => decideSecond({ validationChainId: 1n })).toThrow(
      'validation_chain_id 1 must match core chain_id 31337',
    );
  });
});

describe('checking claims by themselves', () => {
  it('refuses versions that are not accepted, with the list', () => {
    expect(() => checkClaims({ ...claims }, { ...policy, acceptedVersions: [2] })).toThrow(
      'guarantee request version 1 is not accepted; accepted versions are [2]',
    );
  });

  it('refuses amount zero and payers who pay themselves', () => {
    expect(() => checkClaims({ ...claims, amount: 0n }, policy)).toThrow('amount must be greater than zero');
    expect(() => checkClaims({ ...claims, recipientAddress: USER }, policy)).toThrow(
      'user and recipient must differ',
    );
  });
});
