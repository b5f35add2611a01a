import { core4MicaAbi } from '@fourmica/contracts/abi';
import type { Address } from '@fourmica/core-types';
import { Contract, type Provider } from 'ethers';
import type { BalanceChange } from '../store/balances.js';
import type { Queries } from '../store/schema.js';
import { findTab } from '../store/tabs.js';
import type { ContractEvent, LedgerEvent } from './contract-event.js';

/** A payer's pending withdrawal of an asset as the contract has it. */
export interface WithdrawalState {
  readonly user: Address;
  readonly asset: Address;
  readonly withdrawal: BalanceChange['withdrawal'];
}

/**
 * Reads the pending withdrawals of payers whose collateral was claimed: a remuneration may shrink or remove a pending
 * withdrawal without an event. Events that are taken in late come after others that count already, so that the
 * withdrawals that they are about are read too.
 *
 * Nodes without history do not know the state of old blocks. The newest final block answers for those: the events
 * between the stretch and that block lead to the same value.
 */
export async function readWithdrawals(
  db: Queries,
  provider: Provider,
  contractAddress: Address,
  events: readonly ContractEvent[],
  known: {
    readonly endOfStretch: number;
    readonly finalBlock: number;
    readonly unknownPayers: ReadonlyMap<bigint, Address>;
    readonly isLate: boolean;
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
    if (ledgerEvent === undefined) continue;
    const user = await payerOf(db, ledgerEvent, known);
    if (user === undefined) continue;
    const { asset } = ledgerEvent;
    const key = `${user}:${asset}`;
    if (states.has(key)) continue;
    const state = await read(user, asset, known.endOfStretch).catch(() =>
      read(user, asset, known.finalBlock),
    );
    states.set(key, state);
  }
  return [...states.values()];
}

/** Returns whose pending withdrawal an event may have changed in a way that it does not say. */
async function payerOf(
  db: Queries,
  event: LedgerEvent,
  { isLate, unknownPayers }: { isLate: boolean; unknownPayers: ReadonlyMap<bigint, Address> },
): Promise<Address | undefined> {
  switch (event.name) {
    case 'RecipientRemunerated':
      return (await findTab(db, event.tabId))?.userAddress ?? unknownPayers.get(event.tabId);
    case 'WithdrawalRequested':
    case 'WithdrawalCanceled':
    case 'CollateralWithdrawn':
      return isLate ? event.user : undefined;
    default:
      return undefined;
  }
}
