import { type Address, type Hex, untilAborted } from '@fourmica/core-types';
import type { Provider, Signer, TransactionReceipt, TransactionRequest, TransactionResponse } from 'ethers';
import { contractErrorOf, revertError } from './contract-error-of.js';
import { ContractError, type ContractErrorContext } from './errors.js';
import { chooseFees, type Fees, raiseFees, withGasMargin } from './fees.js';
import { classifyNodeError } from './node-errors.js';
import { type FeeBump, type ReceiptOptions, waitForReceipt } from './receipt.js';
import { decodeRevertData } from './revert-data.js';
import {
  isWalletManaged,
  type OnSigned,
  type Signed,
  type Submitted,
  sign,
  submitSigned,
  submitThroughWallet,
} from './submit.js';
import { checkTransactionOptions } from './transaction-options.js';
import type { NonceLease, TransactionQueue } from './transaction-queue.js';

/** Settings of one transaction. */
export interface TransactionOptions extends ReceiptOptions {
  /** Gas limit; estimated with a margin of 20 percent unless given. */
  readonly gasLimit?: bigint;
  /** The most to pay per gas, in wei; the node's suggestion unless given. */
  readonly maxFeePerGas?: bigint;
  /** Keeps a transaction from being sent, or ends the wait for its receipt: what was sent stays sent. */
  readonly signal?: AbortSignal;
  /**
   * Replaces a transaction that is not mined by one with the same nonce and fees that are an eighth higher, as far as
   * `maxFeePerGas` allows it, or up to ten times what the node suggests; whichever is mined counts. Wallets that choose nonce and fees themselves are left alone.
   * Default: it is only waited for.
   */
  readonly feeBump?: FeeBump;
  /** Is told the hash before the transaction leaves, and that of each replacement, so that it can be kept. Not for wallets that send by themselves. */
  readonly onSigned?: OnSigned;
}

/** A transaction that was mined and succeeded. */
export interface GatewayReceipt {
  readonly transactionHash: Hex;
  readonly blockNumber: number;
  readonly status: 1;
  readonly gasUsed: bigint;
}

/** A call to be sent. */
export interface OutgoingCall {
  /** Name for messages, such as `deposit`. */
  readonly operation: string;
  readonly to: Address;
  readonly data: Hex;
  /** Wei. */
  readonly value?: bigint;
  /** Adds facts to the error of a revert, such as the time at which the call will work. */
  readonly explain?: (errorName: string) => Promise<ContractErrorContext>;
}

const NONCE_ATTEMPTS = 3;

/** A transaction that was sent, with what it takes to send it again. */
interface Outgoing extends Submitted {
  readonly request: TransactionRequest;
  readonly fees: Fees;
  /** Undefined when a wallet chose the nonce. */
  readonly lease: NonceLease | undefined;
  /** Block before which it cannot have been mined. */
  readonly sinceBlock: number;
}

/** Simulates, prices, orders, sends and confirms the transactions of one account. */
export class TransactionSender {
  constructor(
    private readonly provider: Provider,
    readonly signer: Signer,
    readonly address: Address,
    private readonly chainId: bigint,
    private readonly queue: TransactionQueue,
    private readonly defaults: Required<ReceiptOptions> & { readonly maxFeePerGas?: bigint | undefined },
  ) {}

  /**
   * Sends a call after it succeeded in a simulation, and waits for its receipt.
   *
   * @throws ContractError when the call reverts, cannot be paid or sent, or is not confirmed in time; the signal's reason
   *   when it fires before anything was sent.
   */
  async send(call: OutgoingCall, options: TransactionOptions = {}): Promise<GatewayReceipt> {
    checkTransactionOptions(options, 'options');
    options.signal?.throwIfAborted();
    const prepared = this.#prepare(call, options);
    const { gasLimit, fees, sinceBlock } = await untilAborted(prepared, options.signal);
    const { to, data, value = 0n } = call;
    const request: TransactionRequest = {
      from: this.address,
      to,
      data,
      value,
      chainId: this.chainId,
      gasLimit,
      ...fees,
    };
    const submitted = await this.#submit(request, call.operation, options);
    return this.#confirm(call, { ...submitted, request, fees, sinceBlock }, options);
  }

