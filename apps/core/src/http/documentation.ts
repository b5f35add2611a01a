import {
  AdminApiKeyInfoSchema,
  AssetBalanceInfoSchema,
  AuthNonceRequestSchema,
  AuthNonceSchema,
  AuthTokensSchema,
  AuthVerifyRequestSchema,
  CollateralEventInfoSchema,
  CoreHealthSchema,
  CorePublicParametersSchema,
  CoreReadinessSchema,
  CreateAdminApiKeyRequestSchema,
  CreatedAdminApiKeySchema,
  CreateTabRequestSchema,
  GuaranteeInfoSchema,
  LedgerCheckRequestSchema,
  LedgerCheckSchema,
  LogoutResponseSchema,
  OpenedTabSchema,
  PendingRemunerationInfoSchema,
  RecipientPaymentInfoSchema,
  RefreshTokenRequestSchema,
  SettlementStatusSchema,
  SignedClaimsSchema,
  SupportedTokensSchema,
  TabInfoSchema,
  UserSuspensionInfoSchema,
  UserSuspensionRequestSchema,
} from '@fourmica/core-types';
import {
  AcceptBranchAnswerSchema,
  AcceptBranchRequestSchema,
  QuarantineRetryAnswerSchema,
  QuarantineRetryRequestSchema,
  RescanAnswerSchema,
  RescanRequestSchema,
} from '@fourmica/core-types/chain-repairs';
import { WalletRoleEntrySchema } from '@fourmica/core-types/wallet-roles';
import { LINK_HEADER, PAGE_QUERY, type RouteDocumentation } from '@fourmica/http-service';
import * as z from 'zod';

const CertificateAnswerSchema = z.object({ claims: z.string(), signature: z.string() });
const statuses = { settlement_status: z.array(SettlementStatusSchema) };

/** A list of which an answer holds a part. */
const page = { query: PAGE_QUERY, answerHeaders: LINK_HEADER };
const pageOfTabs = { ...page, query: { ...statuses, ...PAGE_QUERY } };

