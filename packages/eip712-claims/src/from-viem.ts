import type { EvmSigner, Hex } from '@fourmica/core-types';
import { parseAddress, ValidationError } from '@fourmica/core-types';
import { primaryTypeOf } from './hash-typed-data.js';

/** What signs in viem. */
interface ViemSigning {
  signTypedData(parameters: ViemTypedData): Promise<Hex>;
  signMessage(parameters: ViemMessage): Promise<Hex>;
}

/** The part of a viem account that is used: `privateKeyToAccount`, `mnemonicToAccount`, `toAccount`. */
export interface ViemAccount extends ViemSigning {
  readonly address: Hex;
}

/** The part of a viem `WalletClient` that is used to sign, with its account: a key at hand, or one inside a wallet. */
export interface ViemSigningClient extends ViemSigning {
  readonly account?: { readonly address: Hex } | undefined;
}

/** Parameters of `signTypedData` of viem. */
export interface ViemTypedData {
  domain: { name: string; version: string; chainId: bigint };
  types: Record<string, readonly { name: string; type: string }[]>;
  primaryType: string;
  message: Record<string, unknown>;
}

/** Parameters of `signMessage` of viem. */
export interface ViemMessage {
  message: string | { raw: Uint8Array };
}

/**
 * Makes a signer of a viem account, or of a viem wallet client with an account, such as a browser wallet.
 *
 * @throws ValidationError when it cannot sign or has no account.
 */
export function fromViem(wallet: ViemAccount | ViemSigningClient): EvmSigner {
  const account = viemAccountOf(wallet);
  return {
    address: parseAddress(account.address, 'account.address'),
    signTypedData: (domain, types, message) =>
      account.signTypedData({
        domain: { ...domain },
        types: { ...types },
        primaryType: primaryTypeOf(types),
        message: { ...message },
      }),
    signMessage: (message) =>
      account.signMessage({ message: typeof message === 'string' ? message : { raw: message } }),
  };
}

/**
 * Makes a viem account of a wallet client with an account; an account stays what it is.
 *
 * @throws ValidationError when it cannot sign or has no account.
 */
export function viemAccountOf(wallet: ViemAccount | ViemSigningClient): ViemAccount {
  if (typeof wallet?.signTypedData !== 'function' || typeof wallet.signMessage !== 'function') {
    throw new ValidationError('account', wallet, 'a viem account or wallet client that can sign');
  }
  if ('address' in wallet) return wallet;
  const address = wallet.account?.address;
  if (address === undefined) {
    throw new ValidationError('account', wallet, 'a viem wallet client with an account');
  }
  return {
    address,
    signTypedData: (parameters) => wallet.signTypedData(parameters),
    signMessage: (parameters) => wallet.signMessage(parameters),
  };
}
