import type { Address } from './address.js';
import type { Hex } from './hex.js';

/** Domain of an EIP-712 message. 4Mica uses exactly these three members. */
export interface Eip712Domain {
  readonly name: string;
  readonly version: string;
  readonly chainId: bigint;
}

/** Members of the structs of an EIP-712 message, in the order in which they are hashed. */
export type Eip712Types = Readonly<
  Record<string, readonly { readonly name: string; readonly type: string }[]>
>;

/** A wallet that can sign payments and logins; a hardware wallet, a KMS or an injected wallet can stand behind it. */
export interface EvmSigner {
  readonly address: Address;
  /** Signs EIP-712 typed data; resolves to 65 bytes `r || s || v`. */
  signTypedData(
    domain: Eip712Domain,
    types: Eip712Types,
    message: Readonly<Record<string, unknown>>,
  ): Promise<Hex>;
  /** Signs an EIP-191 personal message over UTF-8 text or raw bytes; resolves to 65 bytes `r || s || v`. */
  signMessage(message: string | Uint8Array): Promise<Hex>;
}

/** How a guarantee request is signed. */
export const SigningScheme = { EIP712: 'eip712', EIP191: 'eip191' } as const;
export type SigningScheme = (typeof SigningScheme)[keyof typeof SigningScheme];

/** A payer's signature over guarantee request claims. */
export interface PaymentSignature {
  /** 65 bytes `r || s || v` as `0x` hex. */
  readonly signature: Hex;
  readonly scheme: SigningScheme;
}
