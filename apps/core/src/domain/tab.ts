import type { Address, SettlementStatus, TabStatus } from '@fourmica/core-types';

/** A tab as the ledger keeps it. Amounts in base units of the asset, times in unix seconds unless named otherwise. */
export interface Tab {
  readonly tabId: bigint;
  readonly userAddress: Address;
  readonly recipientAddress: Address;
  readonly assetAddress: Address;
  readonly guaranteeVersion: number;
  /** Creation while PENDING, timestamp of the first claims afterwards. */
  readonly startTimestamp: bigint;
  readonly ttlSeconds: bigint;
  readonly status: TabStatus;
  readonly settlementStatus: SettlementStatus;
  /** Sum of all guarantees. */
  readonly totalAmount: bigint;
  /** Final payments that were counted against the total. */
  readonly paidAmount: bigint;
  /** Taken from collateral for this tab. */
  readonly remuneratedAmount: bigint;
  /** Null before the first guarantee. */
  readonly lastReqId: bigint | null;
  /** Largest timestamp of the tab's guarantees; null before the first. */
  readonly lastTimestamp: bigint | null;
  /** True once what was open no longer locks collateral. */
  readonly isReleased: boolean;
  readonly createdAtMs: bigint;
  readonly updatedAtMs: bigint;
}

/** Who owes whom in what: at most one active tab exists per identity. */
export type TabIdentity = Pick<Tab, 'userAddress' | 'recipientAddress' | 'assetAddress' | 'guaranteeVersion'>;

/** The reqId that the tab's next guarantee must have. */
export const nextReqId = (tab: Pick<Tab, 'lastReqId'>): bigint =>
  tab.lastReqId === null ? 0n : tab.lastReqId + 1n;

/** What is still owed on the tab, in base units. */
export function openAmount(tab: Pick<Tab, 'totalAmount' | 'paidAmount' | 'remuneratedAmount'>): bigint {
  const open = tab.totalAmount - tab.paidAmount - tab.remuneratedAmount;
  return open > 0n ? open : 0n;
}

/** What the tab locks of its payer's collateral, in base units. */
export const lockedAmount = (
  tab: Pick<Tab, 'totalAmount' | 'paidAmount' | 'remuneratedAmount' | 'isReleased'>,
): bigint => (tab.isReleased ? 0n : openAmount(tab));

/** Tells whether the tab's time is over. */
export const isExpired = (tab: Pick<Tab, 'startTimestamp' | 'ttlSeconds'>, now: bigint): boolean =>
  tab.startTimestamp + tab.ttlSeconds < now;

/** The status at a given time: a stored PENDING or OPEN becomes CLOSED by the passing of time alone. */
export const statusAt = (
  tab: Pick<Tab, 'status' | 'startTimestamp' | 'ttlSeconds'>,
  now: bigint,
): TabStatus => (isExpired(tab, now) ? 'CLOSED' : tab.status);

/** Tells whether the tab may take guarantees at a given time. */
export const takesGuarantees = (
  tab: Pick<Tab, 'status' | 'settlementStatus' | 'startTimestamp' | 'ttlSeconds'>,
  now: bigint,
): boolean => statusAt(tab, now) !== 'CLOSED' && tab.settlementStatus === 'PENDING';

/**
 * Tells whether a request for a tab of this identity gets this one, or whether it has to be closed and replaced: it is
 * replaced when it expired, or when its ttl is longer than certificates now live on chain.
 */
export const isReusable = (
  tab: Pick<Tab, 'startTimestamp' | 'ttlSeconds'>,
  now: bigint,
  maxTtlSeconds: bigint,
): boolean => !isExpired(tab, now) && tab.ttlSeconds > 0n && tab.ttlSeconds <= maxTtlSeconds;
