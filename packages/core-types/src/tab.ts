import * as z from 'zod/mini';
import type { Address } from './address.js';
import { LowerCaseAddressSchema, SecondsSchema, U64Schema, U256Schema, WireAddressSchema } from './schema.js';

/** PENDING: no guarantee yet. OPEN: takes guarantees. CLOSED: expired. */
export const TabStatusSchema = z.enum(['PENDING', 'OPEN', 'CLOSED']);
/** Whether a tab takes guarantees. */
export type TabStatus = z.infer<typeof TabStatusSchema>;

/** PENDING: owed. SETTLED: paid. REMUNERATED: taken from collateral. FAILED: window passed unpaid, lock released. */
export const SettlementStatusSchema = z.enum(['PENDING', 'SETTLED', 'FAILED', 'REMUNERATED']);
/** What became of the debt of a tab. */
export type SettlementStatus = z.infer<typeof SettlementStatusSchema>;

/** A credit ledger between one payer and one recipient in one asset and one guarantee version. */
export interface TabInfo {
  readonly tabId: bigint;
  readonly userAddress: Address;
  readonly recipientAddress: Address;
  readonly assetAddress: Address;
  readonly acceptedGuaranteeVersion: number;
  /** Unix seconds: creation while PENDING, timestamp of the first claims once OPEN. */
  readonly startTimestamp: number;
  readonly ttlSeconds: number;
  readonly status: TabStatus;
  readonly settlementStatus: SettlementStatus;
  /** Unix seconds. */
  readonly createdAt: number;
  /** Unix seconds. */
  readonly updatedAt: number;
  /** Sum of all guarantees in base units; undefined when the core does not tell. */
  readonly totalAmount?: bigint | undefined;
  /** Final payments counted against the total, in base units; undefined when the core does not tell. */
  readonly paidAmount?: bigint | undefined;
  /** Taken from collateral for this tab, in base units; undefined when the core does not tell. */
  readonly remuneratedAmount?: bigint | undefined;
  /** Null before the first guarantee; undefined when the core does not tell. */
  readonly lastReqId?: bigint | null | undefined;
}

const TabInfoWire = z.object({
  tab_id: U256Schema,
  user_address: LowerCaseAddressSchema,
  recipient_address: LowerCaseAddressSchema,
  asset_address: LowerCaseAddressSchema,
  accepted_guarantee_version: SecondsSchema,
  start_timestamp: SecondsSchema,
  ttl_seconds: SecondsSchema,
  status: TabStatusSchema,
  settlement_status: SettlementStatusSchema,
  created_at: SecondsSchema,
  updated_at: SecondsSchema,
  total_amount: z.optional(U256Schema),
  paid_amount: z.optional(U256Schema),
  remunerated_amount: z.optional(U256Schema),
  last_req_id: z.optional(z.nullable(U256Schema)),
});

/** A tab as the core answers it, and as {@link TabInfo}. */
export const TabInfoSchema = z.codec(TabInfoWire, z.custom<TabInfo>(), {
  decode: (wire) => ({
    tabId: wire.tab_id,
    userAddress: wire.user_address,
    recipientAddress: wire.recipient_address,
    assetAddress: wire.asset_address,
    acceptedGuaranteeVersion: wire.accepted_guarantee_version,
    startTimestamp: wire.start_timestamp,
    ttlSeconds: wire.ttl_seconds,
    status: wire.status,
    settlementStatus: wire.settlement_status,
    createdAt: wire.created_at,
    updatedAt: wire.updated_at,
    totalAmount: wire.total_amount,
    paidAmount: wire.paid_amount,
    remuneratedAmount: wire.remunerated_amount,
    lastReqId: wire.last_req_id,
  }),
  encode: (tab) => ({
    tab_id: tab.tabId,
    user_address: tab.userAddress,
    recipient_address: tab.recipientAddress,
    asset_address: tab.assetAddress,
    accepted_guarantee_version: tab.acceptedGuaranteeVersion,
    start_timestamp: tab.startTimestamp,
    ttl_seconds: tab.ttlSeconds,
    status: tab.status,
    settlement_status: tab.settlementStatus,
    created_at: tab.createdAt,
    updated_at: tab.updatedAt,
    total_amount: tab.totalAmount,
    paid_amount: tab.paidAmount,
    remunerated_amount: tab.remuneratedAmount,
    last_req_id: tab.lastReqId,
  }),
});

