import { decodeCertificateClaims } from '@fourmica/bls-cert';
import { type Address, FourMicaError, hexToBytes } from '@fourmica/core-types';
import { sql } from 'kysely';
import { address } from './rows.js';
import type { Queries } from './schema.js';

/** A rule of the ledger that does not hold. */
export interface InvariantViolation {
  readonly rule:
    | 'LOCKED_IS_SUM_OF_TABS'
    | 'REQ_IDS_HAVE_NO_GAPS'
    | 'TAB_TOTAL_IS_SUM_OF_GUARANTEES'
    | 'CERTIFICATE_MATCHES_ROW'
    | 'TOTAL_IS_CHAIN_COLLATERAL';
  readonly detail: string;
}

/** The chain, for comparison with the ledger. */
export interface CollateralOnChain {
  /** Block up to which the ledger has taken the chain in; undefined before the first one. */
  readonly position: (db: Queries) => Promise<bigint | undefined>;
  /** Reads a payer's collateral at the end of a block, in base units. */
  readonly collateral: (user: Address, asset: Address, block: bigint) => Promise<bigint>;
}

/**
 * Checks the whole ledger in one snapshot. It reads every row, so it belongs in tests and scheduled jobs.
 *
 * @param chain - when given, each balance is also compared with the chain at the ledger's position.
 */
export async function checkInvariants(db: Queries, chain?: CollateralOnChain): Promise<InvariantViolation[]> {
  const { violations, balances, position } = await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => ({
      violations: [
        ...(await checkLocked(tx)),
        ...(await checkReqIds(tx)),
        ...(await checkTotals(tx)),
        ...(await checkCertificates(tx)),
      ],
      balances: await tx.selectFrom('balances').selectAll().execute(),
      position: await chain?.position(tx),
    }));
  if (chain === undefined || position === undefined) return violations;
  for (const balance of balances) {
    const [user, asset] = [address(balance.user_address), address(balance.asset_address)];
    const onChain = await chain.collateral(user, asset, position);
    if (onChain !== balance.total) {
      violations.push({
        rule: 'TOTAL_IS_CHAIN_COLLATERAL',
        detail: `user ${balance.user_address}, asset ${balance.asset_address}: total ${balance.total}, on chain ${onChain}`,
      });
    }
  }
  return violations;
}

async function checkLocked(db: Queries): Promise<InvariantViolation[]> {
  const { rows } = await sql<{ user_address: string; asset_address: string; locked: bigint; sum: bigint }>`
    with open_tabs as (
      select user_address, asset_address,
        sum(greatest(total_amount - paid_amount - remunerated_amount, 0)) as sum
      from tabs where not is_released group by user_address, asset_address)
    select user_address, asset_address, coalesce(b.locked, 0) as locked, coalesce(t.sum, 0) as sum
    from balances b full join open_tabs t using (user_address, asset_address)
    where coalesce(b.locked, 0) <> coalesce(t.sum, 0)`.execute(db);
  return rows.map((row) => ({
    rule: 'LOCKED_IS_SUM_OF_TABS',
    detail: `user ${row.user_address}, asset ${row.asset_address}: locked ${row.locked}, unreleased tabs ${row.sum}`,
  }));
}

async function checkReqIds(db: Queries): Promise<InvariantViolation[]> {
  const { rows } = await sql<{ tab_id: bigint; count: bigint; last: bigint | null; tab_last: bigint | null }>`
    select t.tab_id, count(g.req_id) as count, max(g.req_id) as last, t.last_req_id as tab_last
    from tabs t left join guarantees g on g.user_address = t.user_address and g.tab_id = t.tab_id
    group by t.user_address, t.tab_id, t.last_req_id
    having count(g.req_id) <> coalesce(t.last_req_id + 1, 0)
      or max(g.req_id) is distinct from t.last_req_id`.execute(db);
  return rows.map((row) => ({
    rule: 'REQ_IDS_HAVE_NO_GAPS',
    detail: `tab ${row.tab_id}: ${row.count} guarantees, highest reqId ${row.last}, tab says ${row.tab_last}`,
  }));
}

