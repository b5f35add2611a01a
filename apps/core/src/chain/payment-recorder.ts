import { ContractError, type ContractGateway } from '@fourmica/contract-gateway';
import { core4MicaAbi } from '@fourmica/contracts/abi';
import type { Clock, Hex } from '@fourmica/core-types';
import { Contract } from 'ethers';
import type { Logger } from 'pino';
import { listPaymentsToRecord, updatePaymentProgress } from '../store/payments.js';
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
  /** Milliseconds to wait for a record transaction. */
  readonly receiptTimeoutMs: number;
}

/**
 * Records found payments on chain as the operator. The contract counts an id only once, so a record that is sent twice
 * after a crash changes nothing; a payment counts in the ledger when the contract's own event is final.
 */
export class PaymentRecorder {
  readonly #parts: PaymentRecorderParts;
  readonly #contract: Contract;

  constructor(parts: PaymentRecorderParts) {
    this.#parts = parts;
    this.#contract = new Contract(parts.gateway.contractAddress, core4MicaAbi, {
      provider: parts.gateway.provider,
    });
  }

  /** Sends the records that are due. Failures are kept on the payment and tried again later. */
  async run(): Promise<void> {
    const { db, clock } = this.#parts;
    const due = await listPaymentsToRecord(db, BigInt(clock.nowMs()), PAYMENTS_PER_ROUND);
    await Promise.all(due.map((payment) => this.#record(payment)));
  }

  async #record(payment: PaymentRow): Promise<void> {
    try {
      const hash = (await this.#isRecorded(payment)) ? payment.record_tx_hash : await this.#send(payment);
      await this.#keep(payment, 'SENT', hash, RESEND_AFTER_MS, null);
    } catch (error) {
      const isConflict = error instanceof ContractError && error.errorName === 'PaymentRecordConflict';
      this.#parts.logger.error(
        { err: error, paymentId: payment.payment_id, attempts: payment.record_attempts + 1 },
        isConflict
          ? 'payment was recorded on chain with other values; the ledger needs an operator'
          : 'payment could not be recorded on chain; it will be tried again',
      );
      const message = error instanceof Error ? error.message : String(error);
      await this.#keep(payment, isConflict ? 'FAILED' : 'FOUND', null, retryAfter(payment), message);
    }
  }

  async #isRecorded(payment: PaymentRow): Promise<boolean> {
    const digest: unknown = await this.#contract
      .getFunction('paymentRecordDigests')
      .staticCall(payment.payment_id);
    return typeof digest === 'string' && !ZERO_DIGEST.test(digest);
  }

  async #send(payment: PaymentRow): Promise<string> {
    const { gateway, receiptTimeoutMs } = this.#parts;
    const receipt = await gateway.recordPaymentById(
      payment.payment_id as Hex,
      payment.tab_id,
      payment.asset_address,
      payment.amount,
      { timeoutMs: receiptTimeoutMs },
    );
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