/** A request to open (or find) the tab of a payer, a recipient, an asset and a guarantee version. */
export interface CreateTabRequest {
  readonly userAddress: Address;
  readonly recipientAddress: Address;
  /** Token contract; null or the zero address is ETH. */
  readonly erc20Token?: Address | null | undefined;
  /** Life of the tab in seconds; null is the core's default of one day. */
  readonly ttlSeconds?: bigint | null | undefined;
  /** Absent is 1. */
  readonly guaranteeVersion?: bigint | undefined;
}

/** Wire form of {@link CreateTabRequest}; the members of an existing client pass, unknown ones are ignored. */
export const CreateTabRequestSchema = z.codec(
  z.object({
    user_address: WireAddressSchema,
    recipient_address: WireAddressSchema,
    erc20_token: z.optional(z.nullable(WireAddressSchema)),
    ttl: z.optional(z.nullable(U64Schema)),
    guarantee_version: z.optional(U64Schema),
  }),
  z.custom<CreateTabRequest>(),
  {
    decode: (wire) => ({
      userAddress: wire.user_address,
      recipientAddress: wire.recipient_address,
      erc20Token: wire.erc20_token,
      ttlSeconds: wire.ttl,
      guaranteeVersion: wire.guarantee_version,
    }),
    encode: (request) => ({
      user_address: request.userAddress,
      recipient_address: request.recipientAddress,
      erc20_token: request.erc20Token ?? null,
      ttl: request.ttlSeconds ?? null,
      guarantee_version: request.guaranteeVersion,
    }),
  },
);

/** A tab that was opened or found. */
export interface OpenedTab {
  readonly tabId: bigint;
  readonly userAddress: Address;
  readonly recipientAddress: Address;
  readonly assetAddress: Address;
  readonly guaranteeVersion: number;
  /** The reqId that the next guarantee of this tab must have. */
  readonly nextReqId: bigint;
  /** Unix seconds; undefined when the core does not tell. */
  readonly startTimestamp?: number | undefined;
  /** Effective life of the tab in seconds; undefined when the core does not tell. */
  readonly ttlSeconds?: number | undefined;
}

/** Answer of `POST /core/payment-tabs`. A missing id or next reqId is an error, never zero. */
export const OpenedTabSchema = z.codec(
  z.object({
    id: U256Schema,
    user_address: LowerCaseAddressSchema,
    recipient_address: LowerCaseAddressSchema,
    erc20_token: z.optional(z.nullable(LowerCaseAddressSchema)),
    asset_address: LowerCaseAddressSchema,
    guarantee_version: SecondsSchema,
    next_req_id: U256Schema,
    start_timestamp: z.optional(SecondsSchema),
    ttl_seconds: z.optional(SecondsSchema),
  }),
  z.custom<OpenedTab>(),
  {
    decode: (wire) => ({
      tabId: wire.id,
      userAddress: wire.user_address,
      recipientAddress: wire.recipient_address,
      assetAddress: wire.asset_address,
      guaranteeVersion: wire.guarantee_version,
      nextReqId: wire.next_req_id,
      startTimestamp: wire.start_timestamp,
      ttlSeconds: wire.ttl_seconds,
    }),
    encode: (tab) => ({
      id: tab.tabId,
      user_address: tab.userAddress,
      recipient_address: tab.recipientAddress,
      erc20_token: tab.assetAddress,
      asset_address: tab.assetAddress,
      guarantee_version: tab.guaranteeVersion,
      next_req_id: tab.nextReqId,
      start_timestamp: tab.startTimestamp,
      ttl_seconds: tab.ttlSeconds,
    }),
  },
);
