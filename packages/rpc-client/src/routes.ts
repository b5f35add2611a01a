import {
  AdminApiKeyInfoSchema,
  AssetBalanceInfoSchema,
  BLSCertSchema,
  CollateralEventInfoSchema,
  CoreHealthSchema,
  CorePublicParametersSchema,
  CreateAdminApiKeyRequestSchema,
  CreatedAdminApiKeySchema,
  CreateTabRequestSchema,
  GuaranteeInfoSchema,
  LedgerCheckRequestSchema,
  LedgerCheckSchema,
  LowerCaseAddressSchema,
  OpenedTabSchema,
  PendingRemunerationInfoSchema,
  RecipientPaymentInfoSchema,
  SettlementStatusSchema,
  SignedClaimsSchema,
  SupportedTokensSchema,
  TabInfoSchema,
  U256Schema,
  UserSuspensionInfoSchema,
  UserSuspensionRequestSchema,
} from '@fourmica/core-types';
import { WalletRoleEntrySchema } from '@fourmica/core-types/wallet-roles';
import * as z from 'zod/mini';
import type { Route } from './route.js';

const nothing = z.object({});
const noBody = z.undefined();
const ofRecipient = z.object({ recipient: LowerCaseAddressSchema });
const ofUser = z.object({ user: LowerCaseAddressSchema });
const ofTab = z.object({ tab_id: U256Schema });
const LIMIT_ERROR = 'expected a whole number from 1 to 1000';
const page = {
  limit: z.optional(z.int(LIMIT_ERROR).check(z.minimum(1, LIMIT_ERROR), z.maximum(1_000, LIMIT_ERROR))),
  after: z.optional(z.string()),
};
const bySettlementStatus = { settlement_status: z.optional(z.array(SettlementStatusSchema)) };

const read = { method: 'GET', query: nothing, request: noBody, idempotent: true } as const;
const list = { ...read, query: z.object(page) } as const;
const listOfTabs = { ...read, query: z.object({ ...page, ...bySettlementStatus }) } as const;
const write = { method: 'POST', params: nothing, query: nothing } as const;

/**
 * The routes of the core API: method, path, schemas of everything sent and answered, and whether a call may be repeated.
 * Client and service are both built from this record.
 */
export const CORE_ROUTES = {
  getHealth: {
    ...read,
    path: '/core/health',
    params: nothing,
    response: CoreHealthSchema,
    successStatuses: [200, 503],
  },
  getPublicParams: {
    ...read,
    path: '/core/public-params',
    params: nothing,
    response: CorePublicParametersSchema,
  },
  getSupportedTokens: { ...read, path: '/core/tokens', params: nothing, response: SupportedTokensSchema },
  createPaymentTab: {
    ...write,
    path: '/core/payment-tabs',
    request: CreateTabRequestSchema,
    response: OpenedTabSchema,
    idempotent: true,
  },
  issueGuarantee: {
    ...write,
    path: '/core/guarantees',
    request: SignedClaimsSchema,
    response: BLSCertSchema,
    idempotent: true,
  },
  getTab: { ...read, path: '/core/tabs/{tab_id}', params: ofTab, response: z.nullable(TabInfoSchema) },
  getTabGuarantees: {
    ...list,
    path: '/core/tabs/{tab_id}/guarantees',
    params: ofTab,
    response: z.array(GuaranteeInfoSchema),
  },
  getLatestGuarantee: {
    ...read,
    path: '/core/tabs/{tab_id}/guarantees/latest',
    params: ofTab,
    response: z.nullable(GuaranteeInfoSchema),
  },
  getGuarantee: {
    ...read,
    path: '/core/tabs/{tab_id}/guarantees/{req_id}',
    params: z.object({ tab_id: U256Schema, req_id: U256Schema }),
    response: z.nullable(GuaranteeInfoSchema),
  },
  getCollateralEventsForTab: {
    ...list,
    path: '/core/tabs/{tab_id}/collateral-events',
    params: ofTab,
    response: z.array(CollateralEventInfoSchema),
  },
  listRecipientTabs: {
    ...listOfTabs,
    path: '/core/recipients/{recipient}/tabs',
    params: ofRecipient,
    response: z.array(TabInfoSchema),
  },
  listSettledTabs: {
    ...list,
    path: '/core/recipients/{recipient}/settled-tabs',
    params: ofRecipient,
    response: z.array(TabInfoSchema),
  },
  listPendingRemunerations: {
    ...list,
    path: '/core/recipients/{recipient}/pending-remunerations',
    params: ofRecipient,
    response: z.array(PendingRemunerationInfoSchema),
  },
  listRecipientPayments: {
    ...list,
    path: '/core/recipients/{recipient}/payments',
    params: ofRecipient,
    response: z.array(RecipientPaymentInfoSchema),
  },
  listUserTabs: {
    ...listOfTabs,
    path: '/core/users/{user}/tabs',
    params: ofUser,
    response: z.array(TabInfoSchema),
  },
  getUserAssetBalance: {
    ...read,
    path: '/core/users/{user}/assets/{asset}',
    params: z.object({ user: LowerCaseAddressSchema, asset: LowerCaseAddressSchema }),
    response: z.nullable(AssetBalanceInfoSchema),
  },
  updateUserSuspension: {
    ...write,
    path: '/core/users/{user}/suspension',
    params: ofUser,
    request: UserSuspensionRequestSchema,
    response: UserSuspensionInfoSchema,
    idempotent: true,
  },
  checkLedger: {
    ...write,
    path: '/core/admin/ledger-check',
    request: LedgerCheckRequestSchema,
    response: LedgerCheckSchema,
    idempotent: true,
  },
  createAdminApiKey: {
    ...write,
    path: '/core/admin/api-keys',
    request: CreateAdminApiKeyRequestSchema,
    response: CreatedAdminApiKeySchema,
    idempotent: false,
    answersSecret: true,
  },
  listAdminApiKeys: {
    ...list,
    path: '/core/admin/api-keys',
    params: nothing,
    response: z.array(AdminApiKeyInfoSchema),
  },
  listWalletRoles: {
    ...list,
    path: '/core/admin/wallet-roles',
    params: nothing,
    response: z.array(WalletRoleEntrySchema),
  },
  setWalletRole: {
    ...write,
    path: '/core/admin/wallet-roles',
    request: WalletRoleEntrySchema,
    response: WalletRoleEntrySchema,
    idempotent: true,
  },
  revokeAdminApiKey: {
    ...write,
    path: '/core/admin/api-keys/{id}/revoke',
    params: z.object({
      id: z.string().check(z.regex(/^[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i, 'expected a UUID')),
    }),
    request: noBody,
    response: AdminApiKeyInfoSchema,
    idempotent: true,
  },
} as const satisfies Readonly<Record<string, Route>>;

/** Name of a call of the core API. */
export type CoreRouteName = keyof typeof CORE_ROUTES;
