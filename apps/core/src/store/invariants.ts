import { decodeCertificateClaims } from '@fourmica/bls-cert';
import { type Address, FourMicaError, hexToBytes } from '@fourmica/core-types';
import { sql } from 'kysely';
import { address, column } from './rows.js';
import type { Queries } from './schema.js';
import { type UserRange, usersAfter } from './user-range.js';

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

/** Payers whose rows one statement reads, so that none takes long. */
const PAYERS_AT_ONCE = 50;
/** A ledger that breaks more rules than this is not looked at any further. */
const MAX_VIOLATIONS = 1_000;

/** What a check found. */
export interface CheckedPart {
  readonly violations: readonly InvariantViolation[];
  /** The last user that was checked, when there are more behind. */
  readonly next: Address | undefined;
}

/**
 * Checks the ledger, some payers after the others. It reads every row; nobody has to wait for it, because each rule
 * is about one payer and is checked by one statement, which sees one moment of the ledger.
 *
 * @param chain - when given, each balance is also compared with the chain at the ledger's position.
 * @param part - the users behind one, and for how long; absent = the whole ledger.
 * @returns at most about a thousand violations.
 */
export async function checkInvariants(
  db: Queries,
  chain?: CollateralOnChain,
  part: { readonly after?: Address | undefined; readonly maxMs?: number } = {},
): Promise<CheckedPart> {
  const endMs = performance.now() + (part.maxMs ?? Number.POSITIVE_INFINITY);
  const violations: InvariantViolation[] = [];
  let range = await usersAfter(db, part.after === undefined ? '' : column(part.after), PAYERS_AT_ONCE);
  while (range !== undefined) {
    for (const check of [checkLocked, checkReqIds, checkTotals, checkCertificates]) {
      violations.push(...(await check(db, range)));
    }
    if (chain !== undefined) violations.push(...(await checkCollateral(db, range, chain)));
    if (violations.length >= MAX_VIOLATIONS || performance.now() > endMs) {
      return { violations, next: range.isEnd ? undefined : address(range.last) };
    }
    range = await usersAfter(db, range.last, PAYERS_AT_ONCE);
  }
  return { violations, next: undefined };
}

/** Compares balances with the chain at the position that the ledger had when they were read. */
async function checkCollateral(
  db: Queries,
  { after, last }: UserRange,
  chain: CollateralOnChain,
): Promise<InvariantViolation[]> {
  const { balances, position } = await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => ({
      balances: await tx
        .selectFrom('balances')
        .selectAll()
        .where('user_address', '>', after)
        .where('user_address', '<=', last)
        .execute(),
      position: await chain.position(tx),
    }));
  if (position === undefined) return [];
  const compared = balances.map(async (balance) => {
    const [user, asset] = [address(balance.user_address), address(balance.asset_address)];
    return { balance, onChain: await chain.collateral(user, asset, position) };
  });
  return (await Promise.all(compared)).flatMap(({ balance, onChain }) =>
    onChain === balance.total
      ? []
      : {
          rule: 'TOTAL_IS_CHAIN_COLLATERAL',
          detail: `user ${balance.user_address}, asset ${balance.asset_address}: total ${balance.total}, on chain ${onChain}`,
        },
  );
}

/** Checks that what a balance has locked is what its unreleased tabs secure. */
export async function checkLocked(db: Queries, { after, last }: UserRange): Promise<InvariantViolation[]> {
  const { rows } = await sql<{ user_address: string; asset_address: string; locked: bigint; sum: bigint }>`
    with open_tabs as (
      select user_address, asset_address,
        sum(greatest(total_amount - paid_amount - remunerated_amount, 0)) as sum
      from tabs where not is_released and user_address > ${after} and user_address <= ${last}
      group by user_address, asset_address),
    held as (select * from balances where user_address > ${after} and user_address <= ${last})
    select user_address, asset_address, coalesce(b.locked, 0) as locked, coalesce(t.sum, 0) as sum
    from held b full join open_tabs t using (user_address, asset_address)
    where coalesce(b.locked, 0) <> coalesce(t.sum, 0)`.execute(db);
  return rows.map((row) => ({
    rule: 'LOCKED_IS_SUM_OF_TABS',
    detail: `user ${row.user_address}, asset ${row.asset_address}: locked ${row.locked}, unreleased tabs ${row.sum}`,
  }));
}

