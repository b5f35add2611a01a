import { randomBytes } from 'node:crypto';
import { FourMicaError, toSafeNumber } from '@fourmica/core-types';
import { TOKEN_SCOPES } from '@fourmica/core-types/wallet-roles';
import { parseScope, type Scope } from './grant.js';

/** Settings of logins and tokens as an operator writes them. */
export interface AuthSettings {
  /** Secret of the access tokens, at least 32 bytes. */
  readonly jwtSecret?: string | undefined;
  /** Default `4mica-core`. */
  readonly jwtIssuer?: string | undefined;
  /** Default `4mica`. */
  readonly jwtAudience?: string | undefined;
  /** Default 900. */
  readonly accessTtlSecs?: number | undefined;
  /** Default 2,592,000 (30 days), counted anew with every refresh. */
  readonly refreshTtlSecs?: number | undefined;
  /** Default 300; also the greatest age of a login message. */
  readonly nonceTtlSecs?: number | undefined;
  /** Default: the host that the core listens on. */
  readonly siweDomain?: string | undefined;
  /** Default: `http://`, the domain and the port that the core listens on. */
  readonly siweUri?: string | undefined;
  /** Default `Sign in to 4mica.`; empty = none. */
  readonly siweStatement?: string | undefined;
  /** Scopes of wallets that have no entry in the role table; default all three. */
  readonly defaultScopes?: readonly string[] | undefined;
  /** Unused nonces that one client may hold for one address; default 20. */
  readonly nonceLimitPerAddress?: number | undefined;
  /** Unused nonces that one client may hold altogether; default 300. */
  readonly nonceLimitPerClient?: number | undefined;
}

/** What the auth module has to know about the core around it. */
export interface AuthSurroundings {
  readonly authMode: 'required' | 'optional';
  readonly chainId: bigint;
  readonly host: string;
  /** Port that the core listens on; asked for when a login message is made or checked. */
  readonly port: () => number;
}

/** What a login message has to say about its service. */
export interface SiweIdentity {
  readonly domain: string;
  readonly uri: string;
  readonly statement: string;
}

/** Checked settings of the auth module. */
export interface AuthConfig {
  readonly authMode: 'required' | 'optional';
  readonly chainId: bigint;
  readonly jwtKey: Uint8Array;
  readonly jwtIssuer: string;
  readonly jwtAudience: string;
  readonly accessTtlSecs: number;
  readonly refreshTtlSecs: number;
  readonly nonceTtlSecs: number;
  readonly siwe: () => SiweIdentity;
  readonly defaultScopes: readonly Scope[];
  readonly nonceLimitPerAddress: number;
  readonly nonceLimitPerClient: number;
}

/** A setting that the auth module cannot work with. The value is never shown, because it may be a secret. */
export class AuthConfigError extends FourMicaError<'CONFIG_INVALID', { readonly field: string }> {
  override readonly name = 'ConfigError';

  constructor(field: string, problem: string) {
    super('CONFIG_INVALID', `${field}: ${problem}`, { field });
  }
}

const MIN_SECRET_BYTES = 32;
const KNOWN_DEFAULT_SECRET = 'dev-insecure-change-me';
const MAX_TTL_SECS = 10 * 365 * 86_400;

/**
 * Checks the settings and fills in the defaults.
 *
 * @throws AuthConfigError naming the setting, also for a JWT secret that could be guessed.
 */