/** Every route of the API by method and path. */
export const ROUTE_DOCUMENTATION: Readonly<Record<string, RouteDocumentation>> = {
  'GET /core/health': {
    summary: 'Tells whether database and chain can be used.',
    access: 'public',
    answer: CoreHealthSchema,
  },
  'GET /core/ready': {
    summary: 'Tells whether this process can issue guarantees; 503 while it cannot.',
    access: 'public',
    answer: CoreReadinessSchema,
  },
  'GET /core/public-params': {
    summary: 'Tells key, contract, chain and versions of the core.',
    access: 'public',
    answer: CorePublicParametersSchema,
  },
  'GET /core/tokens': {
    summary: 'Lists the tokens that the contract takes as collateral.',
    access: 'public',
    answer: SupportedTokensSchema,
  },
  'GET /openapi.json': { summary: 'This document.', access: 'public' },
  'GET /docs': { summary: 'This document as a page for people.', access: 'public' },
  'POST /core/payment-tabs': {
    summary: 'Finds the active tab of a payer and a recipient, or opens one.',
    access: 'bearer',
    body: CreateTabRequestSchema,
    answer: OpenedTabSchema,
  },
  'POST /core/guarantees': {
    summary: 'Issues the guarantee for a signed request; the same request gets the same certificate.',
    access: 'bearer',
    body: SignedClaimsSchema,
    answer: CertificateAnswerSchema,
  },
  'GET /core/tabs/:tab_id': {
    summary: 'Reads a tab; null when it is unknown.',
    access: 'bearer',
    answer: z.nullable(TabInfoSchema),
  },
  'GET /core/tabs/:tab_id/guarantees': {
    summary: 'Lists the guarantees of a tab in the order of issue.',
    access: 'bearer',
    ...page,
    answer: z.array(GuaranteeInfoSchema),
  },
  'GET /core/tabs/:tab_id/guarantees/latest': {
    summary: 'Reads the guarantee with the highest reqId.',
    access: 'bearer',
    answer: z.nullable(GuaranteeInfoSchema),
  },
  'GET /core/tabs/:tab_id/guarantees/:req_id': {
    summary: 'Reads a guarantee.',
    access: 'bearer',
    answer: z.nullable(GuaranteeInfoSchema),
  },
  'GET /core/tabs/:tab_id/collateral-events': {
    summary: 'Lists what happened to the collateral of a tab, newest first.',
    access: 'bearer',
    ...page,
    answer: z.array(CollateralEventInfoSchema),
  },
  'GET /core/recipients/:recipient/tabs': {
    summary: 'Lists the tabs of a recipient, last changed first.',
    access: 'bearer',
    ...pageOfTabs,
    answer: z.array(TabInfoSchema),
  },
  'GET /core/recipients/:recipient/settled-tabs': {
    summary: 'Lists the tabs of a recipient that were paid or remunerated.',
    access: 'bearer',
    ...page,
    answer: z.array(TabInfoSchema),
  },
  'GET /core/recipients/:recipient/pending-remunerations': {
    summary: 'Lists the tabs of a recipient that are still owed, with their newest guarantee.',
    access: 'bearer',
    ...page,
    answer: z.array(PendingRemunerationInfoSchema),
  },
  'GET /core/recipients/:recipient/payments': {
    summary: 'Lists the payments to a recipient, newest first; created_at is in milliseconds.',
    access: 'bearer',
    ...page,
    answer: z.array(RecipientPaymentInfoSchema),
  },
  'GET /core/users/:user/tabs': {
    summary: 'Lists the tabs of a payer, last changed first.',
    access: 'bearer',
    ...pageOfTabs,
    answer: z.array(TabInfoSchema),
  },
  'GET /core/users/:user/assets/:asset': {
    summary: 'Reads the collateral of a payer in an asset; null when there is none.',
    access: 'bearer',
    answer: z.nullable(AssetBalanceInfoSchema),
  },
  'POST /core/users/:user/suspension': {
    summary: 'Suspends or reactivates a party.',
    access: 'bearerOrApiKey',
    body: UserSuspensionRequestSchema,
    answer: UserSuspensionInfoSchema,
  },
  'POST /core/admin/ledger-check': {
    summary:
      'Checks the rules of the ledger, for as many users as some seconds allow, and lists what breaks them; with `next` there is more.',
    access: 'bearerOrApiKey',
    body: LedgerCheckRequestSchema,
    answer: LedgerCheckSchema,
  },
  'POST /core/admin/chain/quarantine-retry': {
    summary: 'Applies the events of the quarantine that can be applied now, and lists the others.',
    access: 'bearerOrApiKey',
    body: QuarantineRetryRequestSchema,
    answer: QuarantineRetryAnswerSchema,
  },
  'POST /core/admin/chain/rescan': {
    summary:
      'Reads at most 1,000 blocks again that the ledger has passed, and takes in what it missed there.',
    access: 'bearerOrApiKey',
    body: RescanRequestSchema,
    answer: RescanAnswerSchema,
  },
  'POST /core/admin/chain/accept-branch': {
    summary:
      'Lets the ledger go on from a block after a reorganisation deeper than it can go back by itself.',
    access: 'bearerOrApiKey',
    body: AcceptBranchRequestSchema,
    answer: AcceptBranchAnswerSchema,
  },
  'POST /core/admin/api-keys': {
    summary: 'Creates an admin API key; its text is shown once.',
    access: 'apiKey',
    body: CreateAdminApiKeyRequestSchema,
    answer: CreatedAdminApiKeySchema,
  },
  'GET /core/admin/api-keys': {
    summary: 'Lists the admin API keys.',
    access: 'apiKey',
    ...page,
    answer: z.array(AdminApiKeyInfoSchema),
  },
  'POST /core/admin/api-keys/:id/revoke': {
    summary: 'Revokes an admin API key.',
    access: 'apiKey',
    answer: AdminApiKeyInfoSchema,
  },
  'GET /core/admin/wallet-roles': {
    summary: 'Lists the wallets that have a role of their own.',
    access: 'apiKey',
    ...page,
    answer: z.array(WalletRoleEntrySchema),
  },
  'POST /core/admin/wallet-roles': {
    summary: 'Sets what a wallet may do; a status other than active ends its logins.',
    access: 'apiKey',
    body: WalletRoleEntrySchema,
    answer: WalletRoleEntrySchema,
  },
  'POST /auth/nonce': {
    summary: 'Starts a login: a nonce and what the message has to say.',
    access: 'public',
    body: AuthNonceRequestSchema,
    answer: AuthNonceSchema,
  },
  'POST /auth/verify': {
    summary: 'Finishes a login with the signed message.',
    access: 'public',
    body: AuthVerifyRequestSchema,
    answer: AuthTokensSchema,
  },
  'POST /auth/refresh': {
    summary: 'Exchanges a refresh token for new tokens.',
    access: 'public',
    body: RefreshTokenRequestSchema,
    answer: AuthTokensSchema,
  },
  'POST /auth/logout': {
    summary: 'Revokes a refresh token.',
    access: 'public',
    body: RefreshTokenRequestSchema,
    answer: LogoutResponseSchema,
  },
};
