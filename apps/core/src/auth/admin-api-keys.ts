import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import {
  ADMIN_API_KEY_PREFIX,
  ADMIN_SCOPES,
  type AdminApiKeyInfo,
  type AdminScope,
  type CreateAdminApiKeyRequest,
  type CreatedAdminApiKey,
} from '@fourmica/core-types';
import { pagingByTime, type Slice, type TimePosition } from '@fourmica/http-service';
import { isBehind } from '../store/page.js';
import { AuthRefusalError, forbidden, invalidRequest, unauthenticated } from './auth-refusal.js';
import { readTexts, writeTexts } from './json-texts.js';
import type { AuthDb } from './tables.js';

const KEY = /^ak_([0-9a-f]{32})\.([0-9a-f]{64})$/;
const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;
const BOOTSTRAP_NAME = 'bootstrap-admin';
const MIN_SEED_BYTES = 32;
/** Compared with when the key id is unknown, so that the answer takes as long as for a known one. */
const NO_SECRET_HASH = '0'.repeat(64);

/**
 * Creates an admin API key.
 *
 * @returns the key with its text, which is not stored and cannot be shown again.
 * @throws AuthRefusalError 400 for a blank name, no scopes or an unknown scope.
 */
export async function createAdminApiKey(
  db: AuthDb,
  request: CreateAdminApiKeyRequest,
  nowMs: number,
): Promise<CreatedAdminApiKey> {
  const name = request.name.trim();
  if (name === '') throw invalidRequest('name is required');
  const scopes = normalizeScopes(request.scopes);
  const id = randomUUID();
  const secret = randomBytes(32).toString('hex');
  await db
    .insertInto('admin_api_keys')
    .values({
      id,
      name,
      scopes: writeTexts(scopes),
      secret_hash: sha256Hex(secret),
      created_at_ms: BigInt(nowMs),
      revoked_at_ms: null,
    })
    .execute();
  return { id, name, scopes, createdAt: Math.floor(nowMs / 1000), apiKey: keyText(id, secret) };
}

/** Lists a part of the admin API keys, newest first. */
export async function listAdminApiKeys(
  db: AuthDb,
  { limit, after }: Slice<TimePosition>,
): Promise<readonly AdminApiKeyRow[]> {
  const query = db
    .selectFrom('admin_api_keys')
    .select(INFO_COLUMNS)
    .orderBy('created_at_ms', 'desc')
    .orderBy('id')
    .limit(limit);
  if (after === undefined) return query.execute();
  return query.where(isBehind(after, 'created_at_ms', 'id')).execute();
}

/** Where a part of the list of admin API keys ends. */
export const ADMIN_API_KEY_PAGING = pagingByTime<AdminApiKeyRow>(
  ({ created_at_ms, id }) => ({ ms: created_at_ms, id }),
  '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
);

/**
 * Revokes an admin API key; once more gives the time of the first revocation.
 *
 * @throws AuthRefusalError 400 for an id that is no UUID, 404 for an unknown one.
 */
export async function revokeAdminApiKey(db: AuthDb, id: string, nowMs: number): Promise<AdminApiKeyInfo> {
  const groups = UUID.exec(id);
  if (groups === null) throw invalidRequest('invalid api key id');
  const uuid = groups.slice(1).join('-').toLowerCase();
  const row = await db
    .updateTable('admin_api_keys')
    .set((column) => ({
      revoked_at_ms: column.fn.coalesce('revoked_at_ms', column.val(BigInt(nowMs))),
    }))
    .where('id', '=', uuid)
    .returning(INFO_COLUMNS)
    .executeTakeFirst();
  if (row === undefined) throw new AuthRefusalError('AUTH_NOT_FOUND', `api key ${uuid} not found`);
  return adminApiKeyInfo(row);
}

/**
 * Checks the `x-api-key` header of a request: secret first and in constant time, then revocation, then scope, so that
 * nobody learns anything about a key without its secret.
 *
 * @throws AuthRefusalError 401, and 403 `missing scope`.
 */
