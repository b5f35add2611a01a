import type { Address, EvmSigner, Hex } from '@fourmica/core-types';
import { parseAddress, ValidationError } from '@fourmica/core-types';
import { primaryTypeOf } from './hash-typed-data.js';

/** The part of a viem account that is used: `privateKeyToAccount`, `mnemonicToAccount`, `toAccount`. */
export interface ViemAccount {
  readonly address: Hex;
  signTypedData(parameters: ViemTypedData): Promise<Hex>;
  signMessage(parameters: { message: string | { raw: Uint8Array } }): Promise<Hex>;
}

/** Parameters of `signTypedData` of viem. */
export interface ViemTypedData {
  domain: { name: string; version: string; chainId: bigint };
  types: Record<string, readonly { name: string; type: string }[]>;
  primaryType: string;
  message: Record<string, unknown>;
}

/** Makes a signer of a viem account. */
export function fromViem(account: ViemAccount): EvmSigner {
  return {
    address: addressOf(account),
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

function addressOf(account: ViemAccount): Address {
  if (typeof account.signTypedData !== 'function' || typeof account.signMessage !== 'function') {
    throw new ValidationError('account', account, 'a viem account that can sign');
  }
  return parseAddress(account.address, 'account.address');
}
