import type { Address } from '@fourmica/core-types';
import { type Balance, NO_BALANCE } from '../domain/balance.js';
import { type BalanceRow, balanceOfRow, column } from './rows.js';
import type { Queries, Tx } from './schema.js';

/** Changes of a balance in base units; negative numbers take away. */
export interface BalanceChange {
  readonly total?: bigint;
  readonly locked?: bigint;
  /** New amount and time (unix seconds) of the pending withdrawal; null removes it. */
  readonly withdrawal?: { readonly amount: bigint; readonly requestedAt: bigint } | null | undefined;
}

/** Reads a balance and locks its row until the transaction ends. Take it before the row of a tab. */
export async function lockBalance(tx: Tx, user: Address, asset: Address): Promise<Balance> {
  const row = await lockBalanceRow(tx, user, asset);
  return row === undefined ? NO_BALANCE : balanceOfRow(row);
}

/** The same, with everything that is known of the balance; undefined when there is none. */
export const lockBalanceRow = (tx: Tx, user: Address, asset: Address): Promise<BalanceRow | undefined> =>
  tx
    .selectFrom('balances')
    .selectAll()
    .where('user_address', '=', column(user))
    .where('asset_address', '=', column(asset))
    // A stronger lock would wait for rows that only refer to this one, and could do so in a circle.
    .forNoKeyUpdate()
    .executeTakeFirst();

/** Reads a balance for display. */
export const findBalance = (db: Queries, user: Address, asset: Address): Promise<BalanceRow | undefined> =>
  db
    .selectFrom('balances')
    .selectAll()
    .where('user_address', '=', column(user))
    .where('asset_address', '=', column(asset))
    .executeTakeFirst();

/** Creates an empty balance when there is none. The user must be known. */
export async function ensureBalance(tx: Tx, user: Address, asset: Address, nowMs: bigint): Promise<void> {
  await tx
    .insertInto('balances')
    .values({
      user_address: column(user),
      asset_address: column(asset),
      total: 0n,
      locked: 0n,
      pending_withdrawal: 0n,
      withdrawal_requested_at: null,
      version: 0n,
      updated_at_ms: nowMs,
    })
    .onConflict((conflict) => conflict.columns(['user_address', 'asset_address']).doNothing())
    .execute();
}

/** Applies a change to an existing balance and counts it in the row's version. */
export async function changeBalance(
  tx: Tx,
  user: Address,
  asset: Address,
  change: BalanceChange,
  nowMs: bigint,
): Promise<void> {
  const { withdrawal } = change;
  await tx
    .updateTable('balances')
    .set((eb) => ({
      total: eb('total', '+', change.total ?? 0n),
      locked: eb('locked', '+', change.locked ?? 0n),
      version: eb('version', '+', 1n),
      updated_at_ms: nowMs,
      ...(withdrawal === undefined
        ? {}
        : {
            pending_withdrawal: withdrawal?.amount ?? 0n,
            withdrawal_requested_at: withdrawal?.requestedAt ?? null,
          }),
    }))
    .where('user_address', '=', column(user))
    .where('asset_address', '=', column(asset))
    .executeTakeFirstOrThrow();
}
