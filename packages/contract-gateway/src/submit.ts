import type { Hex } from '@fourmica/core-types';
import { keccak256, type Provider, type Signer, type TransactionRequest } from 'ethers';
import { contractErrorOf } from './contract-error-of.js';
import { delay } from './deadline.js';
import { ContractError } from './errors.js';
import { classifyNodeError } from './node-errors.js';

const BROADCAST_ATTEMPTS = 3;
const BROADCAST_PAUSE_MS = 300;

/** A wallet (a browser extension, an unlocked node) that chooses the nonce and sends by itself. */
export interface WalletManagedSigner extends Signer {
  /** Signs and sends; resolves to the transaction hash as soon as the wallet tells it. */
  sendUncheckedTransaction(transaction: TransactionRequest): Promise<string>;
}

/** Recognised by its method, because an application may have a second copy of ethers. */
export const isWalletManaged = (signer: Signer): signer is WalletManagedSigner =>
  'sendUncheckedTransaction' in signer;

/** A transaction that a node or a wallet took. */
export interface Submitted {
  readonly hash: Hex;
  /** The signed bytes; undefined when a wallet keeps them. */
  readonly raw: string | undefined;
}

/** Lets a wallet sign and send. */
export async function submitThroughWallet(
  signer: Signer,
  transaction: TransactionRequest,
  operation: string,
): Promise<Submitted> {
  const { nonce: _chosenByWallet, ...request } = transaction;
  try {
    const hash = isWalletManaged(signer)
      ? await signer.sendUncheckedTransaction(request)
      : (await signer.sendTransaction(request)).hash;
    return { hash: hash as Hex, raw: undefined };
  } catch (error) {
    throw contractErrorOf(error, { operation });
  }
}

/** A transaction that is signed and may be sent. */
export interface Signed {
  readonly hash: Hex;
  readonly raw: string;
}

/** Is told the hash of a transaction before it leaves. */
export type OnSigned = (transactionHash: Hex) => Promise<void> | void;

/**
 * Signs a complete transaction and sends it. The hash is known before anything leaves, so that a failure in between
 * can say which transaction to look for.
 */
export async function submitSigned(
  signer: Signer,
  provider: Provider,
  transaction: TransactionRequest,
  operation: string,
  onSigned?: OnSigned,
): Promise<Submitted> {
  const signed = await sign(signer, transaction, operation);
  if (signed === undefined) return submitThroughWallet(signer, transaction, operation);
  await onSigned?.(signed.hash);
  await broadcast(provider, signed.raw, operation);
  return signed;
}

/** Signs a complete transaction; undefined when the signer can only sign and send in one step. */
export async function sign(
  signer: Signer,
  transaction: TransactionRequest,
  operation: string,
): Promise<Signed | undefined> {
  try {
    const raw = await signer.signTransaction(transaction);
    return { hash: keccak256(raw) as Hex, raw };
  } catch (error) {
    if (classifyNodeError(error).kind === 'unsupported') return undefined;
    throw contractErrorOf(error, { operation });
  }
}

/** Sending the same bytes again cannot pay twice, so an unanswered attempt is repeated. */
async function broadcast(provider: Provider, raw: string, operation: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await provider.broadcastTransaction(raw);
      return;
    } catch (error) {
      const { kind } = classifyNodeError(error);
      if (kind === 'already-known') return;
      // After an unanswered attempt, a used nonce is that attempt's own.
      if (kind === 'nonce-used' && attempt > 1) return;
      if (kind !== 'unreachable') throw contractErrorOf(error, { operation });
      if (attempt === BROADCAST_ATTEMPTS) throw broadcastUncertain(error, keccak256(raw) as Hex, operation);
      await delay(BROADCAST_PAUSE_MS * attempt);
    }
  }
}

const broadcastUncertain = (error: unknown, transactionHash: Hex, operation: string): ContractError =>
  new ContractError(
    'BROADCAST_UNCERTAIN',
    `${operation}: the Ethereum node did not confirm that it took transaction ${transactionHash}; look it up before sending again`,
    { transactionHash, operation },
    { cause: contractErrorOf(error, { operation }) },
  );
