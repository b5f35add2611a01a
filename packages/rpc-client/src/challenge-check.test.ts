import type { AuthNonce } from '@fourmica/core-types';
import { describe, expect, it } from 'vitest';
import { checkChallenge } from './challenge-check.js';
import { AuthChallengeRefusedError } from './errors.js';

const challenge = (siwe: Partial<AuthNonce['siwe']>): AuthNonce => ({
  nonce: 'abcdef0123456789',
  siwe: {
    domain: 'core.example',
    uri: 'https://core.example',
    chainId: 84532n,
    statement: 'Sign in to 4mica.',
    expiration: '2026-05-04T10:05:00Z',
    issuedAt: '2026-05-04T10:00:00Z',
    ...siwe,
  },
});
const authUrl = new URL('https://core.example/base/');

describe('T-9: a login is signed only for the service that asks for it', () => {
  it.each([
    ['the host', {}],
    ['another case', { domain: 'CORE.example' }],
    ['a path in the uri', { uri: 'https://core.example/login' }],
    ['http behind a TLS proxy', { uri: 'http://core.example' }],
  ])('accepts %s', (_, siwe) => {
    expect(() => checkChallenge(challenge(siwe), { authUrl, expectedChainId: 84532n })).not.toThrow();
  });

  it.each([
    ['domain', { domain: 'bank.example' }],
    ['domain', { domain: 'core.example.evil.example' }],
    ['uri', { uri: 'https://bank.example' }],
    ['uri', { uri: 'https://core.example@bank.example' }],
    ['uri', { uri: 'https://core.example:8443' }],
    ['uri', { uri: 'javascript://core.example/' }],
    ['uri', { uri: 'no url' }],
    ['chainId', { chainId: 1n }],
  ])('refuses another %s (case %#)', (member, siwe) => {
    const check = () => checkChallenge(challenge(siwe), { authUrl, expectedChainId: 84532n });
    expect(check).toThrow(AuthChallengeRefusedError);
    expect(check).toThrow(`siwe.${member}`);
  });

  it('takes the domain without its port, which is the default of existing cores', () => {
    const local = new URL('http://127.0.0.1:3000');
    const siwe = { domain: '127.0.0.1', uri: 'http://127.0.0.1:3000' };
    expect(() => checkChallenge(challenge(siwe), { authUrl: local })).not.toThrow();
    const otherPort = { ...siwe, uri: 'http://127.0.0.1:4000' };
    expect(() => checkChallenge(challenge(otherPort), { authUrl: local })).toThrow('siwe.uri');
  });

  it('with expectedDomain accepts exactly that domain', () => {
    const expected = { authUrl, expectedDomain: 'inner.example' };
    const inner = { domain: 'inner.example', uri: 'http://inner.example:3000' };
    expect(() => checkChallenge(challenge(inner), expected)).not.toThrow();
    expect(() => checkChallenge(challenge({}), expected)).toThrow('siwe.domain');
    expect(() => checkChallenge(challenge({ ...inner, uri: 'https://bank.example' }), expected)).toThrow(
      'siwe.uri',
    );
  });
});
