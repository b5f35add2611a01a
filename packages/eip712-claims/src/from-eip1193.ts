import {
  bytesToHex,
  type Eip712Domain,
  type Eip712Types,
  type EvmSigner,
  type Hex,
  parseWireAddress,
  ValidationError,
} from '@fourmica/core-types';
import { encodeUtf8 } from '@fourmica/core-types/abi';
import { SigningError } from './errors.js';
import { primaryTypeOf } from './hash-typed-data.js';

/**
 * The part of an EIP-1193 provider that is used: `window.ethereum`, a wallet found by EIP-6963, a viem client, or an ethers
 * provider as `{ request: ({ method, params }) => provider.send(method, params) }`.
 */
export interface Eip1193Provider {
  request(call: { method: string; params?: unknown }): Promise<unknown>;
}

const DOMAIN_TYPE = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
] as const;

/**
 * Makes a signer of an injected wallet (EIP-1193), which asks its user before it signs. Wallets refuse typed data of
 * another chain than the one that they are switched to.
 *
 * @param account - an account of the wallet; by default the user is asked for one (`eth_requestAccounts`).
 * @throws SigningError `SIGNER_FAILED` when the user grants no account.
 * @throws ValidationError for an account that is no address.
 */
export async function fromEip1193(provider: Eip1193Provider, account?: string): Promise<EvmSigner> {
  const address = parseWireAddress(account ?? (await grantedAccount(provider)), 'account');
  return {
    address,
    signTypedData: async (domain, types, message): Promise<Hex> => {
      const typedData = serializeTypedData(domain, types, message);
      return (await provider.request({
        method: 'eth_signTypedData_v4',
        params: [address, typedData],
      })) as Hex;
    },
    signMessage: async (message): Promise<Hex> => {
      const bytes = typeof message === 'string' ? encodeUtf8(message, 'message') : message;
      return (await provider.request({
        method: 'personal_sign',
        params: [bytesToHex(bytes), address],
      })) as Hex;
    },
  };
}

async function grantedAccount(provider: Eip1193Provider): Promise<unknown> {
  const accounts = await askForAccounts(provider);
  if (Array.isArray(accounts) && accounts.length > 0) return accounts[0];
  throw new ValidationError('eth_requestAccounts', accounts, 'at least one account of the wallet');
}

async function askForAccounts(provider: Eip1193Provider): Promise<unknown> {
  try {
    return await provider.request({ method: 'eth_requestAccounts' });
  } catch (cause) {
    const message = 'signer: the wallet granted no account; ask its user to connect it, and see the cause';
    throw new SigningError('SIGNER_FAILED', message, {}, { cause });
  }
}

/** JSON as `eth_signTypedData_v4` takes it: the domain's type spelled out, integers as decimal text. */
const serializeTypedData = (
  { name, version, chainId }: Eip712Domain,
  types: Eip712Types,
  message: Readonly<Record<string, unknown>>,
): string =>
  JSON.stringify(
    {
      types: { EIP712Domain: DOMAIN_TYPE, ...types },
      primaryType: primaryTypeOf(types),
      domain: { name, version, chainId },
      message,
    },
    (_, value) => (typeof value === 'bigint' ? value.toString() : value),
  );
