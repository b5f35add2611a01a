import type { Address, BLSCert, Hex, RequestClaims, SignedClaims } from '@fourmica/core-types';
import {
  encodeWith,
  parseStrictJson,
  parseWith,
  SignedClaimsSchema,
  stringifyStrictJson,
} from '@fourmica/core-types';
import type { Slice } from '@fourmica/http-service';
import { sql } from 'kysely';
import type { Tab } from '../domain/tab.js';
import { recordset } from './recordset.js';
import { column, type GuaranteeRow, type TabRow } from './rows.js';
import type { Queries, Tx } from './schema.js';

/** Reads a guarantee by its identity. */
export const findGuarantee = (db: Queries, tabId: bigint, reqId: bigint): Promise<GuaranteeRow | undefined> =>
  db
    .selectFrom('guarantees')
    .innerJoin('tabs', (join) =>
      join
        .onRef('tabs.user_address', '=', 'guarantees.user_address')
        .onRef('tabs.tab_id', '=', 'guarantees.tab_id'),
    )
    .selectAll('guarantees')
    .where('tabs.tab_id', '=', tabId)
    .where('guarantees.req_id', '=', reqId)
    .executeTakeFirst();

/** Reads the claims hashes of guarantees, by tab and reqId. */
export async function readClaimsHashes(
  db: Queries,
  identities: readonly Pick<RequestClaims, 'userAddress' | 'tabId' | 'reqId'>[],
): Promise<{ readonly tabId: bigint; readonly reqId: bigint; readonly claimsHash: string }[]> {
  if (identities.length === 0) return [];
  return db
    .selectFrom('guarantees')
    .select(['tab_id as tabId', 'req_id as reqId', 'claims_hash as claimsHash'])
    .where((eb) =>
      eb.or(
        identities.map(({ userAddress, tabId, reqId }) =>
          eb.and({ user_address: column(userAddress), tab_id: tabId, req_id: reqId }),
        ),
      ),
    )
    .execute();
}

/** A guarantee to be written. Amounts in base units, times in unix seconds. */
export interface ReservedGuarantee {
  readonly request: SignedClaims;
  readonly claimsHash: string;
  /** Running total of the tab including this guarantee. */
  readonly totalAmount: bigint;
}

/**
 * Reserves guarantees of one payer in one asset: from here on they are issued, whether or not they are signed yet. One
 * statement locks the amounts, moves the tabs on and inserts the guarantees; the transaction has to hold the locks of
 * the balance and the tabs, and the parties have to be known.
 *
 * @param tabs - the tabs as the guarantees make them.
 */
export async function reserveGuarantees(
  tx: Tx,
  { userAddress, assetAddress }: { readonly userAddress: Address; readonly assetAddress: Address },
  guarantees: readonly ReservedGuarantee[],
  tabs: readonly Tab[],
  nowMs: bigint,
): Promise<void> {
  if (guarantees.length === 0) return;
  const user = column(userAddress);
  const amount = guarantees.reduce((sum, { request }) => sum + request.claims.amount, 0n);
  const rows = guarantees.map(({ request, claimsHash, totalAmount }) => ({
    user_address: user,
    tab_id: request.claims.tabId,
    req_id: request.claims.reqId,
    guarantee_version: request.claims.version,
    amount: request.claims.amount,
    total_amount: totalAmount,
    claims_timestamp: request.claims.timestamp,
    claims_hash: claimsHash,
    request: stringifyStrictJson(encodeWith(SignedClaimsSchema, request, 'request')),
    created_at_ms: nowMs,
  }));
  await sql`
    with balance as (
      update balances set locked = locked + ${amount}, version = version + 1, updated_at_ms = ${nowMs}
      where user_address = ${user} and asset_address = ${column(assetAddress)}
    ), tab as (
      update tabs set status = advance.status, start_timestamp = advance.start_timestamp,
        total_amount = advance.total_amount, last_req_id = advance.last_req_id,
        last_timestamp = advance.last_timestamp, updated_at_ms = ${nowMs}
      from ${recordset(tabs.map(advanceOf), 'advance', TAB_ADVANCE_TYPES)}
      where tabs.tab_id = advance.tab_id
    )
    insert into guarantees (${GUARANTEE_COLUMNS}) select * from ${recordset(rows, 'reserved', GUARANTEE_TYPES)}
  `.execute(tx);
}

const GUARANTEE_TYPES = {
  user_address: 'text',
  tab_id: 'numeric',
  req_id: 'numeric',
  guarantee_version: 'integer',
  amount: 'numeric',
  total_amount: 'numeric',
  claims_timestamp: 'bigint',
  claims_hash: 'text',
  request: 'text',
  created_at_ms: 'bigint',
} as const;

const GUARANTEE_COLUMNS = sql.join(Object.keys(GUARANTEE_TYPES).map((name) => sql.ref(name)));

