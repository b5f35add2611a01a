import { describe, expect, it } from 'vitest';
import { AuthNonceSchema, AuthTokensSchema } from './auth-tokens.js';
import { encodeWith, parseWith } from './schema.js';

const nonce = {
  nonce: '0f9d0c3e-7a44-4f0b-9a55-7d0c3b1e6a10',
  siwe: {
    domain: '127.0.0.1',
    uri: 'http://127.0.0.1:3000',
    chainId: 84532,
    statement: 'Sign in to 4mica.',
    expiration: '2026-05-04T10:05:00.123456789+00:00',
    issuedAt: '2026-05-04T10:00:00.123456789+00:00',
  },
};

describe('AuthNonceSchema', () => {
  it('keeps timestamps as they are and reads the chain id exactly', () => {
    const parsed = parseWith(AuthNonceSchema, nonce, 'nonce');
    expect(parsed.siwe.issuedAt).toBe(nonce.siwe.issuedAt);
    expect(parsed.siwe.chainId).toBe(84532n);
  });

  it.each([
    ['statement', 'Sign in.\n\nURI: https://bank.example'],
    ['domain', 'a.example wants'],
    ['uri', 'https://a.example\nNonce: x'],
    ['issuedAt', 'yesterday'],
  ])('refuses a %s that would change the shape of the message', (member, value) => {
    const hostile = { ...nonce, siwe: { ...nonce.siwe, [member]: value } };
    expect(() => parseWith(AuthNonceSchema, hostile, 'nonce')).toThrow(`nonce.siwe.${member}`);
  });
});

describe('AuthTokensSchema', () => {
  const tokens = { accessToken: 'a', refreshToken: 'r', expiresIn: 900 };

  it('reads snake_case and camelCase and writes snake_case', () => {
    const wire = { access_token: 'a', refresh_token: 'r', expires_in: 900 };
    expect(parseWith(AuthTokensSchema, wire, 'tokens')).toEqual(tokens);
    expect(parseWith(AuthTokensSchema, tokens, 'tokens')).toEqual(tokens);
    expect(encodeWith(AuthTokensSchema, tokens, 'tokens')).toEqual(wire);
  });

  it.each([
    [{ access_token: 'a', expires_in: 900 }, 'refresh_token'],
    [{ access_token: '', refresh_token: 'r', expires_in: 900 }, 'access_token'],
    [{ access_token: 'a\r\nx: y', refresh_token: 'r', expires_in: 900 }, 'access_token'],
    [{ access_token: 'a', refresh_token: 'r', expires_in: 0 }, 'expires_in'],
  ])('refuses %j and names the member', (wire, member) => {
    expect(() => parseWith(AuthTokensSchema, wire, 'tokens')).toThrow(`tokens.${member}`);
  });
});
