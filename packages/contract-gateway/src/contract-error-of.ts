import { ContractError, type ContractErrorContext } from './errors.js';
import { hintFor } from './hints.js';
import { classifyNodeError, describeNodeError } from './node-errors.js';
import { type DecodedRevert, decodeRevertData, errorCodeOf } from './revert-data.js';

/**
 * Decodes what a call reverted with from an error of ethers, a wallet or a node.
 *
 * @returns undefined when the error is no revert, such as an unreachable node.
 */
export function decodeRevert(error: unknown): DecodedRevert | undefined {
  const failure = classifyNodeError(error);
  return failure.kind === 'revert' ? decodeRevertData(failure.data ?? '0x') : undefined;
}

/** Converts an error of ethers, a wallet or a node to a {@link ContractError}; one that already is stays as it is. */
export function contractErrorOf(error: unknown, facts: ContractErrorContext): ContractError {
  if (error instanceof ContractError) return error;
  const failure = classifyNodeError(error);
  if (failure.kind === 'revert') return revertError(decodeRevertData(failure.data ?? '0x'), facts, error);
  const [code, message] = TRANSPORT_ERRORS[failure.kind];
  const reason = describeNodeError(error);
  return new ContractError(code, `${operationOf(facts)}: ${message} (${reason})`, facts, {
    cause: new Error(reason),
  });
}

/** Builds the error of a decoded revert, with a hint when the error is known. */
export function revertError(
  revert: DecodedRevert,
  facts: ContractErrorContext,
  cause?: unknown,
): ContractError {
  const operation = operationOf(facts);
  const options = cause === undefined ? undefined : { cause };
  if (revert.errorName === undefined) {
    const context = { ...facts, ...revert };
    const what = revert.selector === undefined ? 'without data' : `with the unknown error ${revert.selector}`;
    return new ContractError('UNKNOWN_REVERT', `${operation} reverted ${what}`, context, options);
  }
  const hint = hintFor(revert.errorName, { ...facts, ...revert });
  const context = { ...facts, ...revert, hint };
  const message = `${operation} reverted with ${revert.errorName}${hint === undefined ? '' : `: ${hint}`}`;
  return new ContractError(errorCodeOf(revert.errorName), message, context, options);
}

const operationOf = (facts: ContractErrorContext): string => facts.operation ?? 'call';

const TRANSPORT_ERRORS = {
  'insufficient-funds': ['INSUFFICIENT_FUNDS', 'the account cannot pay for value and gas; send it some ETH'],
  'nonce-used': [
    'NONCE_CONFLICT',
    'another program sends transactions from the same account; send from one place only',
  ],
  underpriced: [
    'NONCE_CONFLICT',
    'a pending transaction of the same account is in the way; wait for it or replace it',
  ],
  'fee-too-low': [
    'FEE_TOO_LOW',
    'the price of the chain rose above the fee of the transaction; try again, or raise maxFeePerGas',
  ],
  'already-known': ['NONCE_CONFLICT', 'the node already knows this transaction'],
  rejected: ['SIGNER_REJECTED', 'the wallet refused to sign'],
  unreachable: ['RPC_UNREACHABLE', 'the Ethereum node did not answer; check the RPC URL and try again'],
  unsupported: [
    'SIGNER_REQUIRED',
    'the signer cannot send transactions; configure a private key or a signer that can',
  ],
  closed: ['CONNECTION_CLOSED', 'the connection was closed (aclose, close); create a new client'],
  other: ['RPC_ERROR', 'the Ethereum node refused the request'],
} as const;