async function checkTotals(db: Queries): Promise<InvariantViolation[]> {
  const { rows } = await sql<{ tab_id: bigint; req_id: bigint | null }>`
    select tab_id, req_id from (
      select user_address, tab_id, req_id, total_amount,
        sum(amount) over (partition by user_address, tab_id order by req_id) as running
      from guarantees) g where total_amount <> running
    union all
    select t.tab_id, null from tabs t
    where t.total_amount <> (select coalesce(sum(g.amount), 0) from guarantees g
      where g.user_address = t.user_address and g.tab_id = t.tab_id)`.execute(db);
  return rows.map((row) => ({
    rule: 'TAB_TOTAL_IS_SUM_OF_GUARANTEES',
    detail: `tab ${row.tab_id}${row.req_id === null ? '' : `, reqId ${row.req_id}`}: the total is not the sum of the amounts`,
  }));
}

/** Rows that are read at once, so that the check neither fills the memory nor holds up requests for long. */
const CERTIFICATES_AT_ONCE = 500;

async function checkCertificates(db: Queries): Promise<InvariantViolation[]> {
  const violations: InvariantViolation[] = [];
  let last: CertifiedRow | undefined;
  do {
    const rows = await certifiedRowsAfter(db, last);
    violations.push(...rows.flatMap(certificateViolations));
    last = rows.length === CERTIFICATES_AT_ONCE ? rows.at(-1) : undefined;
  } while (last !== undefined);
  return violations;
}

function certifiedRowsAfter(db: Queries, last: CertifiedRow | undefined): Promise<CertifiedRow[]> {
  const query = db
    .selectFrom('guarantees as g')
    .innerJoin('tabs as t', (join) =>
      join.onRef('t.user_address', '=', 'g.user_address').onRef('t.tab_id', '=', 'g.tab_id'),
    )
    .selectAll('g')
    .select(['t.recipient_address', 't.asset_address'])
    .where('g.certificate_claims', 'is not', null)
    .orderBy('g.user_address')
    .orderBy('g.tab_id')
    .orderBy('g.req_id')
    .limit(CERTIFICATES_AT_ONCE);
  if (last === undefined) return query.execute();
  const { user_address, tab_id, req_id } = last;
  return query
    .where(sql<boolean>`(g.user_address, g.tab_id, g.req_id) > (${user_address}, ${tab_id}, ${req_id})`)
    .execute();
}

function certificateViolations(row: CertifiedRow): InvariantViolation[] {
  const mismatch = mismatchOf(row);
  if (mismatch === undefined) return [];
  const detail = `tab ${row.tab_id}, reqId ${row.req_id}: ${mismatch}`;
  return [{ rule: 'CERTIFICATE_MATCHES_ROW', detail }];
}

interface CertifiedRow {
  readonly user_address: string;
  readonly recipient_address: string;
  readonly asset_address: string;
  readonly tab_id: bigint;
  readonly req_id: bigint;
  readonly amount: bigint;
  readonly total_amount: bigint;
  readonly claims_timestamp: bigint;
  readonly guarantee_version: number;
  readonly certificate_claims: string | null;
}

function mismatchOf(row: CertifiedRow): string | undefined {
  try {
    const claims = decodeCertificateClaims(hexToBytes(row.certificate_claims ?? ''));
    const differing = Object.entries({
      user: claims.userAddress.toLowerCase() === row.user_address,
      recipient: claims.recipientAddress.toLowerCase() === row.recipient_address,
      asset: claims.assetAddress.toLowerCase() === row.asset_address,
      tab: claims.tabId === row.tab_id,
      reqId: claims.reqId === row.req_id,
      amount: claims.amount === row.amount,
      total: claims.totalAmount === row.total_amount,
      timestamp: claims.timestamp === row.claims_timestamp,
      version: claims.version === row.guarantee_version,
    }).flatMap(([name, isEqual]) => (isEqual ? [] : [name]));
    return differing.length === 0 ? undefined : `the certificate differs in ${differing.join(', ')}`;
  } catch (error) {
    if (error instanceof FourMicaError) return `the certificate is unreadable: ${error.message}`;
    throw error;
  }
}
