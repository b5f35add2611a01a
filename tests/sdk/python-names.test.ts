import { readFileSync } from 'node:fs';
import * as sdk from '@fourmica/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PAYER } from './support/contract.js';
import { TestNetwork } from './support/network.js';

/** Every name that the README of the Python SDK 1.1.1 uses, and those of its models. */
const PYTHON_NAMES = `
NETWORKS ConfigBuilder Client Client.new client.login client.aclose client.user client.recipient client.rpc client.params
ConfigBuilder.network ConfigBuilder.wallet_private_key ConfigBuilder.evm_signer ConfigBuilder.rpc_url
ConfigBuilder.ethereum_http_rpc_url ConfigBuilder.contract_address ConfigBuilder.bearer_token ConfigBuilder.enable_auth
ConfigBuilder.auth_url ConfigBuilder.auth_refresh_margin_secs ConfigBuilder.from_env ConfigBuilder.build
client.params.chain_id client.params.trusted_validation_registries
client.params.accepted_guarantee_versions_or_default
client.user.approve_erc20 client.user.deposit client.user.get_user client.user.get_tab_payment_status
client.user.sign_payment client.user.pay_tab client.user.request_withdrawal client.user.cancel_withdrawal
client.user.finalize_withdrawal
client.recipient.create_tab client.recipient.get_tab_payment_status client.recipient.issue_payment_guarantee
client.recipient.verify_payment_guarantee client.recipient.remunerate client.recipient.list_settled_tabs
client.recipient.list_pending_remunerations client.recipient.get_tab client.recipient.list_recipient_tabs
client.recipient.get_tab_guarantees client.recipient.get_latest_guarantee client.recipient.get_guarantee
client.recipient.list_recipient_payments client.recipient.get_collateral_events_for_tab
client.recipient.get_user_asset_balance
client.rpc.with_admin_api_key client.rpc.update_user_suspension client.rpc.create_admin_api_key
client.rpc.list_admin_api_keys client.rpc.revoke_admin_api_key client.rpc.get_user_asset_balance client.rpc.aclose
client.logout client.get_supported_tokens client.user.list_tabs
TabInfo.from_rpc GuaranteeInfo.from_rpc PendingRemunerationInfo.from_rpc CollateralEventInfo.from_rpc
RecipientPaymentInfo.from_rpc UserSuspensionStatus.from_rpc AdminApiKeyInfo.from_rpc AdminApiKeySecret.from_rpc
CorePublicParameters.from_rpc UserInfo TabPaymentStatus PaymentSignature X402SettledPayment
EvmSigner LocalAccountSigner SigningScheme.EIP712 SigningScheme.EIP191
PaymentGuaranteeRequestClaims.new PaymentGuaranteeRequestClaimsV2.new PaymentGuaranteeClaims BLSCert
AssetBalanceInfo.from_rpc compute_validation_subject_hash compute_validation_request_hash
X402Flow X402Flow.from_client flow.sign_payment flow.sign_payment_v2 flow.settle_payment
PaymentRequirementsV1.from_raw PaymentRequirementsV2 X402PaymentRequired.from_raw X402SignedPayment
FourMicaError ConfigError RpcError ClientInitializationError ContractError SigningError VerificationError X402Error
AuthError`
  .trim()
  .split(/\s+/);

