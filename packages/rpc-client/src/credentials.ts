import { AuthConfigError } from './errors.js';

/** Where the bearer token of a call comes from. */
export interface TokenProvider {
  /** Resolves to a token that is valid now, logging in or refreshing when needed. */
  accessToken(options?: { readonly signal?: AbortSignal | undefined }): Promise<string>;
  /** Forgets `rejectedToken` after the core refused it; when it is not the present one any more, nothing happens. */
  invalidate?(rejectedToken: string): void;
}

const BEARER_PREFIX = /^bearer(?:\s+|$)/i;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * Reads a bearer token given with or without the word `Bearer` in front.
 *
 * @returns the token alone.
 * @throws AuthConfigError for an empty token or one that cannot stand in a header; the error does not show it.
 */
export function normalizeBearerToken(token: string): string {
  return headerText('bearerToken', token.trim().replace(BEARER_PREFIX, ''));
}

/** Checks that a secret can stand in a header; fetch would otherwise print it in its own error. */
export function headerText(name: string, secret: string): string {
  if (VISIBLE_ASCII.test(secret)) return secret;
  throw new AuthConfigError(
    'AUTH_CONFIG_INVALID',
    `${name}: expected visible ASCII characters without blanks (the value is not shown because it is a secret)`,
    { field: name },
  );
}
