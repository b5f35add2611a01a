import type { Address, SettlementStatus } from '@fourmica/core-types';
import type { Slice, TimePosition } from '@fourmica/http-service';
import { sql } from 'kysely';
import type { PartyStanding } from '../domain/guarantee.js';
import type { Tab, TabIdentity } from '../domain/tab.js';
import { isBehind } from './page.js';
import { column, tabOfRow } from './rows.js';
import type { Queries, Tx } from './schema.js';
import { readStandings, standingsOf } from './users.js';

/** Reads a tab. */
export async function findTab(db: Queries, tabId: bigint): Promise<Tab | undefined> {
  const row = await db.selectFrom('tabs').selectAll().where('tab_id', '=', tabId).executeTakeFirst();
  return row && tabOfRow(row);
}

/** Reads several tabs. */
export async function findTabs(db: Queries, tabIds: readonly bigint[]): Promise<Tab[]> {
  if (tabIds.length === 0) return [];
  const rows = await db
    .selectFrom('tabs')
    .selectAll()
    .where('tab_id', 'in', [...tabIds])
    .execute();
  return rows.map(tabOfRow);
}

/** Reads a tab and locks its row until the transaction ends. Take the payer's balance first. */
export async function lockTab(tx: Tx, tabId: bigint): Promise<Tab | undefined> {
  const row = await tx
    .selectFrom('tabs')
    .selectAll()
    .where('tab_id', '=', tabId)
    // A stronger lock would wait for payments that only refer to this tab, whose transaction waits for the balance.
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row && tabOfRow(row);
}

/**
 * Reads a payer's tabs and locks their rows until the transaction ends, and reads in the same query how parties stand:
 * a suspension waits for those who lock tabs. Take the payer's balance first.
 */
export async function lockTabs(
  tx: Tx,
  user: Address,
  tabIds: readonly bigint[],
  parties: readonly Address[],
): Promise<{ readonly tabs: Tab[]; readonly standingOf: (party: Address) => PartyStanding }> {
  const rows = await tx
    .selectFrom('tabs')
    .selectAll('tabs')
    .select((eb) =>
      eb
        .selectFrom('users')
        .select(sql<SuspensionsColumn>`json_object_agg(user_address, is_suspended)`.as('suspensions'))
        .where('user_address', 'in', parties.map(column))
        .as('suspensions'),
    )
    .where('user_address', '=', column(user))
    .where('tab_id', 'in', [...tabIds])
    .orderBy('tab_id')
    .forNoKeyUpdate()
    .execute();
  const [first] = rows;
  return {
    tabs: rows.map(tabOfRow),
    standingOf:
      first === undefined
        ? await readStandings(tx, parties)
        : standingsOf(new Map(Object.entries(first.suspensions ?? {}))),
  };
}

type SuspensionsColumn = Readonly<Record<string, boolean>>;

/** Reads the active tab of an identity and locks its row until the transaction ends. */
export async function lockActiveTab(tx: Tx, identity: TabIdentity): Promise<Tab | undefined> {
  const row = await tx
    .selectFrom('tabs')
    .selectAll()
    .where('user_address', '=', column(identity.userAddress))
    .where('recipient_address', '=', column(identity.recipientAddress))
    .where('asset_address', '=', column(identity.assetAddress))
    .where('guarantee_version', '=', identity.guaranteeVersion)
    .where('status', 'in', ['PENDING', 'OPEN'])
    .where('settlement_status', '=', 'PENDING')
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row && tabOfRow(row);
}

/** Tells whether another tab of the same identity is active. */
export async function hasOtherActiveTab(tx: Tx, tab: Tab): Promise<boolean> {
  const active = await lockActiveTab(tx, tab);
  return active !== undefined && active.tabId !== tab.tabId;
}

/**
 * Inserts an unused tab.
 *
 * @returns undefined when an active tab of the identity exists.
 */
export async function insertTab(
  tx: Tx,
  identity: TabIdentity,
  life: { tabId: bigint; startTimestamp: bigint; ttlSeconds: bigint },
  nowMs: bigint,
): Promise<Tab | undefined> {
  const row = await tx
    .insertInto('tabs')
    .values({
      user_address: column(identity.userAddress),
      tab_id: life.tabId,
      recipient_address: column(identity.recipientAddress),
      asset_address: column(identity.assetAddress),
      guarantee_version: identity.guaranteeVersion,
      start_timestamp: life.startTimestamp,
      ttl_seconds: life.ttlSeconds,
      status: 'PENDING',
      settlement_status: 'PENDING',
      total_amount: 0n,
      paid_amount: 0n,
      remunerated_amount: 0n,
      last_req_id: null,
      last_timestamp: null,
      is_released: false,
      created_at_ms: nowMs,
      updated_at_ms: nowMs,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['user_address', 'recipient_address', 'asset_address', 'guarantee_version'])
        .where('status', 'in', ['PENDING', 'OPEN'])
        .where('settlement_status', '=', 'PENDING')
        .doNothing(),
    )
    .returningAll()
    .executeTakeFirst();
  return row && tabOfRow(row);
}

