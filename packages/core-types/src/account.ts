import * as z from 'zod/mini';
import type { Address } from './address.js';
import { LowerCaseAddressSchema, SecondsSchema, U256Schema } from './schema.js';

/** The core's view of a payer's collateral in one asset. */
export interface AssetBalanceInfo {
  readonly userAddress: Address;
  readonly assetAddress: Address;
  /** Collateral in base units. */
  readonly total: bigint;
  /** Part of it that secures guarantees, in base units. */
  readonly locked: bigint;
  /** Counts the changes of the row. */
  readonly version: number;
  /** Unix seconds. */
  readonly updatedAt: number;
  /** Requested for withdrawal, in base units; undefined when the core does not tell. */
  readonly pendingWithdrawal?: bigint | undefined;
  /** What a new guarantee may use, in base units; undefined when the core does not tell. */
  readonly available?: bigint | undefined;
}

/** A balance as the core answers it, and as {@link AssetBalanceInfo}. */
export const AssetBalanceInfoSchema = z.codec(
  z.object({
    user_address: LowerCaseAddressSchema,
    asset_address: LowerCaseAddressSchema,
    total: U256Schema,
    locked: U256Schema,
    version: SecondsSchema,
    updated_at: SecondsSchema,
    pending_withdrawal: z.optional(U256Schema),
    available: z.optional(U256Schema),
  }),
  z.custom<AssetBalanceInfo>(),
  {
    decode: (wire) => ({
      userAddress: wire.user_address,
      assetAddress: wire.asset_address,
      total: wire.total,
      locked: wire.locked,
      version: wire.version,
      updatedAt: wire.updated_at,
      pendingWithdrawal: wire.pending_withdrawal,
      available: wire.available,
    }),
    encode: (info) => ({
      user_address: info.userAddress,
      asset_address: info.assetAddress,
      total: info.total,
      locked: info.locked,
      version: info.version,
      updated_at: info.updatedAt,
      pending_withdrawal: info.pendingWithdrawal,
      available: info.available,
    }),
  },
);

/** A change of a payer's collateral or of what is locked. */
export interface CollateralEventInfo {
  readonly id: string;
  readonly userAddress: Address;
  readonly assetAddress: Address;
  /** Base units. */
  readonly amount: bigint;
  readonly eventType: CollateralEventType;
  readonly tabId: bigint | null;
  readonly reqId: bigint | null;
  readonly txId: string | null;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** RESERVE locks for a guarantee; UNLOCK frees what was paid, CANCEL_RESERVE what expired unpaid. */
export const CollateralEventTypeSchema = z.enum([
  'DEPOSIT',
  'WITHDRAW',
  'RESERVE',
  'CANCEL_RESERVE',
  'UNLOCK',
  'REMUNERATE',
]);
/** What changed a payer's collateral, or what is locked of it. */
export type CollateralEventType = z.infer<typeof CollateralEventTypeSchema>;

/** A collateral event as the core answers it, and as {@link CollateralEventInfo}. */
export const CollateralEventInfoSchema = z.codec(
  z.object({
    id: z.string(),
    user_address: LowerCaseAddressSchema,
    asset_address: LowerCaseAddressSchema,
    amount: U256Schema,
    event_type: CollateralEventTypeSchema,
    tab_id: z.nullable(U256Schema),
    req_id: z.nullable(U256Schema),
    tx_id: z.nullable(z.string()),
    created_at: SecondsSchema,
  }),
  z.custom<CollateralEventInfo>(),
  {
    decode: (wire) => ({
      id: wire.id,
      userAddress: wire.user_address,
      assetAddress: wire.asset_address,
      amount: wire.amount,
      eventType: wire.event_type,
      tabId: wire.tab_id,
      reqId: wire.req_id,
      txId: wire.tx_id,
      createdAt: wire.created_at,
    }),
    encode: (info) => ({
      id: info.id,
      user_address: info.userAddress,
      asset_address: info.assetAddress,
      amount: info.amount,
      event_type: info.eventType,
      tab_id: info.tabId,
      req_id: info.reqId,
      tx_id: info.txId,
      created_at: info.createdAt,
    }),
  },
);

/** A payment of a payer to a recipient that the core found on chain. */
export interface RecipientPaymentInfo {
  readonly userAddress: Address;
  readonly recipientAddress: Address;
  readonly txHash: string;
  /** Base units. */
  readonly amount: bigint;
  readonly verified: boolean;
  readonly finalized: boolean;
  readonly failed: boolean;
  /** Unix **milliseconds**, unlike every other model. */
  readonly createdAtMs: number;
}

/** A payment as the core answers it (`created_at` in milliseconds), and as {@link RecipientPaymentInfo}. */
export const RecipientPaymentInfoSchema = z.codec(
  z.object({
    user_address: LowerCaseAddressSchema,
    recipient_address: LowerCaseAddressSchema,
    tx_hash: z.string(),
    amount: U256Schema,
    verified: z.boolean(),
    finalized: z.boolean(),
    failed: z.boolean(),
    created_at: SecondsSchema,
  }),
  z.custom<RecipientPaymentInfo>(),
  {
    decode: (wire) => ({
      userAddress: wire.user_address,
      recipientAddress: wire.recipient_address,
      txHash: wire.tx_hash,
      amount: wire.amount,
      verified: wire.verified,
      finalized: wire.finalized,
      failed: wire.failed,
      createdAtMs: wire.created_at,
    }),
    encode: (info) => ({
      user_address: info.userAddress,
      recipient_address: info.recipientAddress,
      tx_hash: info.txHash,
      amount: info.amount,
      verified: info.verified,
      finalized: info.finalized,
      failed: info.failed,
      created_at: info.createdAtMs,
    }),
  },
);
