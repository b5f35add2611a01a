import type { Hex } from '@fourmica/core-types';
import type { Provider, TransactionReceipt } from 'ethers';
import { delay } from './deadline.js';
import { ContractError } from './errors.js';
import { describeNodeError } from './node-errors.js';

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
  readonly from: string;
  /** Undefined when a wallet chose it. */
  readonly nonce: number | undefined;
  readonly operation: string;
}

const FIRST_PAUSE_MS = 25;
const LOOKS_BETWEEN_REPLACEMENT_CHECKS = 5;
/** Nodes of a pool lag behind each other: one may count a transaction whose receipt another does not have yet. */
const SIGHTINGS_THAT_PROVE_REPLACEMENT = 3;

/**
 * Waits until a transaction is mined with enough confirmations. Failing requests are repeated until the time is over.
 *
 * @returns the receipt, whose status the caller has to check.
 * @throws ContractError `TRANSACTION_TIMEOUT`, `TRANSACTION_REPLACED` or `ABORTED`, each with the transaction hash.
 */
export async function waitForReceipt(
  provider: Provider,
  sent: SentTransaction,
  options: Required<ReceiptOptions> & { readonly signal?: AbortSignal | undefined },
): Promise<TransactionReceipt> {
  const deadline = Date.now() + options.timeoutMs;
  let lastFailure = 'not mined yet';
  let replacementSightings = 0;
  for (let look = 0; ; look++) {
    if (options.signal?.aborted)
      throw fateUnknown('ABORTED', sent, 'the wait was aborted', options.signal.reason);
    try {
      const receipt = await provider.getTransactionReceipt(sent.hash);
      if (receipt !== null && (await isDeepEnough(provider, receipt, options.confirmations))) return receipt;
      const isCheckDue = look % LOOKS_BETWEEN_REPLACEMENT_CHECKS === LOOKS_BETWEEN_REPLACEMENT_CHECKS - 1;
      if (receipt === null && isCheckDue && (await isNonceUsed(provider, sent))) replacementSightings++;
      if (replacementSightings === SIGHTINGS_THAT_PROVE_REPLACEMENT) throw replaced(sent);
      lastFailure = receipt === null ? 'not mined yet' : 'mined, with too few confirmations';
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

async function isDeepEnough(
  provider: Provider,
  receipt: TransactionReceipt,
  confirmations: number,
): Promise<boolean> {
  if (confirmations <= 1) return true;
  return (await provider.getBlockNumber()) - receipt.blockNumber + 1 >= confirmations;
}

/** A used nonce without a receipt means that another transaction took the place. */
const isNonceUsed = async (provider: Provider, { from, nonce }: SentTransaction): Promise<boolean> =>
  nonce !== undefined && (await provider.getTransactionCount(from, 'latest')) > nonce;

const replaced = ({ hash, from, nonce, operation }: SentTransaction): ContractError =>
  new ContractError(
    'TRANSACTION_REPLACED',
    `${operation}: another transaction of ${from} took nonce ${nonce}, so this one was not executed; try again`,
    { transactionHash: hash, operation, nonce },
  );

const fateUnknown = (code: string, sent: SentTransaction, reason: string, cause?: unknown): ContractError =>
  new ContractError(
    code,
    `${sent.operation}: ${reason}; transaction ${sent.hash} may still be mined, look it up before sending again`,
    { transactionHash: sent.hash, operation: sent.operation },
    cause === undefined ? undefined : { cause },
  );
