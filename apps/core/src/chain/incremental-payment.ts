import { core4MicaAbi } from '@fourmica/contracts/abi';
import type { Address } from '@fourmica/core-types';
import { Contract, isError, type Provider } from 'ethers';

/**
 * Asks whether the contract lets a later certificate of a tab claim the rest after an earlier one: contracts that do
 * have the view `remuneratedAmount`. A node that does not answer is an error here and never a "no", because the answer
 * decides whether a lock is given back.
 */
export async function readPaysIncrementally(provider: Provider, contract: Address): Promise<boolean> {
  try {
    await new Contract(contract, core4MicaAbi, { provider }).getFunction('remuneratedAmount').staticCall(0n);
    return true;
  } catch (error) {
    if (isError(error, 'CALL_EXCEPTION') || isError(error, 'BAD_DATA')) return false;
    throw error;
  }
}
