import type { ReceiptOptions } from '@fourmica/contract-gateway';
import type { Address, Caip2, Clock, EvmSigner } from '@fourmica/core-types';
import type { FetchLike, Tracing, TransportHooks } from '@fourmica/rpc-client';
import type { Signer } from 'ethers';

/** A signer of payments and logins: any {@link EvmSigner}, or an ethers `Signer`, which also sends transactions. */
export type PaymentSignerSource = EvmSigner | Signer;

/** The validated settings of a client. */
export interface ConfigValues {
  readonly rpcUrl: string;
  readonly network: Caip2 | undefined;
  readonly walletPrivateKey: string | undefined;
  readonly evmSigner: PaymentSignerSource | undefined;
  readonly transactionSigner: Signer | undefined;
  readonly ethereumHttpRpcUrl: string | undefined;
  readonly contractAddress: Address | undefined;
  readonly bearerToken: string | undefined;
  readonly isAuthEnabled: boolean;
  readonly authUrl: string;
  readonly authRefreshMarginSecs: number;
  readonly adminApiKey: string | undefined;
  readonly requestTimeoutMs: number | undefined;
  readonly fetch: FetchLike | undefined;
  readonly hooks: TransportHooks | undefined;
  readonly tracing: Tracing | undefined;
  readonly clock: Clock | undefined;
  readonly receipt: ReceiptOptions | undefined;
  readonly maxFeePerGas: bigint | undefined;
}

/**
 * The settings of a client, made by `ConfigBuilder`. Immutable; secrets are readable by name and appear in no JSON and
 * no printout.
 */
export class Config implements ConfigValues {
  /** Base URL of the core API. */
  readonly rpcUrl: string;
  /** Network that was asked for by name; undefined when `rpcUrl` was given instead. */
  readonly network: Caip2 | undefined;
  /** Ethereum JSON-RPC URL; undefined takes the one that the core offers. */
  readonly ethereumHttpRpcUrl: string | undefined;
  /** Core4Mica contract; undefined takes the one that the core announces. */
  readonly contractAddress: Address | undefined;
  /** Whether the client logs in with its signer. */
  readonly isAuthEnabled: boolean;
  readonly authUrl: string;
  /** Seconds before its end at which an access token is replaced. */
  readonly authRefreshMarginSecs: number;
  /** Limit of one HTTP exchange in milliseconds. */
  readonly requestTimeoutMs: number | undefined;
  readonly fetch: FetchLike | undefined;
  readonly hooks: TransportHooks | undefined;
  readonly tracing: Tracing | undefined;
  readonly clock: Clock | undefined;
  readonly receipt: ReceiptOptions | undefined;
  /** The most to pay per gas, in wei. */
  readonly maxFeePerGas: bigint | undefined;
  readonly #secrets: Pick<
    ConfigValues,
    'walletPrivateKey' | 'bearerToken' | 'adminApiKey' | 'evmSigner' | 'transactionSigner'
  >;

  constructor(values: ConfigValues) {
    this.rpcUrl = values.rpcUrl;
    this.network = values.network;
    this.ethereumHttpRpcUrl = values.ethereumHttpRpcUrl;
    this.contractAddress = values.contractAddress;
    this.isAuthEnabled = values.isAuthEnabled;
    this.authUrl = values.authUrl;
    this.authRefreshMarginSecs = values.authRefreshMarginSecs;
    this.requestTimeoutMs = values.requestTimeoutMs;
    this.fetch = values.fetch;
    this.hooks = values.hooks;
    this.tracing = values.tracing;
    this.clock = values.clock;
    this.receipt = values.receipt;
    this.maxFeePerGas = values.maxFeePerGas;
    const { walletPrivateKey, bearerToken, adminApiKey, evmSigner, transactionSigner } = values;
    this.#secrets = { walletPrivateKey, bearerToken, adminApiKey, evmSigner, transactionSigner };
    Object.freeze(this);
  }

  /** Private key that signs payments and sends transactions, unless signers are given. */
  get walletPrivateKey(): string | undefined {
    return this.#secrets.walletPrivateKey;
  }

  /** Fixed access token. */
  get bearerToken(): string | undefined {
    return this.#secrets.bearerToken;
  }

  /** Admin API key of the core. */
  get adminApiKey(): string | undefined {
    return this.#secrets.adminApiKey;
  }

  /** Signs payments and logins. */
  get evmSigner(): PaymentSignerSource | undefined {
    return this.#secrets.evmSigner;
  }

  /** Sends transactions. */
  get transactionSigner(): Signer | undefined {
    return this.#secrets.transactionSigner;
  }
}