type TabAdvance = Pick<
  TabRow,
  'tab_id' | 'status' | 'start_timestamp' | 'total_amount' | 'last_req_id' | 'last_timestamp'
>;

const TAB_ADVANCE_TYPES = {
  tab_id: 'numeric',
  status: 'text',
  start_timestamp: 'bigint',
  total_amount: 'numeric',
  last_req_id: 'numeric',
  last_timestamp: 'bigint',
};

const advanceOf = (tab: Tab): TabAdvance => ({
  tab_id: tab.tabId,
  status: tab.status,
  start_timestamp: tab.startTimestamp,
  total_amount: tab.totalAmount,
  last_req_id: tab.lastReqId,
  last_timestamp: tab.lastTimestamp,
});

/** Returns the request that a guarantee was issued for. */
export const requestOf = (row: GuaranteeRow): SignedClaims =>
  parseWith(SignedClaimsSchema, parseStrictJson(row.request, 'guarantees.request'), 'guarantees.request');

/** Returns the certificate of a guarantee, null while it is not signed. */
export const certificateOf = (row: GuaranteeRow): BLSCert | null =>
  row.certificate_claims === null || row.certificate_signature === null
    ? null
    : { claims: row.certificate_claims as Hex, signature: row.certificate_signature as Hex };

/** A certificate and the guarantee that it is for. */
export interface SignedGuarantee {
  readonly user: Address;
  readonly tabId: bigint;
  readonly reqId: bigint;
  readonly certificate: BLSCert;
}

/** Stores the certificates of reserved guarantees. A stored one is never replaced. */
export async function storeCertificates(db: Queries, signed: readonly SignedGuarantee[]): Promise<void> {
  const rows = signed.map(({ user, tabId, reqId, certificate }) => ({
    user_address: column(user),
    tab_id: tabId,
    req_id: reqId,
    ...certificate,
  }));
  const types = {
    user_address: 'text',
    tab_id: 'numeric',
    req_id: 'numeric',
    claims: 'text',
    signature: 'text',
  };
  await db
    .updateTable('guarantees')
    .from(recordset(rows, 'signed', types))
    // A condition on the column would make Postgres look through the index of all that is unsigned.
    .set((eb) => ({
      certificate_claims: eb.fn.coalesce('guarantees.certificate_claims', 'signed.claims'),
      certificate_signature: eb.fn.coalesce('guarantees.certificate_signature', 'signed.signature'),
    }))
    .whereRef('guarantees.user_address', '=', 'signed.user_address')
    .whereRef('guarantees.tab_id', '=', 'signed.tab_id')
    .whereRef('guarantees.req_id', '=', 'signed.req_id')
    .execute();
}

/** Lists the oldest reserved guarantees that are not signed. */
export const listUnsigned = (db: Queries, limit: number): Promise<GuaranteeRow[]> =>
  db
    .selectFrom('guarantees')
    .selectAll()
    .where('certificate_claims', 'is', null)
    .orderBy('created_at_ms')
    .orderBy('req_id')
    .limit(limit)
    .execute();

/** Lists a part of a tab's guarantees in the order of issue; the position is a reqId. */
export function listGuarantees(
  db: Queries,
  user: string,
  tabId: bigint,
  { limit, after }: Slice<bigint>,
): Promise<GuaranteeRow[]> {
  const query = db
    .selectFrom('guarantees')
    .selectAll()
    .where('user_address', '=', user)
    .where('tab_id', '=', tabId)
    .orderBy('req_id')
    .limit(limit);
  return (after === undefined ? query : query.where('req_id', '>', after)).execute();
}

/** Reads the newest guarantee of a tab: the one with the highest reqId. */
export const findLatestGuarantee = (
  db: Queries,
  user: string,
  tabId: bigint,
): Promise<GuaranteeRow | undefined> =>
  db
    .selectFrom('guarantees')
    .selectAll()
    .where('user_address', '=', user)
    .where('tab_id', '=', tabId)
    .orderBy('req_id', 'desc')
    .limit(1)
    .executeTakeFirst();

/** Reads the newest guarantees of tabs that have any, by tab. */
export async function findLatestGuarantees(
  db: Queries,
  tabs: readonly Tab[],
): Promise<ReadonlyMap<bigint, GuaranteeRow>> {
  if (tabs.length === 0) return new Map();
  const rows = await db
    .selectFrom('tabs')
    .innerJoin('guarantees', (join) =>
      join
        .onRef('guarantees.user_address', '=', 'tabs.user_address')
        .onRef('guarantees.tab_id', '=', 'tabs.tab_id')
        .onRef('guarantees.req_id', '=', 'tabs.last_req_id'),
    )
    .selectAll('guarantees')
    .where(
      'tabs.tab_id',
      'in',
      tabs.map(({ tabId }) => tabId),
    )
    .execute();
  return new Map(rows.map((row) => [row.tab_id, row]));
}
