import type { Hex } from '@fourmica/core-types';
import type { Provider, TransactionReceipt, TransactionResponse } from 'ethers';
import { delay } from './deadline.js';
import { ContractError } from './errors.js';
import { classifyNodeError, describeNodeError } from './node-errors.js';
import { findByNonce, isSameCall, type TransactionIdentity } from './replacement.js';

/** How long and how often to look for a receipt. */
export interface ReceiptOptions {
  /** Milliseconds until the wait is given up; default 120,000. */
  readonly timeoutMs?: number;
  /** Longest pause between two looks in milliseconds; default 1,000. The first looks follow faster. */
  readonly pollingIntervalMs?: number;
  /** Blocks that must contain or follow the transaction; default 1. */
  readonly confirmations?: number;
}

/** What {@link waitForReceipt} waits for. */
export interface SentTransaction {
  readonly hash: Hex;
  /** Undefined when a wallet signed it and keeps it. */
  readonly raw: string | undefined;
  /** The nonce is undefined when a wallet chose it. */
  readonly identity: Omit<TransactionIdentity, 'nonce'> & { readonly nonce: number | undefined };
  /** Block before which it cannot have been mined. */
  readonly sinceBlock: number;
  readonly operation: string;
}

const FIRST_PAUSE_MS = 25;
const LOOKS_BETWEEN_POOL_CHECKS = 5;
/** Nodes of a pool lag behind each other: one may count a transaction whose receipt another does not have yet. */
const SIGHTINGS_THAT_PROVE_REPLACEMENT = 3;

type Wait = Required<ReceiptOptions> & { readonly signal?: AbortSignal | undefined };

/**
 * Waits until a transaction is mined with enough confirmations. Failing requests are repeated until the time is over. A
 * transaction that the node forgot is sent again, byte by byte. One that was replaced by the same call at another fee is
 * followed.
 *
 * @returns the receipt, whose status the caller has to check.
 * @throws ContractError `TRANSACTION_TIMEOUT`, `TRANSACTION_REPLACED`, `REPLACEMENT_UNKNOWN` or `ABORTED`, each with the
 *   transaction hash.
 */
export async function waitForReceipt(
  provider: Provider,
  sent: SentTransaction,
  options: Wait,
): Promise<TransactionReceipt> {
  const deadline = Date.now() + options.timeoutMs;
  const pool = new PoolWatch(provider, sent);
  let lastFailure = 'not mined yet';
  for (let look = 0; ; look++) {
    if (options.signal?.aborted)
      throw fateUnknown('ABORTED', sent, 'the wait was aborted', options.signal.reason);
    try {
      const receipt = await provider.getTransactionReceipt(pool.hash);
      if (receipt !== null && (await isDeepEnough(provider, receipt, options.confirmations))) return receipt;
      lastFailure = receipt === null ? 'not mined yet' : 'mined, with too few confirmations';
      const isCheckDue = look % LOOKS_BETWEEN_POOL_CHECKS === LOOKS_BETWEEN_POOL_CHECKS - 1;
      if (receipt === null && isCheckDue) await pool.check();
    } catch (error) {
      if (error instanceof ContractError) throw error;
      lastFailure = describeNodeError(error);
    }
    if (Date.now() >= deadline) {
      const reason = `not confirmed within ${options.timeoutMs} ms (${lastFailure})`;
      throw fateUnknown('TRANSACTION_TIMEOUT', sent, reason);
    }
    await delay(
      Math.min(options.pollingIntervalMs, FIRST_PAUSE_MS * 2 ** Math.min(look, 10)),
      options.signal,
    );
  }
}

/** Watches a transaction that has no receipt: forgotten by the node, or replaced. */
class PoolWatch {
  readonly #provider: Provider;
  readonly #sent: SentTransaction;
  #nonce: number | undefined;
  #sightings = 0;
  /** Hash of the transaction to wait for: the sent one, or its replacement at another fee. */
  hash: Hex;

  constructor(provider: Provider, sent: SentTransaction) {
    this.#provider = provider;
    this.#sent = sent;
    this.#nonce = sent.identity.nonce;
    this.hash = sent.hash;
  }

  /** @throws ContractError `TRANSACTION_REPLACED` or `REPLACEMENT_UNKNOWN` once another transaction has its nonce. */
  async check(): Promise<void> {
    const pooled = await this.#provider.getTransaction(this.hash);
    if (pooled !== null) this.#nonce = pooled.nonce;
    const nonce = this.#nonce;
    if (nonce === undefined) return;
    const { identity, raw } = this.#sent;
    const isNonceUsed = (await this.#provider.getTransactionCount(identity.from, 'latest')) > nonce;
    if (!isNonceUsed) {
      if (pooled === null && raw !== undefined) await sendAgain(this.#provider, raw);
      return;
    }
    this.#sightings++;
    if (this.#sightings === SIGHTINGS_THAT_PROVE_REPLACEMENT) await this.#follow({ ...identity, nonce });
  }

  async #follow(identity: TransactionIdentity): Promise<void> {
    const mined = await findByNonce(this.#provider, identity, this.#sent.sinceBlock);
    if (mined === undefined) {
      const reason = `nonce ${identity.nonce} of ${identity.from} was used by a transaction that was not found`;
      throw fateUnknown('REPLACEMENT_UNKNOWN', this.#sent, reason);
    }
    if (mined.hash !== this.hash && !isSameCall(mined, identity)) throw replaced(this.#sent, mined);
    this.hash = mined.hash as Hex;
  }
}

/** The node may know the transaction after all, or refuse it for a reason that shows at the end of the wait. */
async function sendAgain(provider: Provider, raw: string): Promise<void> {
  try {
    await provider.broadcastTransaction(raw);
  } catch (error) {
    if (classifyNodeError(error).kind === 'unreachable') throw error;
  }
}

async function isDeepEnough(
  provider: Provider,
  receipt: TransactionReceipt,
  confirmations: number,
): Promise<boolean> {
  if (confirmations <= 1) return true;
  return (await provider.getBlockNumber()) - receipt.blockNumber + 1 >= confirmations;
}

const replaced = (
  { hash, identity: { from }, operation }: SentTransaction,
  { nonce, hash: replacementHash }: TransactionResponse,
): ContractError =>
  new ContractError(
    'TRANSACTION_REPLACED',
    `${operation}: transaction ${replacementHash} of ${from} took nonce ${nonce}, so this one was not executed; try again`,
    { transactionHash: hash, operation, nonce, replacementHash },
  );

const fateUnknown = (code: string, sent: SentTransaction, reason: string, cause?: unknown): ContractError =>
  new ContractError(
    code,
    `${sent.operation}: ${reason}; transaction ${sent.hash} may still be mined, look it up before sending again`,
    { transactionHash: sent.hash, operation: sent.operation },
    cause === undefined ? undefined : { cause },
  );
