import type {
  GatewayReceipt,
  StablecoinPosition as StablecoinPositionData,
  TabPaymentStatus as TabPaymentData,
  UserAsset,
} from '@fourmica/contract-gateway';
import { type Address, toSafeNumber } from '@fourmica/core-types';
import { type WithJson, withJson } from './json.js';

/** A transaction that was mined and succeeded. */
export type TransactionReceipt = WithJson<GatewayReceipt>;

/** What the contract knows about the payment of a tab, in base units. */
export type TabPaymentStatus = WithJson<TabPaymentData>;

/** A payer's collateral in one token with what it has earned, in base units. */
export type StablecoinPosition = WithJson<StablecoinPositionData>;

/** A payer's collateral in one asset, as the contract holds it. */
export type UserInfo = WithJson<{
  /** Token contract; the zero address is ETH. */
  readonly asset: Address;
  /** Base units. */
  readonly collateral: bigint;
  /** Base units; zero when no withdrawal is pending. */
  readonly withdrawalRequestAmount: bigint;
  /** Unix seconds; zero when no withdrawal is pending. */
  readonly withdrawalRequestTimestamp: number;
}>;

/** Converts the contract's view of a payer's asset. */
export const userInfo = (asset: UserAsset): UserInfo =>
  withJson({
    ...asset,
    withdrawalRequestTimestamp: toSafeNumber(asset.withdrawalRequestTimestamp, 'withdrawalRequestTimestamp'),
  });
