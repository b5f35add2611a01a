import {
  computeValidationRequestHash,
  computeValidationSubjectHash,
  ETH_ASSET,
  encodeWith,
  MAX_VALIDATION_TAG_LENGTH,
  RequestClaimsSchema,
  ZERO_BYTES32,
} from '@fourmica/core-types';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AssetBalanceInfo, GuaranteeInfo, OpenedTab, TabInfo } from './core-models.js';
import { withJson } from './json.js';
import { publicParameters } from './public-parameters.js';
import { PaymentGuaranteeRequestClaims, PaymentGuaranteeRequestClaimsV2 } from './request-claims.js';

const USER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const RECIPIENT = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC';

const payment = {
  userAddress: USER,
  recipientAddress: RECIPIENT,
  tabId: '0x2a',
  reqId: 0,
  amount: '1000',
  timestamp: 1_700_000_000,
};
const policy = {
  validationRegistryAddress: RECIPIENT,
  validationChainId: 1,
  validatorAddress: USER,
  validatorAgentId: 7,
  minValidationScore: '80',
  validationSubjectHash: ZERO_BYTES32,
  validationRequestHash: ZERO_BYTES32,
};

describe('request claims', () => {
  test('are built from numbers in any form and are ready to be signed and sent', () => {
    const claims = PaymentGuaranteeRequestClaims.new({ ...payment, erc20Token: null });
    expect(claims).toEqual({
      version: 1,
      userAddress: USER,
      recipientAddress: RECIPIENT,
      tabId: 42n,
      reqId: 0n,
      amount: 1000n,
      assetAddress: ETH_ASSET,
      timestamp: 1_700_000_000n,
    });
    expect(encodeWith(RequestClaimsSchema, claims, 'claims')).toMatchObject({
      version: 'v1',
      tab_id: '0x2a',
    });
  });

  test('are built from positional values as well, of which none may be missing', () => {
    const { userAddress, recipientAddress, tabId, amount, timestamp, reqId } = payment;
    const fixed = [userAddress, recipientAddress, tabId, amount, timestamp] as const;
    expect(PaymentGuaranteeRequestClaims.new(...fixed, null, reqId)).toEqual(
      PaymentGuaranteeRequestClaims.new(payment),
    );
    expect(PaymentGuaranteeRequestClaims.new(...fixed, RECIPIENT, 3n)).toMatchObject({
      assetAddress: RECIPIENT,
      reqId: 3n,
    });
    const incomplete = [...fixed, null] as unknown as [typeof payment];
    expect(() => PaymentGuaranteeRequestClaims.new(...incomplete)).toThrow('reqId');
  });

  test('are printed as JSON with hex numbers', () => {
    expect(JSON.parse(JSON.stringify(PaymentGuaranteeRequestClaims.new(payment)))).toMatchObject({
      tabId: '0x2a',
      reqId: '0x0',
      amount: '0x3e8',
      userAddress: USER,
    });
  });

  test.each([
    ['T-4: missing tabId', { tabId: undefined }, 'tabId'],
    ['T-4: missing reqId', { reqId: undefined }, 'reqId'],
    ['T-11: empty amount', { amount: '' }, 'amount'],
    ['T-11: amount above 256 bits', { amount: 1n << 256n }, 'amount'],
    ['T-11: exponent', { amount: '1e18' }, 'amount'],
    ['T-8: number that is not exact', { amount: 2 ** 53 }, 'amount'],
    ['T-8: fraction', { timestamp: 1.5 }, 'timestamp'],
    ['wrong checksum', { userAddress: USER.replace('C51812', 'c51812') }, 'userAddress'],
    ['T-4: missing recipient', { recipientAddress: undefined }, 'recipientAddress'],
  ])('%s is refused by name', (_, override, field) => {
    expect(() => PaymentGuaranteeRequestClaims.new({ ...payment, ...override } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', context: expect.objectContaining({ field }) }),
    );
  });

  test('version 2 is built in the two steps of the quick start', () => {
    const base = PaymentGuaranteeRequestClaims.new(payment);
    const validationSubjectHash = computeValidationSubjectHash(base);
    const jobHash = `0x${'5a'.repeat(32)}`;
    const partial = PaymentGuaranteeRequestClaimsV2.new({
      ...payment,
      ...policy,
      validationSubjectHash,
      jobHash,
    });
    expect(partial).toMatchObject({ validationRequestHash: ZERO_BYTES32, requiredValidationTag: '' });
    const validationRequestHash = computeValidationRequestHash(partial);
    const claims = PaymentGuaranteeRequestClaimsV2.new({ ...partial, validationRequestHash });
    expect(claims).toEqual({ ...partial, validationRequestHash });
    expect(computeValidationSubjectHash(claims)).toBe(validationSubjectHash);
  });

  test.each([
    ['T-8', { minValidationScore: 80.5 }, 'minValidationScore'],
    ['T-8', { minValidationScore: Number.NaN }, 'minValidationScore'],
    ['score beyond a byte', { minValidationScore: 256 }, 'minValidationScore'],
    ['T-8', { validationChainId: 2 ** 60 }, 'validationChainId'],
    ['short hash', { validationSubjectHash: '0x12' }, 'validationSubjectHash'],
    [
      'long tag',
      { requiredValidationTag: 'x'.repeat(MAX_VALIDATION_TAG_LENGTH + 1) },
      'requiredValidationTag',
    ],
  ])('version 2, %s: refused by name', (_, override, field) => {
    expect(() => PaymentGuaranteeRequestClaimsV2.new({ ...payment, ...policy, ...override })).toThrow(
      expect.objectContaining({ context: expect.objectContaining({ field }) }),
    );
  });
});

describe('models of the core', () => {
  const balance = {
    user_address: USER.toLowerCase(),
    asset_address: ETH_ASSET,
    total: '0xde0b6b3a7640000',
    locked: '0x0',
    version: 3,
    updated_at: 1_700_000_000,
  };

  test('are read from the core and from what the rpc client resolved to', () => {
    const fromWire = AssetBalanceInfo.fromRpc(balance);
    expect(fromWire).toMatchObject({ userAddress: USER, total: 10n ** 18n, locked: 0n, version: 3 });
    expect(AssetBalanceInfo.fromRpc(fromWire)).toEqual(fromWire);
    expect(JSON.parse(JSON.stringify(fromWire))).toMatchObject({ total: '0xde0b6b3a7640000', locked: '0x0' });
  });

  test.each([['total'], ['locked'], ['user_address'], ['updated_at']])(
    'T-4: without %s they are an error',
    (member) => {
      const { [member as keyof typeof balance]: _, ...rest } = balance;
      expect(() => AssetBalanceInfo.fromRpc(rest)).toThrow(
        expect.objectContaining({ context: expect.objectContaining({ field: `balance.${member}` }) }),
      );
    },
  );

  test('R-6: an opened tab without its next reqId is an error, never zero', () => {
    const opened = {
      id: '0x1',
      user_address: USER,
      recipient_address: RECIPIENT,
      asset_address: ETH_ASSET,
      guarantee_version: 1,
    };
    expect(OpenedTab.fromRpc({ ...opened, next_req_id: '0x5' }).nextReqId).toBe(5n);
    expect(() => OpenedTab.fromRpc(opened)).toThrow(/tab\.next_req_id/);
  });

  test('T-14: the version members are kept', () => {
    const tab = TabInfo.fromRpc({
      tab_id: '0x1',
      user_address: USER,
      recipient_address: RECIPIENT,
      asset_address: ETH_ASSET,
      accepted_guarantee_version: 2,
      start_timestamp: 1,
      ttl_seconds: 86400,
      status: 'OPEN',
      settlement_status: 'PENDING',
      created_at: 1,
      updated_at: 1,
    });
    expect(tab.acceptedGuaranteeVersion).toBe(2);
    const guarantee = GuaranteeInfo.fromRpc({
      tab_id: '0x1',
      req_id: '0x0',
      version: 2,
      from_address: USER,
      to_address: RECIPIENT,
      asset_address: ETH_ASSET,
      amount: '0x5',
      start_timestamp: 1,
      certificate: null,
    });
    expect(guarantee).toMatchObject({ version: 2, certificate: null });
  });
});

test('public parameters list the accepted versions, or count up to the maximum', () => {
  const params = (acceptedGuaranteeVersions: number[]) =>
    publicParameters({
      publicKey: new Uint8Array(48).fill(1),
      contractAddress: ETH_ASSET,
      eip712Name: '4mica',
      eip712Version: '1',
      chainId: 31337n,
      maxAcceptedGuaranteeVersion: 2,
      acceptedGuaranteeVersions,
      trustedValidationRegistries: [],
    });
  expect(params([]).acceptedGuaranteeVersionsOrDefault()).toEqual([1, 2]);
  expect(params([2]).acceptedGuaranteeVersionsOrDefault()).toEqual([2]);
  expect(JSON.parse(JSON.stringify(params([2])))).toMatchObject({
    publicKey: `0x${'01'.repeat(48)}`,
    chainId: '0x7a69',
  });
});

test('JSON keeps every integer exact', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), (value) => {
      const { nested } = JSON.parse(JSON.stringify(withJson({ nested: { list: [value] } })));
      expect(BigInt(nested.list[0])).toBe(value);
    }),
  );
});
