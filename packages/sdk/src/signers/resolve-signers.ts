import type { EvmSigner } from '@fourmica/core-types';
import { fromEthers, LocalAccountSigner } from '@fourmica/eip712-claims';
import type { Signer } from 'ethers';
import type { Config, PaymentSignerSource } from '../config/config.js';

/** Who signs payments and who sends transactions. */
export interface ClientSigners {
  /** Undefined when the client only reads. */
  readonly payment: EvmSigner | undefined;
  /** Empty when the client writes nothing on chain. */
  readonly transaction: { readonly signer?: Signer; readonly privateKey?: string };
}

/**
 * Chooses the signers. Payments: `evmSigner`, else the private key, else the signer of transactions. Transactions:
 * `transactionSigner`, else the private key, else an `evmSigner` that is an ethers signer.
 */
export async function resolveSigners(config: Config): Promise<ClientSigners> {
  const { evmSigner, walletPrivateKey, transactionSigner } = config;
  return {
    payment: await paymentSignerOf(evmSigner ?? walletPrivateKey ?? transactionSigner),
    transaction: transactionSignerOf(transactionSigner ?? walletPrivateKey ?? evmSigner),
  };
}

async function paymentSignerOf(
  source: PaymentSignerSource | string | undefined,
): Promise<EvmSigner | undefined> {
  if (source === undefined) return undefined;
  if (typeof source === 'string') return new LocalAccountSigner(source);
  return isEthersSigner(source) ? fromEthers(source) : source;
}

function transactionSignerOf(source: PaymentSignerSource | string | undefined): ClientSigners['transaction'] {
  if (typeof source === 'string') return { privateKey: source };
  return source !== undefined && isEthersSigner(source) ? { signer: source } : {};
}

/** Recognised by its method, because an application may have a second copy of ethers. */
const isEthersSigner = (signer: PaymentSignerSource): signer is Signer => 'getAddress' in signer;
