import { describe, expect, it } from 'vitest';
import type * as z from 'zod/mini';
import {
  AssetBalanceInfoSchema,
  acceptedGuaranteeVersions,
  BLSCertSchema,
  CollateralEventInfoSchema,
  CoreHealthSchema,
  CorePublicParametersSchema,
  CoreReadinessSchema,
  CreateTabRequestSchema,
  encodeWith,
  GuaranteeInfoSchema,
  OpenedTabSchema,
  PendingRemunerationInfoSchema,
  parseWith,
  RecipientPaymentInfoSchema,
  SupportedTokensSchema,
  TabInfoSchema,
} from './index.js';

const USER = '0x1a642f0e3c3af545e7acbd38b07251b3990914f1';
const RECIPIENT = '0xabcdef1234567890abcdef1234567890abcdef12';
const ETH = `0x${'00'.repeat(20)}`;

const tab = {
  tab_id: '0x2a',
  user_address: USER,
  recipient_address: RECIPIENT,
  asset_address: ETH,
  accepted_guarantee_version: 1,
  start_timestamp: 1736000000,
  ttl_seconds: 86400,
  status: 'OPEN',
  settlement_status: 'PENDING',
  created_at: 1736000000,
  updated_at: 1736000001,
  total_amount: '0x1388',
  paid_amount: '0x0',
  remunerated_amount: '0x0',
  last_req_id: null,
};
const guarantee = {
  tab_id: '0x2a',
  req_id: '0x7',
  version: 1,
  from_address: USER,
  to_address: RECIPIENT,
  asset_address: ETH,
  amount: '0x3e8',
  start_timestamp: 1736000000,
  certificate: '{"claims":"00ff","signature":"aabb"}',
};

/** Every model of the core's answers: a wire value in the form in which it is emitted, and the members that may be absent. */
const models: readonly (readonly [string, z.core.$ZodType, Record<string, unknown>, readonly string[]])[] = [
  ['TabInfo', TabInfoSchema, tab, ['total_amount', 'paid_amount', 'remunerated_amount', 'last_req_id']],
  ['GuaranteeInfo', GuaranteeInfoSchema, guarantee, []],
  ['PendingRemunerationInfo', PendingRemunerationInfoSchema, { tab, latest_guarantee: guarantee }, []],
  [
    'OpenedTab',
    OpenedTabSchema,
    {
      id: '0x2a',
      user_address: USER,
      recipient_address: RECIPIENT,
      erc20_token: ETH,
      asset_address: ETH,
      guarantee_version: 1,
      next_req_id: '0x0',
      start_timestamp: 1736000000,
      ttl_seconds: 86400,
    },
    ['erc20_token', 'start_timestamp', 'ttl_seconds'],
  ],
  [
    'AssetBalanceInfo',
    AssetBalanceInfoSchema,
    {
      user_address: USER,
      asset_address: ETH,
      total: '0xde0b6b3a7640000',
      locked: '0x0',
      version: 3,
      updated_at: 1736000000,
      pending_withdrawal: '0x0',
      available: '0xde0b6b3a7640000',
    },
    ['pending_withdrawal', 'available'],
  ],
  [
    'CollateralEventInfo',
    CollateralEventInfoSchema,
    {
      id: 'a',
      user_address: USER,
      asset_address: ETH,
      amount: '0x1',
      event_type: 'DEPOSIT',
      tab_id: null,
      req_id: null,
      tx_id: null,
      created_at: 1736000000,
    },
    [],
  ],
  [
    'RecipientPaymentInfo',
    RecipientPaymentInfoSchema,
    {
      user_address: USER,
      recipient_address: RECIPIENT,
      tx_hash: `0x${'ab'.repeat(32)}`,
      amount: '0x1',
      verified: true,
      finalized: false,
      failed: false,
      created_at: 1736000000000,
    },
    [],
  ],
  [
    'SupportedTokens',
    SupportedTokensSchema,
    {
      chain_id: 84532,
      tokens: [{ symbol: 'USDC', address: '0x036CbD53842c5426634e7929541eC2318f3dCF7e', decimals: 6 }],
    },
    [],
  ],
  ['CoreHealth', CoreHealthSchema, { status: 'ok', db: 'ok', chain_rpc: 'fail' }, []],
  ['CoreReadiness', CoreReadinessSchema, { status: 'ok', db: 'ok', chain_view: 'ok', issuing: 'fail' }, []],
];