  /**
   * Goes on with a transaction that an earlier process sent.
   *
   * @param operation - name for messages.
   * @returns undefined when the node does not know it.
   * @throws ContractError as {@link send} does, or `TRANSACTION_FOREIGN` when another account has sent it.
   */
  async resume(
    operation: string,
    transactionHash: Hex,
    options: TransactionOptions = {},
  ): Promise<GatewayReceipt | undefined> {
    checkTransactionOptions(options, 'options');
    const known = await this.provider.getTransaction(transactionHash).catch((error) => {
      throw contractErrorOf(error, { operation });
    });
    if (known === null || known.to === null) return undefined;
    const { nonce, value, gasLimit } = known;
    const to = known.to as Address;
    const data = known.data as Hex;
    if (known.from.toLowerCase() !== this.address.toLowerCase()) {
      throw new ContractError(
        'TRANSACTION_FOREIGN',
        `${operation}: transaction ${transactionHash} was sent by ${known.from}, not by ${this.address}; check the hash`,
        { operation, transactionHash },
      );
    }
    const fees = feesOf(known);
    const outgoing = {
      hash: transactionHash,
      raw: undefined,
      request: { from: this.address, to, data, value, chainId: this.chainId, gasLimit, ...fees },
      fees,
      lease: this.queue.take(nonce),
      sinceBlock: known.blockNumber ?? 0,
    };
    return this.#confirm({ operation, to, data, value }, outgoing, options);
  }

