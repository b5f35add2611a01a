import { randomUUID } from 'node:crypto';
import type { Address, CollateralEventType } from '@fourmica/core-types';
import type { Slice, TimePosition } from '@fourmica/http-service';
import type { Tab } from '../domain/tab.js';
import { isBehind } from './page.js';
import { type CollateralEventRow, column } from './rows.js';
import type { Queries, Tx } from './schema.js';

/** An entry of a payer's collateral history. */
export interface CollateralEventInput {
  readonly user: Address;
  readonly asset: Address;
  /** Base units. */
  readonly amount: bigint;
  readonly type: CollateralEventType;
  readonly tabId?: bigint;
  readonly txId?: string;
}

/** Adds an entry to a payer's collateral history. Returns its id. */
export async function addCollateralEvent(
  tx: Tx,
  event: CollateralEventInput,
  nowMs: bigint,
): Promise<string> {
  const id = randomUUID();
  await tx
    .insertInto('collateral_events')
    .values({
      user_address: column(event.user),
      id,
      asset_address: column(event.asset),
      amount: event.amount,
      event_type: event.type,
      tab_id: event.tabId ?? null,
      req_id: null,
      tx_id: event.txId ?? null,
      created_at_ms: nowMs,
    })
    .execute();
  return id;
}

/** Removes an entry of something that did not happen after all. */
export async function removeCollateralEvent(tx: Tx, user: Address, id: string): Promise<void> {
  await tx
    .deleteFrom('collateral_events')
    .where('user_address', '=', column(user))
    .where('id', '=', id)
    .execute();
}

/** Lists a part of the collateral history of a tab, newest first. */
export function listCollateralEvents(
  db: Queries,
  tab: Tab,
  { limit, after }: Slice<TimePosition>,
): Promise<CollateralEventRow[]> {
  const query = db
    .selectFrom('collateral_events')
    .selectAll()
    .where('user_address', '=', column(tab.userAddress))
    .where('tab_id', '=', tab.tabId)
    .orderBy('created_at_ms', 'desc')
    .orderBy('id')
    .limit(limit);
  return (after === undefined ? query : query.where(isBehind(after, 'created_at_ms', 'id'))).execute();
}