async function checkReqIds(db: Queries, { after, last }: UserRange): Promise<InvariantViolation[]> {
  const { rows } = await sql<{ tab_id: bigint; count: bigint; last: bigint | null; tab_last: bigint | null }>`
    select t.tab_id, count(g.req_id) as count, max(g.req_id) as last, t.last_req_id as tab_last
    from tabs t left join guarantees g on g.user_address = t.user_address and g.tab_id = t.tab_id
    where t.user_address > ${after} and t.user_address <= ${last}
    group by t.user_address, t.tab_id, t.last_req_id
    having count(g.req_id) <> coalesce(t.last_req_id + 1, 0)
      or max(g.req_id) is distinct from t.last_req_id`.execute(db);
  return rows.map((row) => ({
    rule: 'REQ_IDS_HAVE_NO_GAPS',
    detail: `tab ${row.tab_id}: ${row.count} guarantees, highest reqId ${row.last}, tab says ${row.tab_last}`,
  }));
}

async function checkTotals(db: Queries, { after, last }: UserRange): Promise<InvariantViolation[]> {
  const { rows } = await sql<{ tab_id: bigint; req_id: bigint | null }>`
    with issued as (
      select user_address, tab_id, req_id, amount, total_amount,
        sum(amount) over (partition by user_address, tab_id order by req_id) as running
      from guarantees where user_address > ${after} and user_address <= ${last}),
    sums as (select user_address, tab_id, sum(amount) as sum from issued group by user_address, tab_id)
    select tab_id, req_id from issued where total_amount <> running
    union all
    select t.tab_id, null from tabs t left join sums s on s.user_address = t.user_address and s.tab_id = t.tab_id
    where t.user_address > ${after} and t.user_address <= ${last}
      and t.total_amount <> coalesce(s.sum, 0)
    limit ${MAX_VIOLATIONS}`.execute(db);
  return rows.map((row) => ({
    rule: 'TAB_TOTAL_IS_SUM_OF_GUARANTEES',
    detail: `tab ${row.tab_id}${row.req_id === null ? '' : `, reqId ${row.req_id}`}: the total is not the sum of the amounts`,
  }));
}

/** Rows that are read at once, so that the check neither fills the memory nor holds up requests for long. */
const CERTIFICATES_AT_ONCE = 500;

async function checkCertificates(db: Queries, range: UserRange): Promise<InvariantViolation[]> {
  const violations: InvariantViolation[] = [];
  let last: CertifiedRow | undefined;
  do {
    const rows = await certifiedRowsAfter(db, range, last);
    violations.push(...rows.flatMap(certificateViolations));
    last = rows.length === CERTIFICATES_AT_ONCE ? rows.at(-1) : undefined;
  } while (last !== undefined && violations.length < MAX_VIOLATIONS);
  return violations;
}

function certifiedRowsAfter(
  db: Queries,
  range: UserRange,
  last: CertifiedRow | undefined,
): Promise<CertifiedRow[]> {
  const query = db
    .selectFrom('guarantees as g')
    .innerJoin('tabs as t', (join) =>
      join.onRef('t.user_address', '=', 'g.user_address').onRef('t.tab_id', '=', 'g.tab_id'),
    )
    .select([
      'g.user_address',
      'g.tab_id',
      'g.req_id',
      'g.amount',
      'g.total_amount',
      'g.claims_timestamp',
      'g.guarantee_version',
      'g.certificate_claims',
      't.recipient_address',
      't.asset_address',
    ])
    .where('g.user_address', '<=', range.last)
    .where('g.certificate_claims', 'is not', null)
    .orderBy('g.user_address')
    .orderBy('g.tab_id')
    .orderBy('g.req_id')
    .limit(CERTIFICATES_AT_ONCE);
  if (last === undefined) return query.where('g.user_address', '>', range.after).execute();
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
