import type { FeeData } from 'ethers';
import { ContractError } from './errors.js';

/** Fee members of a transaction, in wei per gas. */
export type Fees =
  | { readonly type: 2; readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }
  | { readonly type: 0; readonly gasPrice: bigint };

const GAS_MARGIN_PERCENT = 20n;

/** Adds the margin that state changes between estimate and block may need. */
export const withGasMargin = (estimate: bigint): bigint => estimate + (estimate * GAS_MARGIN_PERCENT) / 100n;

/**
 * Chooses the fees of a transaction from what the node suggests.
 *
 * @param cap - the most the caller pays per gas, in wei; a suggestion above it is lowered to it, unless the chain's
 *   present price itself is higher.
 * @throws ContractError `FEE_CAP_EXCEEDED`, or `RPC_ERROR` when the node suggests nothing.
 */
export function chooseFees(suggested: FeeData, baseFeePerGas: bigint | null, cap?: bigint): Fees {
  const { maxFeePerGas, maxPriorityFeePerGas, gasPrice } = suggested;
  if (maxFeePerGas !== null && maxPriorityFeePerGas !== null) {
    const limit = cap === undefined || maxFeePerGas <= cap ? maxFeePerGas : cap;
    if (baseFeePerGas !== null && limit < baseFeePerGas) throw feeCapExceeded(baseFeePerGas, limit);
    const tipFits = maxPriorityFeePerGas <= limit;
    return { type: 2, maxFeePerGas: limit, maxPriorityFeePerGas: tipFits ? maxPriorityFeePerGas : limit };
  }
  if (gasPrice === null) throw new ContractError('RPC_ERROR', 'the Ethereum node suggests no gas price');
  if (cap !== undefined && gasPrice > cap) throw feeCapExceeded(gasPrice, cap);
  return { type: 0, gasPrice };
}

/** Nodes let a transaction take the place of another one from 10 percent on; this is an eighth. */
const RAISE_DIVISOR = 8n;
const LARGEST_MULTIPLE = 10n;

const raised = (fee: bigint): bigint => fee + fee / RAISE_DIVISOR + 1n;
const largest = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const within = (fee: bigint, limit: bigint | undefined): bigint =>
  limit === undefined || fee <= limit ? fee : limit;

/**
 * Raises the fees of a transaction enough for nodes to let it take the place of the earlier one, and at least to what
 * the node suggests now.
 *
 * @param limit - the most the caller pays per gas, in wei; without it ten times what the node suggests, because a chain
 *   that stands still takes no transaction at any fee.
 * @returns undefined when the limit does not allow it.
 */
export function raiseFees(fees: Fees, suggested: FeeData, limit?: bigint): Fees | undefined {
  const suggestion = (fees.type === 0 ? suggested.gasPrice : suggested.maxFeePerGas) ?? 0n;
  const cap = limit ?? (suggestion > 0n ? suggestion * LARGEST_MULTIPLE : undefined);
  const isAllowed = (fee: bigint): boolean => cap === undefined || fee <= cap;
  if (fees.type === 0) {
    const least = raised(fees.gasPrice);
    return isAllowed(least) ? { type: 0, gasPrice: within(largest(least, suggestion), cap) } : undefined;
  }
  const least = raised(fees.maxFeePerGas);
  if (!isAllowed(least)) return undefined;
  const maxFeePerGas = within(largest(least, suggestion), cap);
  const tip = largest(raised(fees.maxPriorityFeePerGas), suggested.maxPriorityFeePerGas ?? 0n);
  return { type: 2, maxFeePerGas, maxPriorityFeePerGas: within(tip, maxFeePerGas) };
}

const feeCapExceeded = (price: bigint, cap: bigint): ContractError =>
  new ContractError(
    'FEE_CAP_EXCEEDED',
    `the chain demands ${price} wei per gas, maxFeePerGas allows ${cap}; raise it or try again later`,
    { price, cap },
  );
