import type { Address, Clock } from '@fourmica/core-types';
import { releaseExpired } from '../domain/expiry.js';
import { lockBalance } from '../store/balances.js';
import { readCursor } from '../store/chain-blocks.js';
import { applyEffect } from '../store/chain-effects.js';
import { fence, type Lease } from '../store/leases.js';
import { hasPaymentInFlight } from '../store/payments.js';
import type { Queries } from '../store/schema.js';
import { listLockingTabsBefore, lockTab } from '../store/tabs.js';

const TABS_PER_ROUND = 100;

export interface ExpiryReleaseParts {
  readonly db: Queries;
  readonly clock: Clock;
  readonly chainId: bigint;
  readonly contractAddress: Address;
  readonly leaseTtlMs: number;
  /** Seconds. */
  readonly safetyMargin: bigint;
  /** Reads the contract's present tabExpirationTime in seconds. */
  readonly readTabExpirationTime: () => Promise<bigint>;
}

/**
 * Gives collateral free that dead tabs still lock. Returns how many tabs were released.
 *
 * @throws LeaseLostError
 */
export async function releaseExpiredTabs(parts: ExpiryReleaseParts, lease: Lease): Promise<number> {
  const { db, clock, safetyMargin } = parts;
  const cursor = await readCursor(db, parts.contractAddress, parts.chainId);
  if (cursor === undefined) return 0;
  const chainTime = cursor.blockTimestamp;
  const candidates = await listLockingTabsBefore(db, chainTime - safetyMargin, TABS_PER_ROUND);
  if (candidates.length === 0) return 0;
  const tabExpirationTime = await parts.readTabExpirationTime();
  let released = 0;
  for (const candidate of candidates) {
    const { userAddress: user, assetAddress: asset, tabId } = candidate;
    const isReleased = await db.transaction().execute(async (tx) => {
      await fence(tx, lease, parts.leaseTtlMs);
      await lockBalance(tx, user, asset);
      const tab = await lockTab(tx, tabId);
      if (tab === undefined) return false;
      const inFlight = await hasPaymentInFlight(tx, user, tabId);
      const effect = releaseExpired(tab, {
        chainTime,
        tabExpirationTime,
        safetyMargin,
        hasPaymentInFlight: inFlight,
      });
      if (effect === undefined) return false;
      const change = {
        isReleased: true,
        status: 'CLOSED',
        settlementStatus: effect.settlementStatus,
      } as const;
      const released = {
        user,
        asset,
        blockNumber: cursor.blockNumber,
        tab: { before: tab, change },
        entry: { amount: effect.unlocked, type: 'CANCEL_RESERVE', tabId },
      } as const;
      await applyEffect(tx, released, BigInt(clock.nowMs()));
      return true;
    });
    if (isReleased) released++;
  }
  return released;
}
