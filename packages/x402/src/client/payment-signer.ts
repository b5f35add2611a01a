import {
  type Address,
  type Eip712Domain,
  type EvmSigner,
  type PaymentSignature,
  parseAddress,
  parseWireAddress,
  type RequestClaims,
  type SigningScheme,
  ValidationError,
} from '@fourmica/core-types';
import { signRequestClaims } from '@fourmica/eip712-claims';

/** Somebody who can sign guarantee request claims, such as `client.user` of the SDK. */
export interface PaymentSigner {
  signPayment(claims: RequestClaims, scheme?: SigningScheme): Promise<PaymentSignature>;
  /** Chain that the signer signs for; offers of other chains are refused when it is known. */
  readonly chainId?: bigint | undefined;
}

/** A signer that knows its own address. */
export interface Payer extends PaymentSigner {
  readonly address: Address;
}

/**
 * Makes a payer of a wallet, without a core and without a client.
 *
 * @param domain - EIP-712 domain of the network's core: `eip712Name`, `eip712Version` and `chainId` of its parameters.
 */
export const createPayer = (signer: EvmSigner, domain: Eip712Domain): Payer => ({
  address: parseWireAddress(signer.address, 'signer.address'),
  chainId: domain.chainId,
  signPayment: (claims, scheme) => signRequestClaims(signer, domain, claims, scheme),
});

/** The part of the SDK's client that pays. */
export interface PayingClient {
  readonly user: PaymentSigner;
  readonly signer?: { readonly address: string } | undefined;
  readonly params?: { readonly chainId: bigint } | undefined;
}

/**
 * Makes a payer of an SDK client: it signs with `client.user`, for the client's network only.
 *
 * @param address - the payer; default is the address of `client.signer`.
 * @throws ValidationError when neither is an address.
 */
export function payerOfClient(client: PayingClient, address = client.signer?.address): Payer {
  if (address === undefined) {
    throw new ValidationError(
      'client',
      client,
      'a client with a signer: give the ConfigBuilder a key or a wallet',
    );
  }
  return {
    address: parseAddress(address, 'address'),
    chainId: client.params?.chainId,
    signPayment: (claims, scheme) => client.user.signPayment(claims, scheme),
  };
}
