import { parseAddress } from '@fourmica/core-types';
import { describe, expect, it } from 'vitest';
import { checkSiweMessage } from './siwe-check.js';
import type { SiweMessage } from './siwe-parser.js';

const now = Date.parse('2026-05-04T10:00:00.000Z');
const at = (offsetMs: number) => new Date(now + offsetMs).toISOString();
const address = parseAddress('0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1');
const expected = {
  address,
  chainId: 84532n,
  nonceTtlSecs: 300,
  domain: 'core.example',
  uri: 'https://core.example',
  statement: 'Sign in to 4mica.',
};
const message: SiweMessage = {
  domain: 'core.example',
  address,
  statement: 'Sign in to 4mica.',
  uri: 'https://core.example',
  version: '1',
  chainId: 84532n,
  nonce: 'n',
  issuedAt: at(0),
  expirationTime: at(300_000),
};
const check = (change: Partial<SiweMessage>) => () =>
  checkSiweMessage({ ...message, ...change }, expected, now);

describe('checkSiweMessage', () => {
  it.each<[string, Partial<SiweMessage>]>([
    ['as written', {}],
    ['domain in another case', { domain: 'CORE.example' }],
    ['blanks around uri and statement', { uri: ' https://core.example ', statement: ' Sign in to 4mica. ' }],
    ['issued 30 s ahead', { issuedAt: at(30_000) }],
    ['as old as a nonce', { issuedAt: at(-300_000) }],
    ['expiring right now', { expirationTime: at(0) }],
    ['without expiration', { expirationTime: undefined }],
    ['valid from right now', { notBefore: at(0) }],
  ])('accepts a message %s', (_, change) => {
    expect(check(change)).not.toThrow();
  });

  it.each<[number, string, Partial<SiweMessage>]>([
    [401, 'address mismatch', { address: parseAddress(`0x${'11'.repeat(20)}`) }],
    [401, 'invalid siwe version', { version: '2' }],
    [401, 'invalid chain id', { chainId: 1n }],
    [401, 'siwe domain mismatch', { domain: 'core.example:443' }],
    [401, 'siwe uri mismatch', { uri: 'https://core.example/' }],
    [401, 'siwe statement mismatch', { statement: undefined }],
    [400, 'invalid issued_at timestamp', { issuedAt: 'now' }],
    [401, 'siwe issued_at is too far in the future', { issuedAt: at(30_001) }],
    [401, 'siwe issued_at is too old', { issuedAt: at(-300_001) }],
    [400, 'invalid expiration timestamp', { expirationTime: 'later' }],
    [401, 'message expired', { expirationTime: at(-1) }],
    [400, 'invalid not_before timestamp', { notBefore: 'soon' }],
    [401, 'message not valid yet', { notBefore: at(1) }],
  ])('refuses with %i %s', (status, text, change) => {
    expect(check(change)).toThrow(expect.objectContaining({ status, message: text }));
  });

  it('reports the first failure in the order of the list', () => {
    expect(check({ version: '2', chainId: 1n, issuedAt: 'now' })).toThrow('invalid siwe version');
  });
});
