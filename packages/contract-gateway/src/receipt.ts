import type { Hex } from '@fourmica/core-types';
import type { Provider, TransactionReceipt, TransactionResponse } from 'ethers';
import { delay } from './deadline.js';
import { ContractError } from './errors.js';
import { classifyNodeError, describeNodeError } from './node-errors.js';
import { findByNonce, isSameCall, type TransactionIdentity } from './replacement.js';
import type { Signed } from './submit.js';

/** How long and how often to look for a receipt. */
export interface ReceiptOptions {
  /** Milliseconds until the wait is given up; default 120,000. */
  readonly timeoutMs?: number;
  /** Longest pause between two looks in milliseconds; default 1,000. The first looks follow faster. */
  readonly pollingIntervalMs?: number;
  /** Blocks that must contain or follow the transaction; default 1. */
  readonly confirmations?: number;
}

/** When a transaction that is not mined is sent again at a higher fee. */
export interface FeeBump {
  /** Milliseconds that the transaction, and then each of its replacements, is given. */
  readonly afterMs: number;
  /** Most replacements. */
  readonly attempts: number;
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
  /** Signs the same call with the same nonce at a higher fee; undefined when the fee may not be raised. */
  readonly signReplacement?: () => Promise<Signed | undefined>;
}

const FIRST_PAUSE_MS = 25;
const LOOKS_BETWEEN_POOL_CHECKS = 5;
/** Nodes of a pool lag behind each other: one may count a transaction whose receipt another does not have yet. */
const SIGHTINGS_THAT_PROVE_REPLACEMENT = 3;

type Wait = Required<ReceiptOptions> & {
  readonly signal?: AbortSignal | undefined;
  readonly feeBump?: FeeBump | undefined;
};

/**
 * Waits until a transaction is mined with enough confirmations. Failing requests are repeated until the time is over. A
 * transaction that the node forgot is sent again, byte by byte. One that was replaced by the same call at another fee is
 * followed, and with `feeBump` one that stays unmined is replaced; whichever is mined counts.
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
  const pool = new PoolWatch(provider, sent, options.feeBump);
  let lastFailure = 'not mined yet';
  for (let look = 0; ; look++) {
    if (options.signal?.aborted)
      throw pool.fateUnknown('ABORTED', 'the wait was aborted', options.signal.reason);
    try {
      const receipt = await pool.receipt();
      if (receipt !== null && (await isDeepEnough(provider, receipt, options.confirmations))) return receipt;
      lastFailure = receipt === null ? pool.refusal : 'mined, with too few confirmations';
      const isCheckDue = look % LOOKS_BETWEEN_POOL_CHECKS === LOOKS_BETWEEN_POOL_CHECKS - 1;
      if (receipt === null && isCheckDue) await pool.check();
      if (receipt === null) await pool.replaceWhenDue();
    } catch (error) {
      if (error instanceof ContractError) throw error;
      lastFailure = describeNodeError(error);
    }
    if (Date.now() >= deadline) {
      const reason = `not confirmed within ${options.timeoutMs} ms (${lastFailure})`;
      throw pool.fateUnknown('TRANSACTION_TIMEOUT', reason);
    }
    await delay(
      Math.min(options.pollingIntervalMs, FIRST_PAUSE_MS * 2 ** Math.min(look, 10)),
      options.signal,
    );
  }
}

/** Watches a transaction that has no receipt: forgotten by the node, replaced by others, or to be replaced. */
class PoolWatch {
  readonly #provider: Provider;
  readonly #sent: SentTransaction;
  readonly #feeBump: FeeBump | undefined;
  #nonce: number | undefined;
  #sightings = 0;
  #replaceAt: number;
  #replacements = 0;
  /** Hashes of what may be mined, the newest first: the sent transaction and its replacements at other fees. */
  #hashes: Hex[];
  #raw: string | undefined;
  /** Why nothing is mined, as far as the node has said. */
  refusal = 'not mined yet';

  constructor(provider: Provider, sent: SentTransaction, feeBump: FeeBump | undefined) {
    this.#provider = provider;
    this.#sent = sent;
    this.#feeBump = feeBump;
    this.#nonce = sent.identity.nonce;
    this.#replaceAt = Date.now() + (feeBump?.afterMs ?? 0);
    this.#hashes = [sent.hash];
    this.#raw = sent.raw;
  }

  get #newest(): Hex {
    return this.#hashes[0] ?? this.#sent.hash;
  }

  /** Returns the receipt of whichever was mined. */
  async receipt(): Promise<TransactionReceipt | null> {
    for (const hash of this.#hashes) {
      const receipt = await this.#provider.getTransactionReceipt(hash);
      if (receipt !== null) return receipt;
    }
    return null;
  }

  /** @throws ContractError `TRANSACTION_REPLACED` or `REPLACEMENT_UNKNOWN` once another transaction has its nonce. */
  async check(): Promise<void> {
    const pooled = await this.#provider.getTransaction(this.#newest);
    if (pooled !== null) this.#nonce = pooled.nonce;
    const nonce = this.#nonce;
    if (nonce === undefined) return;
    const { identity } = this.#sent;
    const isNonceUsed = (await this.#provider.getTransactionCount(identity.from, 'latest')) > nonce;
    if (!isNonceUsed) {
      if (pooled === null) await this.#send();
      return;
    }
    this.#sightings++;
    if (this.#sightings === SIGHTINGS_THAT_PROVE_REPLACEMENT) await this.#follow({ ...identity, nonce });
  }

  /** Sends the same call again at a higher fee when its time has come. */
  async replaceWhenDue(): Promise<void> {
    const { signReplacement } = this.#sent;
    if (this.#feeBump === undefined || signReplacement === undefined) return;
    if (this.#replacements === this.#feeBump.attempts || Date.now() < this.#replaceAt) return;
    const replacement = await signReplacement();
    this.#replaceAt = Date.now() + this.#feeBump.afterMs;
    if (replacement === undefined) return;
    this.#replacements++;
    this.#hashes.unshift(replacement.hash);
    this.#raw = replacement.raw;
    await this.#send();
  }

  fateUnknown(code: string, reason: string, cause?: unknown): ContractError {
    const { operation } = this.#sent;
    const hash = this.#newest;
    return new ContractError(
      code,
      `${operation}: ${reason}; transaction ${hash} may still be mined, look it up before sending again`,
      { transactionHash: hash, operation },
      cause === undefined ? undefined : { cause },
    );
  }

  async #follow(identity: TransactionIdentity): Promise<void> {
    const mined = await findByNonce(this.#provider, identity, this.#sent.sinceBlock);
    if (mined === undefined) {
      const reason = `nonce ${identity.nonce} of ${identity.from} was used by a transaction that was not found`;
      throw this.fateUnknown('REPLACEMENT_UNKNOWN', reason);
    }
    const hash = mined.hash as Hex;
    if (!this.#hashes.includes(hash) && !isSameCall(mined, identity)) throw replaced(this.#sent, mined);
    this.#hashes = [hash];
  }

  /** The node may know the transaction after all, or refuse it for a reason that shows at the end of the wait. */
  async #send(): Promise<void> {
    if (this.#raw === undefined) return;
    try {
      await this.#provider.broadcastTransaction(this.#raw);
      this.refusal = 'not mined yet';
    } catch (error) {
      if (classifyNodeError(error).kind === 'unreachable') throw error;
      this.refusal = describeNodeError(error);
    }
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
