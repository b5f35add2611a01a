import { core4MicaAbi } from '@fourmica/contracts/abi';
import type { Address } from '@fourmica/core-types';
import { Contract, type Provider } from 'ethers';
import type { BalanceChange } from '../store/balances.js';
import type { Queries } from '../store/schema.js';
import { findTab } from '../store/tabs.js';
import type { ContractEvent } from './contract-event.js';

/** A payer's pending withdrawal of an asset as the contract has it. */
export interface WithdrawalState {
  readonly user: Address;
  readonly asset: Address;
  readonly withdrawal: BalanceChange['withdrawal'];
}

/**
 * Reads the pending withdrawals of payers whose collateral was claimed: a remuneration may shrink or remove a pending
 * withdrawal without an event.
 *
 * Nodes without history do not know the state of old blocks. The newest final block answers for those: the events
 * between the stretch and that block lead to the same value.
 */
export async function readWithdrawalsAfterRemuneration(
  db: Queries,
  provider: Provider,
  contractAddress: Address,
  events: readonly ContractEvent[],
  known: {
    readonly endOfStretch: number;
    readonly finalBlock: number;
    readonly unknownPayers: ReadonlyMap<bigint, Address>;
  },
): Promise<WithdrawalState[]> {
  const contract = new Contract(contractAddress, core4MicaAbi, { provider });
  const read = async (user: Address, asset: Address, blockTag: number): Promise<WithdrawalState> => {
    const [requestedAt, amount]: [bigint, bigint] = await contract
      .getFunction('withdrawalRequests')
      .staticCall(user, asset, { blockTag });
    return { user, asset, withdrawal: amount === 0n ? null : { amount, requestedAt } };
  };
  const states = new Map<string, WithdrawalState>();
  for (const { ledgerEvent } of events) {
    if (ledgerEvent?.name !== 'RecipientRemunerated') continue;
    const { tabId, asset } = ledgerEvent;
    const user = (await findTab(db, tabId))?.userAddress ?? known.unknownPayers.get(tabId);
    if (user === undefined) continue;
    const key = `${user}:${asset}`;
    if (states.has(key)) continue;
    const state = await read(user, asset, known.endOfStretch).catch(() =>
      read(user, asset, known.finalBlock),
    );
    states.set(key, state);
  }
  return [...states.values()];
}
