import { ContractError } from '@fourmica/contract-gateway';
import { core4MicaAbi } from '@fourmica/contracts/abi';
import { type Address, parseWireAddress } from '@fourmica/core-types';
import { Contract, Interface, isError, type Provider } from 'ethers';
import type { Queries } from '../store/schema.js';
import { findTab } from '../store/tabs.js';
import { InconsistentChainError } from './blocks.js';
import type { ContractEvent } from './contract-event.js';

const core4Mica = new Interface(core4MicaAbi);
/** Who wraps the call chooses the bytes around it. */
const MAX_ATTEMPTS = 16;
const SELECTOR = core4Mica.getFunction('remunerate')?.selector.slice(2) ?? '';

/**
 * Finds out whose collateral was taken by remunerations of tabs that the ledger never knew. The event does not say, but
 * the transaction carries the certificate, and the contract says whether that is genuine.
 *
 * @returns the payers by tab; a payer that cannot be found is absent.
 */
export async function readPayersOfUnknownTabs(
  db: Queries,
  provider: Provider,
  contractAddress: Address,
  events: readonly ContractEvent[],
): Promise<ReadonlyMap<bigint, Address>> {
  const payers = new Map<bigint, Address>();
  for (const { ledgerEvent, position } of events) {
    if (ledgerEvent?.name !== 'RecipientRemunerated') continue;
    const { tabId } = ledgerEvent;
    if ((await findTab(db, tabId)) !== undefined) continue;
    const transaction = await provider.getTransaction(position.txHash);
    if (transaction === null) throw new InconsistentChainError(`transaction ${position.txHash} is missing`);
    const payer = await findPayer(provider, contractAddress, transaction.data, tabId);
    if (payer !== undefined) payers.set(tabId, payer);
  }
  return payers;
}

/** The call may be wrapped in another contract's, so that it is looked for anywhere in the calldata. */
async function findPayer(
  provider: Provider,
  contractAddress: Address,
  calldata: string,
  tabId: bigint,
): Promise<Address | undefined> {
  const contract = new Contract(contractAddress, core4MicaAbi, { provider });
  let at = calldata.indexOf(SELECTOR);
  for (let attempt = 1; at >= 0 && attempt <= MAX_ATTEMPTS; attempt++) {
    try {
      const [claims, signature] = core4Mica.decodeFunctionData('remunerate', `0x${calldata.slice(at)}`);
      const guarantee = await contract
        .getFunction('verifyAndDecodeGuarantee')
        .staticCall(claims, [...signature]);
      if (guarantee.tabId === tabId) return parseWireAddress(guarantee.client, 'guarantee.client');
    } catch (error) {
      if (isOfNode(error)) throw error;
      // These bytes were no certificate of the contract; there may be others.
    }
    at = calldata.indexOf(SELECTOR, at + 1);
  }
  return undefined;
}

const isOfNode = (error: unknown): boolean =>
  error instanceof ContractError || isError(error, 'SERVER_ERROR') || isError(error, 'TIMEOUT');
