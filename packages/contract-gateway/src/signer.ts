import { stripHexPrefix, ValidationError } from '@fourmica/core-types';
import { BaseWallet, type Provider, type Signer, SigningKey } from 'ethers';

const PRIVATE_KEY = /^(?:0x)?[0-9a-f]{64}$/i;

/**
 * Creates a signer from a private key: 32 bytes of hex, `0x` optional.
 *
 * @throws ValidationError, which never repeats the key.
 */
export function signerFromPrivateKey(privateKey: string, provider: Provider): Signer {
  if (!PRIVATE_KEY.test(privateKey)) throw invalidKey();
  try {
    // `Wallet` would bring keystore files and word lists into every bundle.
    return new BaseWallet(new SigningKey(`0x${stripHexPrefix(privateKey)}`), provider);
  } catch {
    // The number is zero or beyond the group order.
    throw invalidKey();
  }
}

const invalidKey = (): ValidationError =>
  new ValidationError('privateKey', '(hidden)', 'a private key: 32 bytes as 64 hex digits');