describe.each(models)('%s', (_, schema, wire, optional) => {
  const read = (value: unknown) => parseWith(schema, value, 'answer');
  const without = (member: string) =>
    Object.fromEntries(Object.entries(wire).filter(([key]) => key !== member));

  it('is read and written without loss', () => {
    expect(encodeWith(schema, read(wire), 'answer')).toEqual(wire);
  });

  it('ignores members that it does not know', () => {
    expect(read({ ...wire, added_later: 1 })).toEqual(read(wire));
  });

  it.each(Object.keys(wire).filter((member) => !optional.includes(member)))(
    'T-4: refuses a missing %s instead of assuming zero',
    (member) => {
      expect(() => read(without(member))).toThrow(
        expect.objectContaining({
          code: 'INVALID_VALUE',
          message: expect.stringMatching(/got nothing$/),
          context: expect.objectContaining({ field: `answer.${member}` }),
        }),
      );
    },
  );

  it('tells absent members from zero', () => {
    const repeatsAnother = 'erc20_token';
    for (const member of optional.filter((name) => name !== repeatsAnother)) {
      const value = read(without(member));
      expect(Object.values(value as object)).toContain(undefined);
    }
  });
});

describe('OpenedTab', () => {
  const wire = models.find(([name]) => name === 'OpenedTab')?.[2];

  it.each(['id', 'next_req_id'])('T-4: refuses an empty or null %s', (member) => {
    for (const value of ['', null, '0x', 'null']) {
      expect(() => parseWith(OpenedTabSchema, { ...wire, [member]: value }, 'tab')).toThrow(
        `tab.${member}: expected`,
      );
    }
  });

  it('reads addresses of any case as checksummed values', () => {
    expect(parseWith(OpenedTabSchema, wire, 'tab')).toMatchObject({
      tabId: 42n,
      nextReqId: 0n,
      userAddress: '0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1',
    });
  });
});

describe('CreateTabRequest', () => {
  const minimal = { user_address: USER, recipient_address: RECIPIENT };

  it('leaves out what the caller left out, and writes null for ETH and the default time', () => {
    const request = parseWith(CreateTabRequestSchema, minimal, 'body');
    expect(encodeWith(CreateTabRequestSchema, request, 'body')).toEqual({
      user_address: '0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1',
      recipient_address: '0xabCDEF1234567890ABcDEF1234567890aBCDeF12',
      erc20_token: null,
      ttl: null,
      guarantee_version: undefined,
    });
  });

  it.each([
    ['ttl', -1],
    ['ttl', ''],
    ['ttl', 1.5],
    ['erc20_token', ''],
    ['erc20_token', 'ETH'],
    ['guarantee_version', 'v1'],
  ])('refuses %s %j', (member, value) => {
    expect(() => parseWith(CreateTabRequestSchema, { ...minimal, [member]: value }, 'body')).toThrow(
      `body.${member}: expected`,
    );
  });
});

