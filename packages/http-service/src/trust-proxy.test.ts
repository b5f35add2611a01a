import { expect, it } from 'vitest';
import { parseTrustedProxies } from './trust-proxy.js';

it.each([
  [undefined, undefined],
  ['0', undefined],
  ['1', 1],
  ['loopback', ['loopback']],
  ['10.0.0.0/8, 192.0.2.7,2001:db8::/32', ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']],
])('TRUST_PROXY=%s', (text, expected) => {
  expect(parseTrustedProxies(text)).toEqual(expected);
});

it.each([
  'true',
  '*',
  '11',
  '-1',
  '0.0.0.0/0',
  '::/0',
  '10.0.0.0/33',
  '10.0.0',
  'proxy.example',
  'loopback,,',
])('refuses TRUST_PROXY=%s, which would trust everybody or nobody', (text) => {
  expect(() => parseTrustedProxies(text)).toThrow(/^TRUST_PROXY: /);
});
