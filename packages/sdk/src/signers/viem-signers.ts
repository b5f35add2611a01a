import { type EvmSigner, parseAddress, ValidationError } from '@fourmica/core-types';
import {
  fromViem,
  type ViemAccount,
  type ViemSigningClient,
  type ViemTypedData,
  viemAccountOf,
} from '@fourmica/eip712-claims';
import {
  AbstractSigner,
  assert,
  type Provider,
  type Signer,
  type TransactionRequest,
  type TypedDataDomain,
  TypedDataEncoder,
  type TypedDataField,
} from 'ethers';

type Hex = `0x${string}`;

/** What every {@link ViemTransaction} has. */
export interface ViemTransactionBase {
  readonly to: Hex;
  readonly data: Hex;
  readonly value: bigint;
  readonly gas: bigint;
  readonly chainId: number;
  readonly nonce: number;
}

/** A complete transaction as viem writes it. */
export type ViemTransaction =
  | (ViemTransactionBase & {
      readonly type: 'eip1559';
      readonly maxFeePerGas: bigint;
      readonly maxPriorityFeePerGas: bigint;
    })
  | (ViemTransactionBase & { readonly type: 'legacy'; readonly gasPrice: bigint });

/** A viem account that signs transactions: `privateKeyToAccount`, `mnemonicToAccount`. */
export interface ViemLocalAccount extends ViemAccount {
  signTransaction(transaction: ViemTransaction): Promise<Hex>;
}

/** The part of a viem `WalletClient` that is used; its account may live in the wallet. */
export interface ViemWalletClient extends ViemSigningClient {
  sendTransaction(
    parameters: Pick<ViemTransactionBase, 'to' | 'data' | 'value' | 'gas'> & { chain: null },
  ): Promise<Hex>;
}

/** A signer of payments with the signer of transactions of the same account. */
export interface SignerPair {
  readonly evmSigner: EvmSigner;
  readonly transactionSigner: Signer;
}

/** Makes signers of a viem account whose key is at hand. */
export function signersOfViemAccount(account: ViemLocalAccount): SignerPair {
  if (typeof account.signTransaction !== 'function') {
    throw new ValidationError('viemAccount', account, 'a viem account with signTransaction');
  }
  return { evmSigner: fromViem(account), transactionSigner: new ViemAccountSigner(account) };
}

/** Makes signers of a viem wallet client, which signs and sends through a wallet such as a browser extension. */
export function signersOfViemWalletClient(client: ViemWalletClient): SignerPair {
  const account = viemAccountOf(client);
  return { evmSigner: fromViem(account), transactionSigner: new ViemWalletSigner(account, client) };
}

/** A viem account in the form that the contract gateway takes. */
class ViemAccountSigner extends AbstractSigner {
  readonly #account: ViemAccount & Partial<ViemLocalAccount>;

  constructor(account: ViemAccount & Partial<ViemLocalAccount>, provider?: Provider) {
    super(provider);
    this.#account = account;
  }

  override async getAddress(): Promise<string> {
    return parseAddress(this.#account.address, 'account.address');
  }

  override connect(provider: Provider | null): Signer {
    return new ViemAccountSigner(this.#account, provider ?? undefined);
  }

  override async signTransaction(transaction: TransactionRequest): Promise<string> {
    const { signTransaction } = this.#account;
    assert(signTransaction !== undefined, 'the wallet signs and sends in one step', 'UNSUPPORTED_OPERATION', {
      operation: 'signTransaction',
    });
    return signTransaction(viemTransactionOf(transaction));
  }

  override signMessage(message: string | Uint8Array): Promise<string> {
    return this.#account.signMessage({ message: typeof message === 'string' ? message : { raw: message } });
  }

  override signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    message: Record<string, unknown>,
  ): Promise<string> {
    const { primaryType } = TypedDataEncoder.from(types);
    return this.#account.signTypedData({
      domain: domain as ViemTypedData['domain'],
      types,
      primaryType,
      message,
    });
  }
}

/** A viem wallet client in the form that the contract gateway takes: the wallet chooses nonce and fees. */
class ViemWalletSigner extends ViemAccountSigner {
  readonly #client: ViemWalletClient;
  readonly #walletAccount: ViemAccount;

  constructor(account: ViemAccount, client: ViemWalletClient, provider?: Provider) {
    super(account, provider);
    this.#client = client;
    this.#walletAccount = account;
  }

  override connect(provider: Provider | null): Signer {
    return new ViemWalletSigner(this.#walletAccount, this.#client, provider ?? undefined);
  }

  sendUncheckedTransaction(transaction: TransactionRequest): Promise<string> {
    const { to, data, value, gas } = viemTransactionOf({ ...transaction, nonce: 0 });
    return this.#client.sendTransaction({ to, data, value, gas, chain: null });
  }
}

/** The gateway always gives complete transactions. */
function viemTransactionOf(transaction: TransactionRequest): ViemTransaction {
  const { to, data, value, gasLimit, chainId, nonce, maxFeePerGas, maxPriorityFeePerGas, gasPrice } =
    transaction;
  const integer = (field: string, number: unknown): bigint => {
    if (number === undefined || number === null) throw new ValidationError(field, number, 'an integer');
    return BigInt(number as bigint);
  };
  const common = {
    to: parseAddress(to, 'to'),
    data: (data ?? '0x') as Hex,
    value: integer('value', value),
    gas: integer('gasLimit', gasLimit),
    chainId: Number(integer('chainId', chainId)),
    nonce: Number(integer('nonce', nonce)),
  };
  return gasPrice === undefined || gasPrice === null
    ? {
        ...common,
        type: 'eip1559',
        maxFeePerGas: integer('maxFeePerGas', maxFeePerGas),
        maxPriorityFeePerGas: integer('maxPriorityFeePerGas', maxPriorityFeePerGas),
      }
    : { ...common, type: 'legacy', gasPrice: integer('gasPrice', gasPrice) };
}
