import * as coreTypes from '@fourmica/core-types';
import * as chainRepairs from '@fourmica/core-types/chain-repairs';
import * as walletRoles from '@fourmica/core-types/wallet-roles';
import { loadVectors } from '@fourmica/test-vectors';
import { sameJson, schemaTarget, type Target } from './target.js';

const MODULES = { ...coreTypes, ...chainRepairs, ...walletRoles };
type SchemaName = keyof typeof MODULES & `${string}Schema`;
const SCHEMAS: Pick<typeof MODULES, SchemaName> = MODULES;

const USER = '0x1a642f0e3c3af545e7acbd38b07251b3990914f1';
const CHECKSUMMED = '0xabCDEF1234567890ABcDEF1234567890aBCDeF12';
const ETH = `0x${'00'.repeat(20)}`;
const HASH = `0x${'ab'.repeat(32)}`;
const SMALL_INTEGERS = ['0x2a', '0', '1000', 7, '9007199254740991'];
const INTEGERS = [...SMALL_INTEGERS, `0x${'f'.repeat(64)}`, (2n ** 256n - 1n).toString()];
const ADDRESSES = [USER, ETH, CHECKSUMMED];

const certificate = { claims: '00ff', signature: `0x${'AB'.repeat(96)}` };
const tab = {
  tab_id: '0x2a',
  user_address: USER,
  recipient_address: ETH,
  asset_address: ETH,
  accepted_guarantee_version: 1,
  start_timestamp: 1736000000,
  ttl_seconds: 86400,
  status: 'OPEN',
  settlement_status: 'PENDING',
  created_at: 1,
  updated_at: 1,
  total_amount: '0x1388',
  paid_amount: '0',
  last_req_id: null,
};
const guarantee = {
  tab_id: '0x2a',
  req_id: '7',
  version: 1,
  from_address: USER,
  to_address: ETH,
  asset_address: ETH,
  amount: 1000,
  start_timestamp: 1736000000,
  certificate: '{"claims":"00ff","signature":"0xAABB"}',
};
const parameters = {
  public_key: Array.from({ length: 48 }, (_, i) => i),
  contract_address: ETH,
  eip712_name: '4mica',
  eip712_version: '1',
  chain_id: 84532,
  max_accepted_guarantee_version: 2,
  accepted_guarantee_versions: [1, 2],
  trusted_validation_registries: [USER],
  active_guarantee_domain_separator: HASH,
};
const apiKey = { id: 'a', name: 'n', scopes: ['user_suspension:write'], created_at: 1736000000 };
const siwe = {
  domain: 'core.example:3000',
  uri: 'https://core.example:3000/',
  chainId: 84532,
  statement: '',
  expiration: '2026-05-04T10:05:00.000Z',
  issuedAt: '2026-05-04T10:00:00+00:00',
};

/** The payloads of the payment envelopes in the test vectors: signed claims of both versions. */
export const signedClaims = loadVectors('x402-envelopes')
  .vectors.flatMap(({ envelope, variants = [] }) => [envelope ?? [], variants.map((v) => v.envelope)])
  .flat()
  .map((text): { claims: unknown; signature: string } => JSON.parse(text).payload);

