import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { unauthenticated } from './auth-refusal.js';
import type { AuthDb } from './tables.js';

/** A client that lost the answer of a refresh may ask again this long before its whole login is taken for stolen. */
const REUSE_GRACE_MS = 10_000;
const PURGE_BATCH = 200;

/** A refresh token that may be traded for a new one. */
export interface UsableRefreshToken {
  readonly hash: string;
  readonly familyId: string;
  /** Lower case. */
  readonly address: string;
}

/** Makes the text of a refresh token: `refresh_` and 32 random bytes in hex. */
const newToken = (): string => `refresh_${randomBytes(32).toString('hex')}`;

/** The form in which a token is stored: hex SHA-256 of its whole text. */
export const hashToken = (token: string): string => createHash('sha256').update(token, 'utf8').digest('hex');

/** Starts a chain of refresh tokens for a login. */
export async function startTokenFamily(
  db: AuthDb,
  address: string,
  ttlSecs: number,
  nowMs: number,
): Promise<string> {
  const token = newToken();
  await insertToken(db, { hash: hashToken(token), familyId: randomUUID(), address }, ttlSecs, nowMs);
  return token;
}

/**
 * Finds the token that a client presents. A token that was already traded is a sign of theft: the whole chain is revoked
 * then, unless it happens within seconds.
 *
 * @throws AuthRefusalError 401.
 */
export async function findUsableToken(db: AuthDb, token: string, nowMs: number): Promise<UsableRefreshToken> {
  const hash = hashToken(token);
  const row = await db
    .selectFrom('auth_refresh_tokens')
    .selectAll()
    .where('token_hash', '=', hash)
    .executeTakeFirst();
  if (row === undefined) throw unauthenticated('invalid refresh token');
  const revokedMs = row.revoked_at_ms;
  if (revokedMs !== null) {
    const isLateReuse = row.replaced_by !== null && BigInt(nowMs) - revokedMs > BigInt(REUSE_GRACE_MS);
    if (isLateReuse) await revokeFamily(db, row.family_id, nowMs);
  }
  if (revokedMs !== null || row.expires_at_ms <= BigInt(nowMs))
    throw unauthenticated('refresh token expired');
  return { hash, familyId: row.family_id, address: row.address };
}

/**
 * Trades a token for a new one of the same chain, in one transaction.
 *
 * @throws AuthRefusalError 401 when another request was faster.
 */
export async function rotateToken(
  db: AuthDb,
  old: UsableRefreshToken,
  ttlSecs: number,
  nowMs: number,
): Promise<string> {
  const token = newToken();
  const hash = hashToken(token);
  await db.transaction().execute(async (tx) => {
    await lockFamily(tx, old.familyId);
    const { numUpdatedRows } = await tx
      .updateTable('auth_refresh_tokens')
      .set({ revoked_at_ms: BigInt(nowMs), replaced_by: hash })
      .where('token_hash', '=', old.hash)
      .where('revoked_at_ms', 'is', null)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows !== 1n) throw unauthenticated('refresh token already used');
    await insertToken(tx, { ...old, hash }, ttlSecs, nowMs);
  });
  return token;
}

/** Revokes a token; false when it is unknown or already revoked. */
export async function revokeToken(db: AuthDb, token: string, nowMs: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('auth_refresh_tokens')
    .set({ revoked_at_ms: BigInt(nowMs) })
    .where('token_hash', '=', hashToken(token))
    .where('revoked_at_ms', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Revokes every login of a wallet, such as when its role is withdrawn. Access tokens live on until they end. */
export async function revokeTokensOf(db: AuthDb, address: string, nowMs: number): Promise<void> {
  await db
    .updateTable('auth_refresh_tokens')
    .set({ revoked_at_ms: BigInt(nowMs) })
    .where('address', '=', address)
    .where('revoked_at_ms', 'is', null)
    .execute();
}

/** Removes expired tokens, a batch at a time. */
export async function purgeTokens(db: AuthDb, nowMs: number): Promise<void> {
  await sql`delete from auth_refresh_tokens where token_hash in (
    select token_hash from auth_refresh_tokens where expires_at_ms <= ${BigInt(nowMs)}
    order by expires_at_ms limit ${PURGE_BATCH} for update skip locked)`.execute(db);
}

/** Revokes a whole chain, also a token that a trade under way is about to add to it. */
async function revokeFamily(db: AuthDb, familyId: string, nowMs: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockFamily(tx, familyId);
    await tx
      .updateTable('auth_refresh_tokens')
      .set({ revoked_at_ms: BigInt(nowMs) })
      .where('family_id', '=', familyId)
      .where('revoked_at_ms', 'is', null)
      .execute();
  });
}

/** Lets the changes of one chain happen one after the other until the transaction ends. */
async function lockFamily(tx: AuthDb, familyId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`auth-family:${familyId}`}, 0))`.execute(tx);
}

async function insertToken(
  db: AuthDb,
  { hash, familyId, address }: UsableRefreshToken,
  ttlSecs: number,
  nowMs: number,
): Promise<void> {
  await db
    .insertInto('auth_refresh_tokens')
    .values({
      token_hash: hash,
      family_id: familyId,
      address,
      issued_at_ms: BigInt(nowMs),
      expires_at_ms: BigInt(nowMs + ttlSecs * 1000),
      revoked_at_ms: null,
      replaced_by: null,
    })
    .execute();
}
