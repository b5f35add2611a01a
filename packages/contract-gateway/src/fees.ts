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

const feeCapExceeded = (price: bigint, cap: bigint): ContractError =>
  new ContractError(
    'FEE_CAP_EXCEEDED',
    `the chain demands ${price} wei per gas, maxFeePerGas allows ${cap}; raise it or try again later`,
    { price, cap },
  );
