import { FourMicaError, type Hex } from '@fourmica/core-types';

/** Value of an argument of a custom error: integers are bigint, addresses and bytes are hex text. */
export type RevertArgument = bigint | string | boolean;

/** Facts about a failed call of the contract. Which ones are present depends on the code. */
export interface ContractErrorContext {
  /** Name of the contract's custom error, such as `TabNotYetOverdue`. */
  readonly errorName?: string;
  /** Arguments of the custom error by name. */
  readonly args?: Readonly<Record<string, RevertArgument>>;
  /** What the custom error means, and what to do about it. */
  readonly hint?: string | undefined;
  /** Transaction that failed, or whose fate is unknown. */
  readonly transactionHash?: Hex;
  /** First four bytes of the revert data. */
  readonly selector?: Hex;
  /** The whole revert data. */
  readonly data?: Hex;
  /** What was called, such as `remunerate`. */
  readonly operation?: string;
  readonly [fact: string]: unknown;
}

/**
 * A call or transaction that failed, or a node that could not be used.
 *
 * `code` is the custom error in capitals (`TAB_NOT_YET_OVERDUE`), `UNKNOWN_REVERT`, or one of
 * `CHAIN_ID_MISMATCH`, `CONTRACT_NOT_FOUND`, `RESULT_MISSING`, `RPC_UNREACHABLE`, `RPC_ERROR`, `CONNECTION_CLOSED`, `SIGNER_REQUIRED`, `SIGNER_REJECTED`,
 * `INSUFFICIENT_FUNDS`, `ALLOWANCE_TOO_LOW`, `ALLOWANCE_NOT_SET`, `PERMIT_UNSUPPORTED`, `FEE_CAP_EXCEEDED`, `FEE_TOO_LOW`, `NONCE_CONFLICT`,
 * `BROADCAST_UNCERTAIN`, `TRANSACTION_TIMEOUT`, `TRANSACTION_REPLACED`, `TRANSACTION_FOREIGN`, `REPLACEMENT_UNKNOWN`, `TRANSACTION_REVERTED`, `ABORTED`.
 */
export class ContractError extends FourMicaError<string, ContractErrorContext> {
  override readonly name = 'ContractError';
  readonly errorName: string | undefined;
  readonly args: Readonly<Record<string, RevertArgument>> | undefined;
  readonly transactionHash: Hex | undefined;

  constructor(
    code: string,
    message: string,
    context: ContractErrorContext = {},
    options?: { cause?: unknown },
  ) {
    super(code, message, context, options);
    this.errorName = context.errorName;
    this.args = context.args;
    this.transactionHash = context.transactionHash;
  }
}