/** Names of other SDKs that users bring along. */
const NEWER_NAMES = `
resolveNetworkRpcUrl
builder.adminApiKey
client.guaranteeDomain
client.activeGuaranteeVersion
client.activeGuaranteeDomain
client.gateway
client.signer
client.params.publicKey
client.params.contractAddress
client.params.ethereumHttpRpcUrl
client.params.eip712Name
client.params.eip712Version
client.params.maxAcceptedGuaranteeVersion
client.params.acceptedGuaranteeVersions
client.params.activeGuaranteeDomainSeparator
client.params.validationHashCanonicalizationVersion
client.user.signPaymentV2
client.user.signPaymentAuto
client.user.getPrincipalBalance
client.user.getWithdrawableBalance
client.user.getStablecoinPosition
client.recipient.openTab
client.recipient.issuePaymentGuaranteeV2
client.recipient.issuePreparedPaymentGuarantee
client.recipient.guaranteeDomain
client.recipient.activeGuaranteeVersion
client.recipient.activeGuaranteeDomain
client.rpc.getPublicParams
client.rpc.issueGuarantee
client.rpc.createPaymentTab
client.rpc.listSettledTabs
client.rpc.listPendingRemunerations
client.rpc.getTab
client.rpc.listRecipientTabs
client.rpc.getTabGuarantees
client.rpc.getLatestGuarantee
client.rpc.getGuarantee
client.rpc.listRecipientPayments
client.rpc.getCollateralEventsForTab
client.rpc.getSupportedTokens
client.rpc.withBearerToken
client.rpc.withTokenProvider
ADMIN_API_KEY_HEADER
ADMIN_API_KEY_PREFIX
ADMIN_SCOPE_SUSPEND_USERS
ADMIN_SCOPE_MANAGE_KEYS
buildGuaranteeTypedData
buildGuaranteeTypedDataV2
validateGuaranteeTypedData
validateGuaranteeSigningContext
encodeGuaranteeEip191
buildPaymentPayload
serializePaymentClaims
serializePaymentClaimsV2
encodeGuaranteeClaims
decodeGuaranteeClaims
signatureToWords
signatureToWordsAsync
preparePaymentGuaranteeClaims
AuthClient
AuthClient.getNonce
AuthClient.verify
AuthClient.refresh
AuthClient.logout
AuthSession
AuthSession.accessToken
AuthSession.login
AuthSession.logout
buildSiweMessage
SupportedTokensResponse
X402ResourceInfo
AuthUrlError
AuthTransportError
AuthDecodeError
AuthApiError
AuthConfigError
AuthMissingConfigError
ValidationError`
  .trim()
  .split(/\s+/);

const README = readFileSync(new URL('../../packages/sdk/README.md', import.meta.url), 'utf8');
const EXPORTS = readFileSync(new URL('../../packages/sdk/src/index.ts', import.meta.url), 'utf8');
const ROW = /^\| `([^`]+)` \| `([^`]+)` \| (class|function|value|type) \|$/gm;
const rows = [...README.matchAll(ROW)].map(([, python = '', ours = '', kind = '']) => ({
  python,
  ours,
  kind,
}));

const NEWER_ROW = /^\| `([^`]+)` \| (class|function|value|type) \|$/gm;
const newerRows = [...README.matchAll(NEWER_ROW)].map(([, ours = '', kind = '']) => ({ ours, kind }));

let network: TestNetwork;
let roots: Record<string, unknown>;

beforeAll(async () => {
  network = await TestNetwork.start();
  const client = await network.client(network.config(PAYER));
  roots = { ...sdk, client, builder: new sdk.ConfigBuilder(), flow: sdk.X402Flow.fromClient(client) };
});
afterAll(() => network.stop());

/** Members of classes are looked for in what instances have. */
const resolve = (path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => {
    const members = value as Record<string, unknown> | undefined;
    const prototype = members?.prototype as Record<string, unknown> | undefined;
    return members?.[name] ?? prototype?.[name];
  }, roots);

function expectExists(ours: string, kind: string): void {
  if (kind === 'type') expect(EXPORTS).toMatch(new RegExp(`\\b${ours}\\b`));
  else if (kind === 'value') expect(resolve(ours)).toBeDefined();
  else expect(resolve(ours)).toBeTypeOf('function');
}

test('the table has every name of the Python README', () => {
  const known = new Set(rows.map(({ python }) => python));
  expect(PYTHON_NAMES.filter((name) => !known.has(name))).toEqual([]);
});

test('the table of newer names is complete', () => {
  expect(newerRows.map(({ ours }) => ours)).toEqual(NEWER_NAMES);
});

describe('every name of the tables exists', () => {
  test.each(rows)('$python is $ours', ({ ours, kind }) => expectExists(ours, kind));
  test.each(newerRows)('$ours', ({ ours, kind }) => expectExists(ours, kind));
});

test('T-12: every error belongs to the family', () => {
  const errors = Object.entries(sdk).filter(([name]) => name.endsWith('Error') && name !== 'FourMicaError');
  expect(errors.length).toBeGreaterThanOrEqual(16);
  for (const [name, type] of errors) {
    expect((type as { prototype: object }).prototype, name).toBeInstanceOf(sdk.FourMicaError);
  }
});