  async #confirm(
    call: OutgoingCall,
    outgoing: Outgoing,
    options: TransactionOptions,
  ): Promise<GatewayReceipt> {
    const { hash, raw, lease, request, sinceBlock } = outgoing;
    const { operation, to, data, value = 0n } = call;
    try {
      const identity = { from: this.address, nonce: lease?.nonce, to, data, value };
      const signReplacement = lease && this.#replacementSigner(outgoing, lease.nonce, operation, options);
      const sent = {
        hash,
        raw,
        identity,
        sinceBlock,
        operation,
        ...(signReplacement && { signReplacement }),
      };
      const receipt = await waitForReceipt(this.provider, sent, {
        timeoutMs: options.timeoutMs ?? this.defaults.timeoutMs,
        pollingIntervalMs: options.pollingIntervalMs ?? this.defaults.pollingIntervalMs,
        confirmations: options.confirmations ?? this.defaults.confirmations,
        signal: options.signal,
        feeBump: options.feeBump,
      });
      const transactionHash = receipt.hash as Hex;
      if (receipt.status !== 1)
        throw await this.#explainFailedReceipt(call, request, receipt, transactionHash);
      return { transactionHash, blockNumber: receipt.blockNumber, status: 1, gasUsed: receipt.gasUsed };
    } finally {
      lease?.release();
    }
  }

  /** Returns a function that signs the transaction once more, each time at a higher fee. */
  #replacementSigner(
    { request, fees }: Outgoing,
    nonce: number,
    operation: string,
    options: TransactionOptions,
  ): () => Promise<Signed | undefined> {
    let latest = fees;
    return async () => {
      const suggested = await this.provider.getFeeData();
      const raised = raiseFees(latest, suggested, options.maxFeePerGas ?? this.defaults.maxFeePerGas);
      if (raised === undefined) return undefined;
      const signed = await sign(this.signer, { ...request, ...raised, nonce }, operation);
      if (signed === undefined) return undefined;
      await options.onSigned?.(signed.hash);
      latest = raised;
      return signed;
    };
  }

  /**
   * Executes a call without sending it.
   *
   * @throws ContractError what it would revert with.
   */
  async simulate(call: OutgoingCall, blockTag: number | 'latest' = 'latest'): Promise<Hex> {
    try {
      return (await this.provider.call({
        from: this.address,
        to: call.to,
        data: call.data,
        value: call.value ?? 0n,
        blockTag,
      })) as Hex;
    } catch (error) {
      throw await this.#explain(call, error, {});
    }
  }

  async #prepare(
    call: OutgoingCall,
    options: TransactionOptions,
  ): Promise<{ gasLimit: bigint; fees: Fees; sinceBlock: number }> {
    const simulation = this.simulate(call);
    const preparation = Promise.all([this.#estimateGas(call, options), this.#fees(call, options)]);
    // The simulation explains best why a call fails, so it is heard first.
    preparation.catch(() => undefined);
    await simulation;
    const [gasLimit, { fees, sinceBlock }] = await preparation;
    return { gasLimit, fees, sinceBlock };
  }

  async #estimateGas(call: OutgoingCall, options: TransactionOptions): Promise<bigint> {
    if (options.gasLimit !== undefined) return options.gasLimit;
    try {
      const { to, data, value = 0n } = call;
      return withGasMargin(await this.provider.estimateGas({ from: this.address, to, data, value }));
    } catch (error) {
      throw await this.#explain(call, error, {});
    }
  }

  async #fees(call: OutgoingCall, options: TransactionOptions): Promise<{ fees: Fees; sinceBlock: number }> {
    try {
      const [suggested, block] = await Promise.all([
        this.provider.getFeeData(),
        this.provider.getBlock('latest'),
      ]);
      const cap = options.maxFeePerGas ?? this.defaults.maxFeePerGas;
      const fees = chooseFees(suggested, block?.baseFeePerGas ?? null, cap);
      return { fees, sinceBlock: block?.number ?? 0 };
    } catch (error) {
      throw contractErrorOf(error, { operation: call.operation });
    }
  }

  async #submit(
    request: TransactionRequest,
    operation: string,
    { signal, onSigned }: TransactionOptions,
  ): Promise<Submitted & { readonly lease: NonceLease | undefined }> {
    if (isWalletManaged(this.signer)) {
      signal?.throwIfAborted();
      return { ...(await submitThroughWallet(this.signer, request, operation)), lease: undefined };
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.queue.run(
          () => this.#pendingNonce(operation),
          async (lease) => {
            signal?.throwIfAborted();
            const transaction = { ...request, nonce: lease.nonce };
            const submitted = await submitSigned(
              this.signer,
              this.provider,
              transaction,
              operation,
              onSigned,
            );
            return { ...submitted, lease };
          },
        );
      } catch (error) {
        const isConflict = error instanceof ContractError && error.code === 'NONCE_CONFLICT';
        if (!isConflict || attempt === NONCE_ATTEMPTS) throw error;
      }
    }
  }

  async #pendingNonce(operation: string): Promise<number> {
    try {
      return await this.provider.getTransactionCount(this.address, 'pending');
    } catch (error) {
      throw contractErrorOf(error, { operation });
    }
  }

  /** The receipt says only that it failed; running the call again on that block says why. */
  async #explainFailedReceipt(
    call: OutgoingCall,
    request: TransactionRequest,
    receipt: TransactionReceipt,
    transactionHash: Hex,
  ): Promise<ContractError> {
    const facts = { transactionHash, operation: call.operation, blockNumber: receipt.blockNumber };
    try {
      await this.provider.call({
        to: call.to,
        data: call.data,
        value: call.value ?? 0n,
        from: this.address,
        blockTag: receipt.blockNumber,
      });
    } catch (error) {
      if (classifyNodeError(error).kind === 'revert') return this.#explain(call, error, facts);
    }
    const outOfGas = receipt.gasUsed === request.gasLimit ? '; it used all of its gas, raise gasLimit' : '';
    return new ContractError(
      'TRANSACTION_REVERTED',
      `${call.operation}: transaction ${transactionHash} was mined and reverted${outOfGas}`,
      { ...facts, gasUsed: receipt.gasUsed },
    );
  }

  async #explain(call: OutgoingCall, error: unknown, facts: ContractErrorContext): Promise<ContractError> {
    const base = { ...facts, operation: call.operation };
    const failure = classifyNodeError(error);
    if (failure.kind !== 'revert') return contractErrorOf(error, base);
    const revert = decodeRevertData(failure.data ?? '0x');
    if (revert.errorName === undefined || call.explain === undefined) return revertError(revert, base, error);
    // Facts are a courtesy: when they cannot be read, the revert itself is still what the caller has to know.
    const explained = await call.explain(revert.errorName).catch(() => ({}));
    return revertError(revert, { ...base, ...explained }, error);
  }
}

const feesOf = ({ maxFeePerGas, maxPriorityFeePerGas, gasPrice }: TransactionResponse): Fees =>
  maxFeePerGas !== null && maxPriorityFeePerGas !== null
    ? { type: 2, maxFeePerGas, maxPriorityFeePerGas }
    : { type: 0, gasPrice };
