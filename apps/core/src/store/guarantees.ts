import type { BLSCert, Hex, SignedClaims } from '@fourmica/core-types';
import {
  encodeWith,
  parseStrictJson,
  parseWith,
  SignedClaimsSchema,
  stringifyStrictJson,
} from '@fourmica/core-types';
import { column, type GuaranteeRow } from './rows.js';
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

/** What issuing a guarantee writes. Amounts in base units, times in unix seconds unless named otherwise. */
export interface ReservedGuarantee {
  readonly request: SignedClaims;
  readonly claimsHash: string;
  /** Running total of the tab including this guarantee. */
  readonly totalAmount: bigint;
  /** New start of the tab's window. */
  readonly startTimestamp: bigint;
  readonly nowMs: bigint;
}

/**
 * Reserves a guarantee: from here on it is issued, whether or not it is signed yet. One statement locks the amount,
 * moves the tab on, makes the recipient known and inserts the guarantee; the transaction has to hold the locks of the
 * balance and the tab.
 */
export async function reserveGuarantee(tx: Tx, guarantee: ReservedGuarantee): Promise<GuaranteeRow> {
  const { request, totalAmount, nowMs } = guarantee;
  const { claims } = request;
  const user = column(claims.userAddress);
  return await tx
    .with('balance', (db) =>
      db
        .updateTable('balances')
        .set((eb) => ({
          locked: eb('locked', '+', claims.amount),
          version: eb('version', '+', 1n),
          updated_at_ms: nowMs,
        }))
        .where('user_address', '=', user)
        .where('asset_address', '=', column(claims.assetAddress)),
    )
    .with('tab', (db) =>
      db
        .updateTable('tabs')
        .set((eb) => ({
          status: 'OPEN',
          start_timestamp: guarantee.startTimestamp,
          total_amount: totalAmount,
          last_req_id: claims.reqId,
          last_timestamp: eb.fn<bigint>('greatest', [
            'last_timestamp',
            eb.cast(eb.val(claims.timestamp), 'bigint'),
          ]),
          updated_at_ms: nowMs,
        }))
        .where('user_address', '=', user)
        .where('tab_id', '=', claims.tabId),
    )
    .with('party', (db) =>
      db
        .insertInto('users')
        .values({
          user_address: column(claims.recipientAddress),
          created_at_ms: nowMs,
          updated_at_ms: nowMs,
        })
        .onConflict((conflict) => conflict.column('user_address').doNothing()),
    )
    .insertInto('guarantees')
    .values({
      user_address: user,
      tab_id: claims.tabId,
      req_id: claims.reqId,
      guarantee_version: claims.version,
      amount: claims.amount,
      total_amount: totalAmount,
      claims_timestamp: claims.timestamp,
      claims_hash: guarantee.claimsHash,
      request: stringifyStrictJson(encodeWith(SignedClaimsSchema, request, 'request')),
      certificate_claims: null,
      certificate_signature: null,
      created_at_ms: nowMs,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Returns the request that a guarantee was issued for. */
export const requestOf = (row: GuaranteeRow): SignedClaims =>
  parseWith(SignedClaimsSchema, parseStrictJson(row.request, 'guarantees.request'), 'guarantees.request');

/** Returns the certificate of a guarantee, null while it is not signed. */
export const certificateOf = (row: GuaranteeRow): BLSCert | null =>
  row.certificate_claims === null || row.certificate_signature === null
    ? null
    : { claims: row.certificate_claims as Hex, signature: row.certificate_signature as Hex };

/** Stores the certificate of a reserved guarantee. A stored one is never replaced. */
export async function storeCertificate(db: Queries, row: GuaranteeRow, certificate: BLSCert): Promise<void> {
  await db
    .updateTable('guarantees')
    .set({ certificate_claims: certificate.claims, certificate_signature: certificate.signature })
    .where('user_address', '=', row.user_address)
    .where('tab_id', '=', row.tab_id)
    .where('req_id', '=', row.req_id)
    .where('certificate_claims', 'is', null)
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

/** Lists a tab's guarantees in the order of issue. */
export const listGuarantees = (db: Queries, user: string, tabId: bigint): Promise<GuaranteeRow[]> =>
  db
    .selectFrom('guarantees')
    .selectAll()
    .where('user_address', '=', user)
    .where('tab_id', '=', tabId)
    .orderBy('req_id')
    .execute();

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
