import type { Address } from '@fourmica/core-types';
import { verifyAccessToken } from './access-token.js';
import type { AuthConfig } from './auth-config.js';
import { unauthenticated } from './auth-refusal.js';
import type { Role, Scope } from './grant.js';

/** Who makes a request. Where a login is optional, a request without a token is anonymous and has every scope. */
export type Caller =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'wallet';
      readonly address: Address;
      readonly role: Role;
      readonly scopes: ReadonlySet<Scope>;
    };

export const ANONYMOUS: Caller = { kind: 'anonymous' };

/**
 * Finds out who makes a request from its `authorization` header.
 *
 * @throws AuthRefusalError 401 for a header that does not hold, and for none where a login is required.
 */
export async function authenticateCaller(
  headers: { readonly authorization?: string | undefined },
  config: AuthConfig,
  nowMs: number,
): Promise<Caller> {
  const header = headers.authorization?.trim();
  if (header === undefined || header === '') {
    if (config.authMode === 'optional') return ANONYMOUS;
    throw unauthenticated('missing authorization');
  }
  const [, prefix, token] = /^(bearer)(?:\s+(.*))?$/i.exec(header) ?? [];
  if (prefix === undefined) throw unauthenticated('invalid authorization');
  if (token === undefined || token === '') throw unauthenticated('missing bearer token');
  const { address, role, scopes } = await verifyAccessToken(token, config, nowMs);
  return { kind: 'wallet', address, role, scopes: new Set(scopes) };
}
