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

/** Reserves a guarantee: from here on it is issued, whether or not it is signed yet. */
export async function insertGuarantee(
  tx: Tx,
  request: SignedClaims,
  facts: { claimsHash: string; totalAmount: bigint; nowMs: bigint },
): Promise<GuaranteeRow> {
  const { claims } = request;
  return await tx
    .insertInto('guarantees')
    .values({
      user_address: column(claims.userAddress),
      tab_id: claims.tabId,
      req_id: claims.reqId,
      guarantee_version: claims.version,
      amount: claims.amount,
      total_amount: facts.totalAmount,
      claims_timestamp: claims.timestamp,
      claims_hash: facts.claimsHash,
      request: stringifyStrictJson(encodeWith(SignedClaimsSchema, request, 'request')),
      certificate_claims: null,
      certificate_signature: null,
      created_at_ms: facts.nowMs,
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