export async function requireAdminApiKey(
  db: AuthDb,
  header: string | undefined,
  scope: AdminScope,
): Promise<void> {
  const text = header?.trim();
  if (text === undefined || text === '') throw unauthenticated('missing api key');
  const [, id, secret] = KEY.exec(text) ?? [];
  if (id === undefined || secret === undefined) throw unauthenticated('invalid api key');
  const row = await db
    .selectFrom('admin_api_keys')
    .select(['secret_hash', 'scopes', 'revoked_at_ms'])
    .where('id', '=', uuidOf(id))
    .executeTakeFirst();
  const isRight = isSameHash(sha256Hex(secret), row?.secret_hash ?? NO_SECRET_HASH);
  if (row === undefined || !isRight) throw unauthenticated('invalid api key');
  if (row.revoked_at_ms !== null) throw unauthenticated('api key revoked');
  if (!readTexts(row.scopes).includes(scope)) throw forbidden('missing scope');
}

/**
 * Derives the text of the admin API key that a core with this seed has from its start. A secret: never log it.
 *
 * @param seed - at least 32 bytes (4Mica wire spec: admin API keys).
 * @throws AuthRefusalError for a shorter one.
 */
export function adminApiKeyOfSeed(seed: string): string {
  const { id, secret } = bootstrapKeyOf(seed);
  return keyText(id, secret);
}

/**
 * Makes sure that the first admin API key exists, derived from the operator's seed, so that an operator who has the seed
 * always has a key. It is active after every start.
 *
 * @param seed - at least 32 bytes.
 * @throws AuthRefusalError for a shorter one.
 */
export async function bootstrapAdminApiKey(db: AuthDb, seed: string, nowMs: number): Promise<void> {
  const { id, secret } = bootstrapKeyOf(seed);
  await db
    .insertInto('admin_api_keys')
    .values({
      id,
      name: BOOTSTRAP_NAME,
      scopes: writeTexts([...ADMIN_SCOPES].sort()),
      secret_hash: sha256Hex(secret),
      created_at_ms: BigInt(nowMs),
      revoked_at_ms: null,
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({
        scopes: writeTexts([...ADMIN_SCOPES].sort()),
        revoked_at_ms: null,
      }),
    )
    .execute();
}

function bootstrapKeyOf(seed: string): { readonly id: string; readonly secret: string } {
  if (Buffer.byteLength(seed, 'utf8') < MIN_SEED_BYTES) {
    throw invalidRequest(`the seed of the bootstrap key needs at least ${MIN_SEED_BYTES} bytes`);
  }
  return {
    id: uuidOf(sha256Hex(`4mica:core:bootstrap:id:${seed}`).slice(0, 32)),
    secret: sha256Hex(`4mica:core:bootstrap:secret:${seed}`),
  };
}

const INFO_COLUMNS = ['id', 'name', 'scopes', 'created_at_ms', 'revoked_at_ms'] as const;

/** What is told of an admin API key. */
export interface AdminApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: string;
  readonly created_at_ms: bigint;
  readonly revoked_at_ms: bigint | null;
}

/** An admin API key as clients see it. */
export const adminApiKeyInfo = (row: AdminApiKeyRow): AdminApiKeyInfo => ({
  id: row.id,
  name: row.name,
  scopes: readTexts(row.scopes),
  createdAt: secondsOf(row.created_at_ms),
  revokedAt: row.revoked_at_ms === null ? null : secondsOf(row.revoked_at_ms),
});

function normalizeScopes(given: readonly string[]): readonly AdminScope[] {
  const scopes = [...new Set(given.map((scope) => scope.trim().toLowerCase()))].sort();
  if (scopes.length === 0) throw invalidRequest('at least one scope is required');
  return scopes.map((scope) => {
    const known = ADMIN_SCOPES.find((candidate) => candidate === scope);
    if (known === undefined) throw invalidRequest(`invalid scope: ${scope}`);
    return known;
  });
}

const secondsOf = (ms: bigint): number => Number(ms / 1000n);
const sha256Hex = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
const isSameHash = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b));
const keyText = (id: string, secret: string): string =>
  `${ADMIN_API_KEY_PREFIX}${id.replaceAll('-', '')}.${secret}`;
const uuidOf = (digits: string): string => digits.replace(UUID, '$1-$2-$3-$4-$5').toLowerCase();
