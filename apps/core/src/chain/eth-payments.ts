import {
  type Address,
  decodePaymentMemo,
  ETH_ASSET,
  hexToBytes,
  type PaymentMemo,
  parseWireAddress,
} from '@fourmica/core-types';
import type { Block, Provider, TransactionResponse } from 'ethers';
import type { Tab } from '../domain/tab.js';
import type { FoundPayment } from '../store/payments.js';
import { InconsistentChainError } from './blocks.js';

/** An ETH transfer whose calldata names a tab. */
export interface MemoTransfer {
  readonly memo: PaymentMemo;
  readonly from: Address;
  readonly to: Address;
  /** Wei, above zero. */
  readonly value: bigint;
  readonly txHash: string;
  readonly blockNumber: bigint;
  readonly blockHash: string;
}

/** Lists the transfers in a block that look like payments of a tab. */
export function memoTransfersOf(block: Block): MemoTransfer[] {
  return block.prefetchedTransactions.flatMap((tx) => memoTransferOf(tx, block) ?? []);
}

function memoTransferOf(tx: TransactionResponse, block: Block): MemoTransfer | undefined {
  if (tx.to === null || tx.value === 0n || tx.data === '0x' || block.hash === null) return undefined;
  const memo = decodePaymentMemo(hexToBytes(tx.data));
  if (memo === undefined) return undefined;
  return {
    memo,
    from: parseWireAddress(tx.from, 'from'),
    to: parseWireAddress(tx.to, 'to'),
    value: tx.value,
    txHash: tx.hash.toLowerCase(),
    blockNumber: BigInt(block.number),
    blockHash: block.hash,
  };
}

/** Tells whether a transfer pays a tab: in ETH, from the tab's payer to its recipient. */
export const paysTab = (transfer: MemoTransfer, tab: Tab | undefined): tab is Tab =>
  tab !== undefined &&
  tab.assetAddress === ETH_ASSET &&
  tab.userAddress === transfer.from &&
  tab.recipientAddress === transfer.to;

/**
 * Turns the transfers that pay a tab and succeeded into payments.
 *
 * @throws InconsistentChainError when a receipt is missing, which means "not yet", never "failed".
 */
export async function confirmTransfers(
  provider: Provider,
  transfers: readonly MemoTransfer[],
  tabs: readonly Tab[],
): Promise<FoundPayment[]> {
  const tabById = new Map(tabs.map((tab) => [tab.tabId, tab]));
  const payments: FoundPayment[] = [];
  for (const transfer of transfers) {
    const tab = tabById.get(transfer.memo.tabId);
    if (!paysTab(transfer, tab)) continue;
    const receipt = await provider.getTransactionReceipt(transfer.txHash);
    if (receipt === null || receipt.blockHash !== transfer.blockHash) {
      throw new InconsistentChainError(`the receipt of transaction ${transfer.txHash} is missing`);
    }
    if (receipt.status !== 1) continue;
    payments.push({
      paymentId: transfer.txHash,
      tabId: tab.tabId,
      userAddress: tab.userAddress,
      recipientAddress: tab.recipientAddress,
      assetAddress: tab.assetAddress,
      amount: transfer.value,
      txHash: transfer.txHash,
      logIndex: null,
      blockNumber: transfer.blockNumber,
      blockHash: transfer.blockHash,
    });
  }
  return payments;
}