describe('certificates in messages', () => {
  it('are read with or without 0x and in any case', () => {
    expect(parseWith(BLSCertSchema, { claims: '00FF', signature: '0xAABB' }, 'cert')).toEqual({
      claims: '0x00ff',
      signature: '0xaabb',
    });
  });

  it.each([
    ['claims', ''],
    ['claims', '0x'],
    ['claims', '0x0'],
    ['claims', 'zz'],
    ['signature', undefined],
    ['signature', null],
    ['signature', '00'.repeat(200)],
  ])('T-4: refuse %s %j', (member, value) => {
    const cert = { claims: '00', signature: '00', [member]: value };
    expect(() => parseWith(BLSCertSchema, cert, 'cert')).toThrow(`cert.${member}: expected`);
  });

  it.each([
    ['', 'guarantee.certificate: expected valid JSON'],
    ['{}', 'guarantee.certificate.claims: expected'],
    ['{"claims":"00","claims":"00","signature":"00"}', 'no key is repeated'],
    [
      '{"claims":"00","signature":"zz"}',
      'guarantee.certificate.signature: expected an even number of hex digits, got "zz"',
    ],
  ])('are refused inside a guarantee: %s', (certificate, message) => {
    expect(() => parseWith(GuaranteeInfoSchema, { ...guarantee, certificate }, 'guarantee')).toThrow(message);
  });

  it('may be hidden from the caller', () => {
    expect(parseWith(GuaranteeInfoSchema, { ...guarantee, certificate: null }, 'guarantee')).toMatchObject({
      certificate: null,
    });
  });
});

describe('CorePublicParameters', () => {
  const wire = {
    public_key: Array.from({ length: 48 }, (_, i) => i),
    contract_address: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
    ethereum_http_rpc_url: 'http://127.0.0.1:8545',
    eip712_name: '4mica',
    eip712_version: '1',
    chain_id: 84532,
    max_accepted_guarantee_version: 2,
    accepted_guarantee_versions: [1, 2],
    active_guarantee_domain_separator: `0x${'ab'.repeat(32)}`,
    trusted_validation_registries: [],
    validation_hash_canonicalization_version: '4MICA_VALIDATION_REQUEST_V2',
  };
  const parse = (value: unknown) => parseWith(CorePublicParametersSchema, value, 'params');

  it('are read and written', () => {
    expect(encodeWith(CorePublicParametersSchema, parse(wire), 'params')).toEqual(wire);
  });

  it('take the key as an array of bytes or as hex', () => {
    const hex = Buffer.from(wire.public_key).toString('hex');
    for (const public_key of [hex, `0x${hex}`]) expect(parse({ ...wire, public_key })).toEqual(parse(wire));
  });

  it.each([
    ['public_key', undefined],
    ['public_key', []],
    ['public_key', wire.public_key.slice(1)],
    ['public_key', [...wire.public_key.slice(1), 256]],
    ['public_key', '0x00'],
    ['contract_address', ''],
    ['chain_id', undefined],
    ['chain_id', ''],
    ['active_guarantee_domain_separator', '0x12'],
  ])('refuse %s %j', (member, value) => {
    expect(() => parse({ ...wire, [member]: value })).toThrow(`params.${member}`);
  });

  it.each(['eip712_name', 'eip712_version', 'contract_address', 'public_key', 'chain_id'] as const)(
    'T-13: have no default for %s, which decides what is signed or trusted',
    (member) => {
      const { [member]: _, ...rest } = wire;
      expect(() => parse(rest)).toThrow(`params.${member}: expected`);
    },
  );

  it('of an older core mean version 1 and no trusted registries', () => {
    const { public_key, contract_address, eip712_name, eip712_version, chain_id } = wire;
    const params = parse({ public_key, contract_address, eip712_name, eip712_version, chain_id });
    expect(acceptedGuaranteeVersions(params)).toEqual([1]);
    expect(params).toMatchObject({ trustedValidationRegistries: [], ethereumHttpRpcUrl: undefined });
  });

  it('T-16: tell an empty RPC URL or domain from a real one', () => {
    const params = parse({ ...wire, ethereum_http_rpc_url: '', active_guarantee_domain_separator: '' });
    expect(params.ethereumHttpRpcUrl).toBeUndefined();
    expect(params.activeGuaranteeDomainSeparator).toBeUndefined();
  });

  it('list accepted versions, or all up to the maximum', () => {
    expect(acceptedGuaranteeVersions(parse({ ...wire, accepted_guarantee_versions: [2] }))).toEqual([2]);
    expect(acceptedGuaranteeVersions(parse({ ...wire, accepted_guarantee_versions: [] }))).toEqual([1, 2]);
  });
});
