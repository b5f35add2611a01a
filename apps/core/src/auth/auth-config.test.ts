import { describe, expect, it } from 'vitest';
import {
  AuthConfigError,
  type AuthSettings,
  type AuthSurroundings,
  resolveAuthConfig,
} from './auth-config.js';

const jwtSecret = '5b7a0f1e9c3d486277b1a0c4e2f89d365b7a0f1e9c3d486277b1a0c4e2f89d36';
const surroundings: AuthSurroundings = {
  authMode: 'required',
  chainId: 84532n,
  host: '127.0.0.1',
  port: () => 3000,
};
const resolve = (settings: AuthSettings, more: Partial<AuthSurroundings> = {}) =>
  resolveAuthConfig({ jwtSecret, ...settings }, { ...surroundings, ...more });

describe('resolveAuthConfig', () => {
  it('fills in the documented defaults', () => {
    expect(resolve({})).toMatchObject({
      jwtIssuer: '4mica-core',
      jwtAudience: '4mica',
      accessTtlSecs: 900,
      refreshTtlSecs: 2592000,
      nonceTtlSecs: 300,
      defaultScopes: ['tab:create', 'tab:read', 'guarantee:issue'],
    });
  });

  it.each<[string, AuthSettings, Partial<AuthSurroundings>, string, string]>([
    ['the listening address', {}, {}, '127.0.0.1', 'http://127.0.0.1:3000'],
    ['a blank host', {}, { host: ' ' }, 'localhost', 'http://localhost:3000'],
    ['a wildcard address', {}, { host: '0.0.0.0' }, '127.0.0.1', 'http://127.0.0.1:3000'],
    ['IPv6', {}, { host: '::1' }, '[::1]', 'http://[::1]:3000'],
    [
      'a domain with port',
      { siweDomain: 'core.example:8443' },
      {},
      'core.example:8443',
      'http://core.example:8443',
    ],
    [
      'a given URI',
      { siweDomain: 'c.example', siweUri: 'https://c.example' },
      {},
      'c.example',
      'https://c.example',
    ],
  ])('names the service by %s', (_, settings, more, domain, uri) => {
    expect(resolve(settings, more).siwe()).toEqual({ domain, uri, statement: 'Sign in to 4mica.' });
  });

  it('asks for the port only when it is needed, because a free one is known late', () => {
    let port = 0;
    const config = resolve({}, { port: () => port });
    port = 4711;
    expect(config.siwe().uri).toBe('http://127.0.0.1:4711');
  });

  it.each(['dev-insecure-change-me', 'short', 'thirty-one bytes are not enough', 'a'.repeat(64)])(
    'refuses the secret %s without showing it',
    (secret) => {
      const create = () => resolve({ jwtSecret: secret });
      expect(create).toThrow(AuthConfigError);
      expect(create).toThrow(/^AUTH_JWT_SECRET: .*openssl rand -hex 32$/);
      expect(create).not.toThrow(secret);
    },
  );

  it('needs a secret where a login is required, and makes one where it is optional', () => {
    expect(() => resolveAuthConfig({}, surroundings)).toThrow('AUTH_JWT_SECRET: is required');
    const make = () => resolveAuthConfig({}, { ...surroundings, authMode: 'optional' }).jwtKey;
    expect(make()).toHaveLength(32);
    expect(make()).not.toEqual(make());
  });

  it.each<[string, AuthSettings]>([
    ['AUTH_ACCESS_TTL_SECS', { accessTtlSecs: 0 }],
    ['AUTH_REFRESH_TTL_SECS', { refreshTtlSecs: 1.5 }],
    ['AUTH_NONCE_TTL_SECS', { nonceTtlSecs: Number.NaN }],
    ['AUTH_SIWE_URI', { siweUri: 'core.example' }],
    ['AUTH_SIWE_DOMAIN', { siweDomain: 'a b' }],
    ['AUTH_SIWE_STATEMENT', { siweStatement: 'two\nlines' }],
    ['AUTH_DEFAULT_SCOPES', { defaultScopes: ['tab:write'] }],
    ['AUTH_JWT_ISSUER', { jwtIssuer: ' ' }],
  ])('refuses a wrong %s', (field, settings) => {
    expect(() => resolve(settings)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', context: { field } }),
    );
  });
});
