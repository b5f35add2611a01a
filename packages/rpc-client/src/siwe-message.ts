import type { Address, AuthNonce } from '@fourmica/core-types';

/**
 * Writes the Sign-In with Ethereum message (EIP-4361) for a login challenge. Nothing of the challenge is reformatted: the
 * core compares its own texts with the message.
 */
export function buildSiweMessage(address: Address, { nonce, siwe }: AuthNonce): string {
  const statement = siwe.statement.trim() === '' ? [] : [siwe.statement];
  return [
    `${siwe.domain} wants you to sign in with your Ethereum account:`,
    address,
    '',
    ...statement,
    '',
    `URI: ${siwe.uri}`,
    'Version: 1',
    `Chain ID: ${siwe.chainId}`,
    `Nonce: ${nonce}`,
    `Issued At: ${siwe.issuedAt}`,
    `Expiration Time: ${siwe.expiration}`,
  ].join('\n');
}