export function resolveAuthConfig(settings: AuthSettings, surroundings: AuthSurroundings): AuthConfig {
  toSafeNumber(surroundings.chainId, 'chainId');
  return {
    authMode: surroundings.authMode,
    chainId: surroundings.chainId,
    jwtKey: jwtKeyOf(settings.jwtSecret, surroundings.authMode),
    jwtIssuer: filled('AUTH_JWT_ISSUER', settings.jwtIssuer ?? '4mica-core'),
    jwtAudience: filled('AUTH_JWT_AUDIENCE', settings.jwtAudience ?? '4mica'),
    accessTtlSecs: positive('AUTH_ACCESS_TTL_SECS', settings.accessTtlSecs ?? 900, MAX_TTL_SECS),
    refreshTtlSecs: positive('AUTH_REFRESH_TTL_SECS', settings.refreshTtlSecs ?? 2_592_000, MAX_TTL_SECS),
    nonceTtlSecs: positive('AUTH_NONCE_TTL_SECS', settings.nonceTtlSecs ?? 300, MAX_TTL_SECS),
    siwe: siweIdentityOf(settings, surroundings),
    defaultScopes: (settings.defaultScopes ?? TOKEN_SCOPES).map(knownScope),
    nonceLimitPerAddress: positive('AUTH_NONCE_LIMIT_PER_ADDRESS', settings.nonceLimitPerAddress ?? 20, 1e6),
    nonceLimitPerClient: positive('AUTH_NONCE_LIMIT_PER_CLIENT', settings.nonceLimitPerClient ?? 300, 1e6),
  };
}

/** Without a secret, an optional login gets one that lives as long as the process. */
function jwtKeyOf(secret: string | undefined, authMode: 'required' | 'optional'): Uint8Array {
  if (secret === undefined) {
    if (authMode === 'optional') return randomBytes(MIN_SECRET_BYTES);
    throw new AuthConfigError('AUTH_JWT_SECRET', `is required when AUTH_MODE=required. ${SECRET_ADVICE}`);
  }
  const bytes = new TextEncoder().encode(secret);
  if (secret.trim() === KNOWN_DEFAULT_SECRET) {
    throw new AuthConfigError('AUTH_JWT_SECRET', `is a publicly known default. ${SECRET_ADVICE}`);
  }
  if (bytes.length < MIN_SECRET_BYTES) {
    const problem = `has ${bytes.length} bytes, needs at least ${MIN_SECRET_BYTES}. ${SECRET_ADVICE}`;
    throw new AuthConfigError('AUTH_JWT_SECRET', problem);
  }
  if (new Set(secret).size < 8) {
    throw new AuthConfigError('AUTH_JWT_SECRET', `repeats too few different characters. ${SECRET_ADVICE}`);
  }
  return bytes;
}

const SECRET_ADVICE = 'Make one with: openssl rand -hex 32';

function siweIdentityOf(settings: AuthSettings, { host, port }: AuthSurroundings): () => SiweIdentity {
  const domain = settings.siweDomain?.trim() || hostName(host);
  if (/\s/.test(domain))
    throw new AuthConfigError('AUTH_SIWE_DOMAIN', 'is a host name with or without a port');
  const uri = settings.siweUri?.trim();
  if (uri && !URL.canParse(uri))
    throw new AuthConfigError('AUTH_SIWE_URI', 'is a URL such as https://core.example');
  const hasPort = /:[0-9]+$/.test(domain);
  const statement = settings.siweStatement ?? 'Sign in to 4mica.';
  if (/[\p{Cc}\p{Cs}]/u.test(statement))
    throw new AuthConfigError('AUTH_SIWE_STATEMENT', 'is one line of text');
  return () => ({
    domain,
    uri: uri || (hasPort ? `http://${domain}` : `http://${domain}:${port()}`),
    statement,
  });
}

/** Nobody can reach a wildcard address by its name. */
function hostName(host: string): string {
  const name = host.trim();
  if (name === '') return 'localhost';
  if (name === '0.0.0.0' || name === '::') return '127.0.0.1';
  return name.includes(':') ? `[${name}]` : name;
}

function filled(field: string, text: string): string {
  if (text.trim() === '') throw new AuthConfigError(field, 'must not be empty');
  return text;
}

function positive(field: string, value: number, max: number): number {
  if (Number.isSafeInteger(value) && value > 0 && value <= max) return value;
  throw new AuthConfigError(field, `expected an integer from 1 to ${max}`);
}

function knownScope(text: string): Scope {
  const scope = parseScope(text);
  if (scope === undefined) {
    throw new AuthConfigError('AUTH_DEFAULT_SCOPES', `expected scopes among ${TOKEN_SCOPES.join(', ')}`);
  }
  return scope;
}
