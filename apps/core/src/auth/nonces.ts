import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { AuthConfig } from './auth-config.js';
import { AuthRefusalError, unauthenticated } from './auth-refusal.js';
import type { AuthDb } from './tables.js';

/** Wrong signatures after which a nonce is dead: each one may cost a call of the chain node. */
const MAX_FAILED_ATTEMPTS = 5;
const PURGE_BATCH = 200;

/** Whose nonce, asked for where; the address in lower case. */
export interface NonceHolder {
  readonly address: string;
  readonly client: string;
}

export type NonceLimits = Pick<AuthConfig, 'nonceTtlSecs' | 'nonceLimitPerAddress' | 'nonceLimitPerClient'>;

/**
 * Creates a nonce: 32 lower-case hex digits. Expired ones are removed on the way, so the table stays as small as the
 * limits allow. The limit per address counts per client as well: otherwise anybody could lock a wallet out by asking for
 * its nonces.
 *
 * @throws AuthRefusalError 429 when the client holds too many unused ones.
 */
export async function issueNonce(
  db: AuthDb,
  { address, client }: NonceHolder,
  limits: NonceLimits,
  nowMs: number,
): Promise<string> {
  await purgeNonces(db, nowMs);
  const held = await db
    .selectFrom('auth_nonces')
    .select([
      sql<string>`count(*)::text`.as('all'),
      sql<string>`count(*) filter (where address = ${address})::text`.as('own'),
    ])
    .where('client', '=', client)
    .where('used_at_ms', 'is', null)
    .where('expires_at_ms', '>', BigInt(nowMs))
    .executeTakeFirstOrThrow();
  if (Number(held.own) >= limits.nonceLimitPerAddress || Number(held.all) >= limits.nonceLimitPerClient) {
    throw new AuthRefusalError('AUTH_TOO_MANY_REQUESTS', 'too many login attempts, please wait', {
      retryAfterSecs: limits.nonceTtlSecs,
    });
  }
  const nonce = randomBytes(16).toString('hex');
  await db
    .insertInto('auth_nonces')
    .values({
      address,
      nonce,
      client,
      issued_at_ms: BigInt(nowMs),
      expires_at_ms: BigInt(nowMs + limits.nonceTtlSecs * 1000),
      used_at_ms: null,
      failed_attempts: 0,
    })
    .execute();
  return nonce;
}

/**
 * Checks that a nonce could be used now, without using it.
 *
 * @throws AuthRefusalError 401.
 */
export async function checkNonce(db: AuthDb, address: string, nonce: string, nowMs: number): Promise<void> {
  const row = await db
    .selectFrom('auth_nonces')
    .select(['used_at_ms', 'expires_at_ms', 'failed_attempts'])
    .where('address', '=', address)
    .where('nonce', '=', nonce)
    .executeTakeFirst();
  if (row === undefined) throw unauthenticated('nonce not found or expired');
  const isSpent = row.used_at_ms !== null || row.failed_attempts >= MAX_FAILED_ATTEMPTS;
  if (isSpent || row.expires_at_ms <= BigInt(nowMs)) throw unauthenticated('nonce not valid');
}

/** Counts a wrong signature against a nonce. */
export async function countFailedAttempt(db: AuthDb, address: string, nonce: string): Promise<void> {
  await db
    .updateTable('auth_nonces')
    .set((column) => ({ failed_attempts: column('failed_attempts', '+', 1) }))
    .where('address', '=', address)
    .where('nonce', '=', nonce)
    .execute();
}

/** Uses a nonce up; false when another request was faster or it expired meanwhile. */
export async function consumeNonce(
  db: AuthDb,
  address: string,
  nonce: string,
  nowMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('auth_nonces')
    .set({ used_at_ms: BigInt(nowMs) })
    .where('address', '=', address)
    .where('nonce', '=', nonce)
    .where('used_at_ms', 'is', null)
    .where('failed_attempts', '<', MAX_FAILED_ATTEMPTS)
    .where('expires_at_ms', '>', BigInt(nowMs))
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Removes expired nonces, a batch at a time, without waiting for another process that does the same. */
export async function purgeNonces(db: AuthDb, nowMs: number): Promise<void> {
  await sql`delete from auth_nonces where (address, nonce) in (
    select address, nonce from auth_nonces where expires_at_ms <= ${BigInt(nowMs)}
    order by expires_at_ms limit ${PURGE_BATCH} for update skip locked)`.execute(db);
}