/** Valid inputs for every schema of the package; a schema without any does not compile. */
const SEEDS: Readonly<Record<SchemaName, readonly unknown[]>> = {
  AcceptBranchAnswerSchema: [{ effects: 3, events: 2, payments: 1 }],
  AcceptBranchRequestSchema: [{ block_number: 19000000 }],
  AdminApiKeyInfoSchema: [
    { ...apiKey, revoked_at: null },
    { ...apiKey, revoked_at: 1736000001 },
  ],
  AssetBalanceInfoSchema: [
    {
      user_address: USER,
      asset_address: ETH,
      total: '0x1',
      locked: 0,
      version: 3,
      updated_at: 1736000000,
      pending_withdrawal: '0x0',
      available: '1',
    },
  ],
  AuthNonceRequestSchema: [{ address: CHECKSUMMED }],
  AuthNonceSchema: [{ nonce: '5b7a0f1e9c3d4862', siwe }],
  AuthTokensSchema: [
    { access_token: 'a.b.c', refresh_token: 'r', expires_in: 900 },
    { accessToken: 'a.b.c', refreshToken: 'r', expiresIn: 900 },
  ],
  AuthVerifyRequestSchema: [{ address: USER, message: 'core.example wants\nyou', signature: '0x00' }],
  BLSCertSchema: [certificate],
  Bytes32Schema: [HASH, 'CD'.repeat(32)],
  CollateralEventInfoSchema: [
    {
      id: 'a',
      user_address: USER,
      asset_address: ETH,
      amount: '1',
      event_type: 'DEPOSIT',
      tab_id: null,
      req_id: null,
      tx_id: null,
      created_at: 1,
    },
  ],
  CollateralEventTypeSchema: ['DEPOSIT', 'UNLOCK'],
  ConfigAddressSchema: ADDRESSES,
  CoreHealthSchema: [{ status: 'ok', db: 'ok', chain_rpc: 'fail' }],
  CoreReadinessSchema: [{ status: 'ok', db: 'ok', chain_view: 'ok', issuing: 'fail' }],
  CorePublicParametersSchema: [
    parameters,
    { ...parameters, public_key: '00'.repeat(48), active_guarantee_domain_separator: '' },
  ],
  CreateAdminApiKeyRequestSchema: [{ name: 'n', scopes: ['admin_api_keys:manage'] }],
  CreateTabRequestSchema: [
    { user_address: USER, recipient_address: ETH, erc20_token: null, ttl: 60, guarantee_version: 2 },
  ],
  CreatedAdminApiKeySchema: [{ ...apiKey, api_key: 'ak_0.1' }],
  GuaranteeInfoSchema: [guarantee, { ...guarantee, certificate: null }],
  LogoutResponseSchema: [{ revoked: true }],
  LowerCaseAddressSchema: ADDRESSES,
  OpenedTabSchema: [
    {
      id: '0x2a',
      user_address: USER,
      recipient_address: ETH,
      asset_address: ETH,
      guarantee_version: 1,
      next_req_id: '0',
      ttl_seconds: 1,
    },
  ],
  PendingRemunerationInfoSchema: [
    { tab, latest_guarantee: null },
    { tab, latest_guarantee: guarantee },
  ],
  QuarantineRetryAnswerSchema: [
    {
      applied: 1,
      remaining: [{ name: 'TabPaid', block_number: '0x121eac0', tx_hash: HASH, error: 'tab 7 is unknown' }],
    },
  ],
  QuarantineRetryRequestSchema: [{}],
  RecipientPaymentInfoSchema: [
    {
      user_address: USER,
      recipient_address: ETH,
      tx_hash: HASH,
      amount: '0x1',
      verified: true,
      finalized: true,
      failed: false,
      created_at: 1736000000123,
    },
  ],
  RefreshTokenRequestSchema: [{ refresh_token: 'r' }],
  RescanAnswerSchema: [{ events: 2, payments: 1, quarantined: 0 }],
  RescanRequestSchema: [{ from_block: 0, to_block: 9007199254740991 }],
  RequestClaimsSchema: signedClaims.map(({ claims }) => claims),
  SecondsSchema: SMALL_INTEGERS,
  SettlementStatusSchema: ['PENDING', 'REMUNERATED'],
  SignatureTextSchema: signedClaims.map(({ signature }) => signature),
  SignedClaimsSchema: signedClaims,
  LedgerCheckSchema: [
    { ok: true, violations: [], next: null },
    { ok: false, violations: [{ rule: 'REQ_IDS_HAVE_NO_GAPS', detail: 'tab 7' }], next: USER },
  ],
  LedgerCheckRequestSchema: [{ after: USER }],
  SupportedTokensSchema: [{ chain_id: 1, tokens: [{ symbol: 'USDC', address: CHECKSUMMED, decimals: 6 }] }],
  TabInfoSchema: [tab],
  TabStatusSchema: ['PENDING', 'CLOSED'],
  U256Schema: INTEGERS,
  U64Schema: SMALL_INTEGERS,
  WalletRoleEntrySchema: [{ address: USER, role: 'facilitator', scopes: ['tab:read'], status: 'active' }],
  UserSuspensionInfoSchema: [{ user_address: USER, suspended: true, updated_at: 1 }],
  UserSuspensionRequestSchema: [{ suspended: false }],
  WireAddressSchema: ADDRESSES,
};

/** In a tab request, null and an absent member mean the same. */
const sameRequest = (left: unknown, right: unknown): boolean =>
  sameJson(withoutNulls(left as object), withoutNulls(right as object));

const withoutNulls = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));

/** The wire models: every exported schema. */
export const schemaTargets: readonly Target[] = Object.entries(SEEDS).map(([name, seeds]) =>
  schemaTarget(
    name,
    SCHEMAS[name as SchemaName],
    seeds,
    name === 'CreateTabRequestSchema' ? sameRequest : sameJson,
  ),
);
