import { ADMIN_API_KEY_HEADER, type AdminScope, type Clock } from '@fourmica/core-types';
import { requireAdmin } from './access-rules.js';
import { requireAdminApiKey } from './admin-api-keys.js';
import type { AuthConfig } from './auth-config.js';
import { authenticateCaller } from './caller.js';
import type { AuthDb } from './tables.js';

/** Headers that can carry a right. */
export interface CredentialHeaders {
  readonly authorization?: string | undefined;
  readonly [ADMIN_API_KEY_HEADER]?: string | readonly string[] | undefined;
}

/** Reads the `x-api-key` header; several of them count as none that is right. */
export function apiKeyOf(headers: CredentialHeaders): string | undefined {
  const value = headers[ADMIN_API_KEY_HEADER];
  return typeof value === 'string' ? value : value?.join();
}

/**
 * Checks that a request comes from an administrator: an admin API key with the scope, or the access token of an admin.
 *
 * @throws AuthRefusalError 401 or 403.
 */
export async function requireAdminRight(
  headers: CredentialHeaders,
  scope: AdminScope,
  { db, clock, config }: { readonly db: AuthDb; readonly clock: Clock; readonly config: AuthConfig },
): Promise<void> {
  const apiKey = apiKeyOf(headers);
  if (apiKey !== undefined) return requireAdminApiKey(db, apiKey, scope);
  requireAdmin(await authenticateCaller(headers, config, clock.nowMs()));
}
