import {
  ContractError,
  type ContractGateway,
  type FeeBump,
  type TransactionOptions,
} from '@fourmica/contract-gateway';
import { core4MicaAbi } from '@fourmica/contracts/abi';
import type { Clock, Hex } from '@fourmica/core-types';
import { Contract } from 'ethers';
import type { Logger } from 'pino';
import { keepRecordTransaction, listPaymentsToRecord, updatePaymentProgress } from '../store/payments.js';
import type { PaymentRow } from '../store/rows.js';
import type { Queries } from '../store/schema.js';

const PAYMENTS_PER_ROUND = 50;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 300_000;
/** A sent record is looked at again after this time, in case its transaction was dropped. */
const RESEND_AFTER_MS = 60_000;
const ZERO_DIGEST = /^0x0{64}$/;

export interface PaymentRecorderParts {
  readonly db: Queries;
  readonly gateway: ContractGateway;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds to wait for a record transaction; what is not mined then is taken up again. */
  readonly receiptTimeoutMs: number;
  /** When a record transaction that is not mined is replaced by one with higher fees. */
  readonly feeBump: FeeBump;
  /** The most to pay per gas, in wei. */
  readonly maxFeePerGas: bigint | undefined;
}

/** The transaction is mined, or cannot be mined any more: the next attempt is a new one. */
const ENDED = new Set(['TRANSACTION_REVERTED', 'TRANSACTION_REPLACED', 'TRANSACTION_FOREIGN']);

/**
 * Records found payments on chain as the operator, each one for itself: none waits for the transaction of another. The
 * contract counts an id only once, so a record that is sent twice after a crash changes nothing; a payment counts in the
 * ledger when the contract's own event is final.
 */
export class PaymentRecorder {
  readonly #parts: PaymentRecorderParts;
  readonly #contract: Contract;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(parts: PaymentRecorderParts) {
    this.#parts = parts;
    this.#contract = new Contract(parts.gateway.contractAddress, core4MicaAbi, {
      provider: parts.gateway.provider,
    });
  }

  /** Starts the records that are due. Failures are kept on the payment and tried again later. */
  async run(): Promise<void> {
    const { db, clock, logger } = this.#parts;
    const due = await listPaymentsToRecord(db, BigInt(clock.nowMs()), PAYMENTS_PER_ROUND);
    if (this.#stopping.signal.aborted) return;
    for (const payment of due) {
      const id = payment.payment_id;
      if (this.#underWay.has(id)) continue;
      const record = this.#record(payment)
        .catch((error) =>
          logger.error({ err: error, paymentId: id }, 'the progress of a record was not kept'),
        )
        .finally(() => this.#underWay.delete(id));
      this.#underWay.set(id, record);
    }
  }

  /** Ends the waits; a transaction that was sent stays sent, and the next process goes on with it. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the core ends'));
    await Promise.all(this.#underWay.values());
  }

  async #record(payment: PaymentRow): Promise<void> {
    let hash = payment.record_tx_hash;
    const onSigned = (signed: Hex) => {
      hash = signed;
      return keepRecordTransaction(this.#parts.db, payment, signed, BigInt(this.#parts.clock.nowMs()));
    };
    try {
      if (!(await this.#isRecorded(payment))) hash = await this.#send(payment, onSigned);
      await this.#keep(payment, 'SENT', hash, RESEND_AFTER_MS, null);
    } catch (error) {
      await this.#keepFailure(payment, hash, error);
    }
  }

  async #keepFailure(payment: PaymentRow, hash: string | null, error: unknown): Promise<void> {
    if (this.#stopping.signal.aborted)
      return this.#keep(payment, hash === null ? 'FOUND' : 'SENT', hash, 0, null);
    const code = error instanceof ContractError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    const isConflict = error instanceof ContractError && error.errorName === 'PaymentRecordConflict';
    this.#parts.logger.error(
      { err: error, paymentId: payment.payment_id, attempts: payment.record_attempts + 1 },
      isConflict
        ? 'payment was recorded on chain with other values; the ledger needs an operator'
        : 'payment could not be recorded on chain; it will be tried again',
    );
    if (isConflict) return this.#keep(payment, 'FAILED', hash, retryAfter(payment), message);
    if (hash === null || (code !== undefined && ENDED.has(code)))
      return this.#keep(payment, 'FOUND', null, retryAfter(payment), message);
    return this.#keep(payment, 'SENT', hash, retryAfter(payment), message);
  }

  async #isRecorded(payment: PaymentRow): Promise<boolean> {
    const digest: unknown = await this.#contract
      .getFunction('paymentRecordDigests')
      .staticCall(payment.payment_id);
    return typeof digest === 'string' && !ZERO_DIGEST.test(digest);
  }

  /** Goes on with the transaction that was sent before, or sends one. Returns the hash that was mined. */
  async #send(payment: PaymentRow, onSigned: (hash: Hex) => Promise<void>): Promise<string> {
    const { gateway, receiptTimeoutMs, feeBump, maxFeePerGas } = this.#parts;
    const options: TransactionOptions = {
      timeoutMs: receiptTimeoutMs,
      feeBump,
      onSigned,
      signal: this.#stopping.signal,
      ...(maxFeePerGas === undefined ? {} : { maxFeePerGas }),
    };
    const { record_tx_hash, payment_id, tab_id, asset_address, amount } = payment;
    const earlier =
      record_tx_hash === null
        ? undefined
        : await gateway.resume('record payment', record_tx_hash as Hex, options);
    const receipt =
      earlier ?? (await gateway.recordPaymentById(payment_id as Hex, tab_id, asset_address, amount, options));
    return receipt.transactionHash;
  }

  #keep(
    payment: PaymentRow,
    state: 'SENT' | 'FOUND' | 'FAILED',
    recordTxHash: string | null,
    delayMs: number,
    error: string | null,
  ): Promise<void> {
    const nowMs = BigInt(this.#parts.clock.nowMs());
    const progress = { state, recordTxHash, retryAfterMs: nowMs + BigInt(delayMs), error };
    return updatePaymentProgress(this.#parts.db, payment, progress, nowMs);
  }
}

const retryAfter = (payment: PaymentRow): number =>
  Math.min(FIRST_RETRY_MS * 2 ** Math.min(payment.record_attempts, 10), LONGEST_RETRY_MS);
