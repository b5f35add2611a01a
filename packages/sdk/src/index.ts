export {
  type CertificateText,
  type CertificateTrust,
  decodeCertificateClaims as decodeGuaranteeClaims,
  encodeCertificateClaims as encodeGuaranteeClaims,
  guaranteeDomain,
  loadBls,
  VerificationError,
  verifyCertificate,
} from '@fourmica/bls-cert';
export {
  ContractError,
  type ContractErrorContext,
  ContractGateway,
  type ContractTiming,
  type DecodedRevert,
  decodeRevert,
  type GatewayOptions,
  type GuaranteeVersionConfig,
  type ReceiptOptions,
} from '@fourmica/contract-gateway';
export {
  ADMIN_API_KEY_HEADER,
  ADMIN_API_KEY_PREFIX,
  ADMIN_SCOPE_MANAGE_KEYS,
  ADMIN_SCOPE_SUSPEND_USERS,
  type Address,
  type BLSCert,
  type Bytes32,
  type Caip2,
  type Clock,
  type CreateAdminApiKeyRequest,
  computeValidationRequestHash,
  computeValidationSubjectHash,
  type Eip712Domain,
  type Eip712Types,
  ETH_ASSET,
  type EvmSigner,
  encodePaymentMemo,
  FourMicaError,
  type GuaranteeVersion,
  type Hex,
  NETWORKS,
  type Network,
  type PaymentSignature,
  parseAddress,
  parseNetwork,
  parseU256,
  type RequestClaims,
  type RequestClaimsV1,
  type RequestClaimsV2,
  resolveNetworkRpcUrl,
  type SettlementStatus,
  type SignedClaims,
  SigningScheme,
  type SupportedToken,
  type TabStatus,
  type UintLike,
  ValidationError,
  ValidationPolicyError,
} from '@fourmica/core-types';
export {
  type Eip1193Provider,
  type EthersSigner,
  fromEip1193,
  fromEthers,
  fromViem,
  LocalAccountSigner,
  SigningError,
  type SigningErrorCode,
  type ViemAccount,
  verifyRequestSignature,
} from '@fourmica/eip712-claims';
export {
  AuthApiError,
  AuthChallengeRefusedError,
  AuthClient,
  AuthConfigError,
  AuthDecodeError,
  AuthError,
  AuthMissingConfigError,
  AuthSession,
  AuthTransportError,
  AuthUrlError,
  buildSiweMessage,
  CoreClient,
  type CoreRefusal,
  type RequestOptions,
  RpcError,
  type RpcErrorCode,
  type TokenProvider,
  type Tracing,
  type TransportHooks,
} from '@fourmica/rpc-client';
export {
  type AssetLimit,
  createPayer,
  type PayingFetch,
  type PayingFetchOptions,
  PaymentRequirementsV1,
  PaymentRequirementsV2,
  payerOfClient,
  payingFetch,
  type SpendingPolicy,
  wrapFetch,
  X402Error,
  type X402ErrorCode,
  X402Flow,
  type X402FlowOptions,
  X402PaymentRequired,
  type X402ResourceInfo,
  type X402SettledPayment,
  type X402SignedPayment,
} from '@fourmica/x402/client';
export type { CollateralWaitOptions } from './await-collateral.js';
export { Client, type LoginResult, type SupportedTokensResponse } from './client.js';
export { Config, type ConfigValues, type PaymentSignerSource } from './config/config.js';
export { ConfigBuilder, DEFAULT_NETWORK } from './config/config-builder.js';
export type { Environment } from './config/environment.js';
export {
  ClientInitializationError,
  ConfigError,
  type ConfigErrorContext,
  PaymentError,
  PaymentOutcomeUnknownError,
} from './errors.js';
export type {
  StablecoinPosition,
  TabPaymentStatus,
  TransactionReceipt,
  UserInfo,
} from './models/chain-models.js';
export {
  AdminApiKeyInfo,
  AdminApiKeySecret,
  AssetBalanceInfo,
  CollateralEventInfo,
  GuaranteeInfo,
  type ModelReader,
  OpenedTab,
  PendingRemunerationInfo,
  RecipientPaymentInfo,
  TabInfo,
  UserSuspensionStatus,
} from './models/core-models.js';
export type { WithJson } from './models/json.js';
export { CorePublicParameters } from './models/public-parameters.js';
export {
  PaymentGuaranteeRequestClaims,
  PaymentGuaranteeRequestClaimsV2,
  type RequestClaimsFields,
  type RequestClaimsParameters,
  type RequestClaimsV2Fields,
} from './models/request-claims.js';
export type { TabPaymentRequest } from './owed.js';
export type { ClaimsSigner, MadePayment } from './payment-requests.js';
export type { PaymentIntentFields, ValidationFields } from './prepare-claims.js';
export {
  type CreateTabArguments,
  type CreateTabParameters,
  type PaymentGuaranteeClaims,
  type PaymentRequestFields,
  RecipientClient,
} from './recipient-client.js';
export type { RpcProxy } from './rpc-proxy.js';
export type {
  ViemLocalAccount,
  ViemTransaction,
  ViemTransactionBase,
  ViemWalletClient,
} from './signers/viem-signers.js';
export {
  buildGuaranteeTypedData,
  buildGuaranteeTypedDataV2,
  buildPaymentPayload,
  type ExpectedTypedData,
  encodeGuaranteeEip191,
  preparePaymentGuaranteeClaims,
  serializePaymentClaims,
  serializePaymentClaimsV2,
  signatureToWords,
  signatureToWordsAsync,
  validateGuaranteeSigningContext,
  validateGuaranteeTypedData,
  type WireSignedClaims,
} from './signing-helpers.js';
export { type AssetArgument, type TxReceiptWaitOptions, UserClient } from './user-client.js';
