import { parseAddress } from '@fourmica/core-types';
import { expect, it } from 'vitest';
import { buildSiweMessage } from './siwe-message.js';

const challenge = {
  nonce: '0f9d0c3e-7a44-4f0b-9a55-7d0c3b1e6a10',
  siwe: {
    domain: '127.0.0.1',
    uri: 'http://127.0.0.1:3000',
    chainId: 84532n,
    statement: 'Sign in to 4mica.',
    expiration: '2026-05-04T10:05:00.123456789+00:00',
    issuedAt: '2026-05-04T10:00:00.123456789+00:00',
  },
};
const address = parseAddress('0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1');

it('writes the message line by line and copies nonce and timestamps unchanged', () => {
  expect(
    buildSiweMessage(address, challenge),
  ).toBe(`127.0.0.1 wants you to sign in with your Ethereum account:
0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1

Sign in to 4mica.

URI: http://127.0.0.1:3000
Version: 1
Chain ID: 84532
Nonce: 0f9d0c3e-7a44-4f0b-9a55-7d0c3b1e6a10
Issued At: 2026-05-04T10:00:00.123456789+00:00
Expiration Time: 2026-05-04T10:05:00.123456789+00:00`);
});

it('leaves the statement out as EIP-4361 does when it is blank', () => {
  const silent = { ...challenge, siwe: { ...challenge.siwe, statement: ' ' } };
  expect(buildSiweMessage(address, silent).split('\n').slice(1, 5)).toEqual([
    address,
    '',
    '',
    'URI: http://127.0.0.1:3000',
  ]);
});
