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
import * as z from 'zod/mini';
import type { Route } from './route.js';

const nothing = z.object({});
const noBody = z.undefined();
const ofRecipient = z.object({ recipient: LowerCaseAddressSchema });
const ofUser = z.object({ user: LowerCaseAddressSchema });
const ofTab = z.object({ tab_id: U256Schema });
const bySettlementStatus = z.object({ settlement_status: z.optional(z.array(SettlementStatusSchema)) });

const read = { method: 'GET', query: nothing, request: noBody, idempotent: true } as const;
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
    ...read,
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
    ...read,
    path: '/core/tabs/{tab_id}/collateral-events',
    params: ofTab,
    response: z.array(CollateralEventInfoSchema),
  },
  listRecipientTabs: {
    ...read,
    path: '/core/recipients/{recipient}/tabs',
    params: ofRecipient,
    query: bySettlementStatus,
    response: z.array(TabInfoSchema),
  },
  listSettledTabs: {
    ...read,
    path: '/core/recipients/{recipient}/settled-tabs',
    params: ofRecipient,
    response: z.array(TabInfoSchema),
  },
  listPendingRemunerations: {
    ...read,
    path: '/core/recipients/{recipient}/pending-remunerations',
    params: ofRecipient,
    response: z.array(PendingRemunerationInfoSchema),
  },
  listRecipientPayments: {
    ...read,
    path: '/core/recipients/{recipient}/payments',
    params: ofRecipient,
    response: z.array(RecipientPaymentInfoSchema),
  },
  listUserTabs: {
    ...read,
    path: '/core/users/{user}/tabs',
    params: ofUser,
    query: bySettlementStatus,
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
  createAdminApiKey: {
    ...write,
    path: '/core/admin/api-keys',
    request: CreateAdminApiKeyRequestSchema,
    response: CreatedAdminApiKeySchema,
    idempotent: false,
    answersSecret: true,
  },
  listAdminApiKeys: {
    ...read,
    path: '/core/admin/api-keys',
    params: nothing,
    response: z.array(AdminApiKeyInfoSchema),
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