/** What changes on a tab; amounts are new values in base units, not differences. */
export interface TabChange {
  readonly status?: Tab['status'];
  readonly settlementStatus?: SettlementStatus;
  readonly startTimestamp?: bigint;
  readonly totalAmount?: bigint;
  readonly paidAmount?: bigint;
  readonly remuneratedAmount?: bigint;
  readonly lastReqId?: bigint;
  readonly lastTimestamp?: bigint;
  readonly isReleased?: boolean;
}

/** Writes a change of a tab whose row the transaction has locked. */
export async function updateTab(tx: Tx, tab: Tab, change: TabChange, nowMs: bigint): Promise<void> {
  const next = { ...tab, ...change };
  await tx
    .updateTable('tabs')
    .set({
      status: next.status,
      settlement_status: next.settlementStatus,
      start_timestamp: next.startTimestamp,
      total_amount: next.totalAmount,
      paid_amount: next.paidAmount,
      remunerated_amount: next.remuneratedAmount,
      last_req_id: next.lastReqId,
      last_timestamp: next.lastTimestamp,
      is_released: next.isReleased,
      updated_at_ms: nowMs,
    })
    .where('user_address', '=', column(tab.userAddress))
    .where('tab_id', '=', tab.tabId)
    .executeTakeFirstOrThrow();
}

/** Reads the reqId of the newest guarantee of several tabs. */
export async function readLastReqIds(
  db: Queries,
  tabIds: readonly bigint[],
): Promise<ReadonlyMap<bigint, bigint | null>> {
  if (tabIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('tabs')
    .select(['tab_id', 'last_req_id'])
    .where('tab_id', 'in', [...tabIds])
    .execute();
  return new Map(rows.map((row) => [row.tab_id, row.last_req_id]));
}

/** Lists a part of the tabs of a party, last changed first; no statuses = all. */
export async function listTabs(
  db: Queries,
  party: { readonly recipient: Address } | { readonly user: Address },
  settlementStatuses: readonly SettlementStatus[],
  { limit, after }: Slice<TimePosition>,
): Promise<Tab[]> {
  let query = db
    .selectFrom('tabs')
    .selectAll()
    .orderBy('updated_at_ms', 'desc')
    .orderBy('tab_id')
    .limit(limit);
  query =
    'recipient' in party
      ? query.where('recipient_address', '=', column(party.recipient))
      : query.where('user_address', '=', column(party.user));
  if (settlementStatuses.length > 0) {
    query = query.where('settlement_status', 'in', [...settlementStatuses]);
  }
  if (after !== undefined) query = query.where(isBehind(after, 'updated_at_ms', 'tab_id'));
  return (await query.execute()).map(tabOfRow);
}

/** Tells whether a payer has or had a tab with a recipient. */
export async function hasTabBetween(db: Queries, user: Address, recipient: Address): Promise<boolean> {
  const row = await db
    .selectFrom('tabs')
    .select('tab_id')
    .where('user_address', '=', column(user))
    .where('recipient_address', '=', column(recipient))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Tells whether any ETH tab exists; without one no ETH transfer can be a payment. */
export async function hasTabs(db: Queries, asset: Address): Promise<boolean> {
  const row = await db
    .selectFrom('tabs')
    .select('tab_id')
    .where('asset_address', '=', column(asset))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Lists tabs that lock collateral and whose newest guarantee is older than a time (unix seconds). */
export async function listLockingTabsBefore(db: Queries, timestamp: bigint, limit: number): Promise<Tab[]> {
  const rows = await db
    .selectFrom('tabs')
    .selectAll()
    .where('last_timestamp', '<', timestamp)
    .where('is_released', '=', false)
    .where('settlement_status', 'in', ['PENDING', 'REMUNERATED'])
    .where((eb) => eb('total_amount', '>', eb('paid_amount', '+', eb.ref('remunerated_amount'))))
    .orderBy('last_timestamp')
    .limit(limit)
    .execute();
  return rows.map(tabOfRow);
}
