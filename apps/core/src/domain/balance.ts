/** A payer's collateral in one asset, in base units. */
export interface Balance {
  /** Collateral in the contract at the watcher's position. */
  readonly total: bigint;
  /** What unreleased tabs secure. */
  readonly locked: bigint;
  /** Amount of the pending withdrawal request, 0 without one. */
  readonly pendingWithdrawal: bigint;
}

/** A payer without any collateral in the asset. */
export const NO_BALANCE: Balance = { total: 0n, locked: 0n, pendingWithdrawal: 0n };

/**
 * Collateral that a new guarantee may use, in base units; negative when the chain moved money that guarantees still
 * secure.
 */
export const freeCollateral = (balance: Balance): bigint =>
  balance.total - balance.locked - balance.pendingWithdrawal;

/** The same, 0 when it is negative: what is shown to clients. */
export function availableCollateral(balance: Balance): bigint {
  const free = freeCollateral(balance);
  return free > 0n ? free : 0n;
}
