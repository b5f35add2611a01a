import {
  type Address,
  type GuaranteeInfo,
  parseAddress,
  parseU256,
  type TabInfo,
  type UintLike,
  untilAborted,
} from '@fourmica/core-types';
import { RpcError } from '@fourmica/rpc-client';
import type { ClientContext } from './client-context.js';
import { PaymentError } from './errors.js';
import type { SentPayments } from './sent-payments.js';

/** A payment of a tab of which the caller may leave out what can be looked up. */
export interface TabPaymentRequest {
  readonly tabId: UintLike;
  /** By default the tab's newest reqId. */
  readonly reqId?: UintLike | null | undefined;
  /** Base units; by default everything that is still owed. */
  readonly amount?: UintLike | null | undefined;
  /** By default the recipient of the tab. */
  readonly recipientAddress?: string | null | undefined;
  /** By default the asset of the tab; the zero address is ETH. */
  readonly erc20Token?: string | null | undefined;
}

/** A payment of a tab with nothing left out. */
export interface CompleteTabPayment {
  readonly tabId: bigint;
  readonly reqId: bigint;
  /** Base units. */
  readonly amount: bigint;
  readonly recipient: Address;
  /** The zero address is ETH. */
  readonly asset: Address;
}

/** A checked {@link TabPaymentRequest}. */
export type ParsedTabPayment = Pick<CompleteTabPayment, 'tabId'> & Partial<CompleteTabPayment>;

/**
 * Checks what the caller has given, before anything is looked up.
 *
 * @throws ValidationError naming the argument.
 */
export function parseTabPayment(request: TabPaymentRequest): ParsedTabPayment {
  const { tabId, reqId, amount, recipientAddress, erc20Token } = request;
  return {
    tabId: parseU256(tabId, 'tabId'),
    ...(reqId == null ? {} : { reqId: parseU256(reqId, 'reqId') }),
    ...(amount == null ? {} : { amount: parseU256(amount, 'amount') }),
    ...(recipientAddress == null ? {} : { recipient: parseAddress(recipientAddress, 'recipientAddress') }),
    ...(erc20Token == null ? {} : { asset: parseAddress(erc20Token, 'erc20Token') }),
  };
}

/**
 * Completes a payment from the tab, its newest guarantee and what the contract has recorded.
 *
 * Payments that another program has sent and the operator has not recorded yet are not known here.
 *
 * @throws PaymentError `TAB_NOT_FOUND`, `GUARANTEE_NOT_FOUND`, `AMOUNT_UNKNOWN` or `NOTHING_OWED`.
 */
export async function completeTabPayment(
  context: ClientContext,
  request: ParsedTabPayment,
  sent: SentPayments,
  signal: AbortSignal | undefined,
): Promise<CompleteTabPayment> {
  const { tabId, reqId, amount, recipient, asset } = request;
  if (reqId !== undefined && amount !== undefined && recipient !== undefined && asset !== undefined) {
    return { tabId, reqId, amount, recipient, asset };
  }
  const [tab, latest] = await Promise.all([
    context.rpc.getTab(tabId, { signal }),
    context.rpc.getLatestGuarantee(tabId, { signal }).catch(nullOfUnknownTab),
  ]);
  if (tab === null) {
    const message = `tab ${tabId}: the core does not know it; check the tab id, and that the tab was opened at this core`;
    throw new PaymentError('TAB_NOT_FOUND', message, { tabId });
  }
  if (latest === null) {
    throw new PaymentError('GUARANTEE_NOT_FOUND', `tab ${tabId} has no guarantee yet; nothing is owed`, {
      tabId,
    });
  }
  return {
    tabId,
    reqId: reqId ?? latest.reqId,
    amount: amount ?? (await untilAborted(amountOwed(context, tab, latest, sent), signal)),
    recipient: recipient ?? tab.recipientAddress,
    asset: asset ?? tab.assetAddress,
  };
}

/** Of a tab that it does not know, the core says so twice, in two ways. */
function nullOfUnknownTab(error: unknown): null {
  if (error instanceof RpcError && error.refusal === 'TAB_NOT_FOUND') return null;
  throw error;
}

async function amountOwed(
  context: ClientContext,
  tab: TabInfo,
  latest: GuaranteeInfo,
  sent: SentPayments,
): Promise<bigint> {
  const { tabId } = tab;
  const [total, { paid, remunerated }] = await Promise.all([
    totalOf(context, tab, latest),
    context.gateway.getTabPaymentStatus(tabId),
  ]);
  const collected = remunerated ? await collectedFor(context, tabId, total) : 0n;
  const seenByCore = tab.paidAmount ?? 0n;
  const owed = total - sent.paid(tabId, paid > seenByCore ? paid : seenByCore) - collected;
  if (owed > 0n) return owed;
  throw new PaymentError('NOTHING_OWED', `tab ${tabId}: everything is paid; its total is ${total}`, {
    tabId,
    total,
  });
}

/** The running total of the tab: as the core tells, else as its newest certificate says. */
async function totalOf(context: ClientContext, tab: TabInfo, latest: GuaranteeInfo): Promise<bigint> {
  if (tab.totalAmount !== undefined) return tab.totalAmount;
  if (latest.certificate !== null) return (await context.trust.verify(latest.certificate)).totalAmount;
  throw new PaymentError(
    'AMOUNT_UNKNOWN',
    `tab ${tab.tabId}: this core tells neither the total nor the certificate to the payer; pass the amount`,
    { tabId: tab.tabId },
  );
}

/**
 * What was taken from the collateral already, in base units. Contracts that do not tell it close a tab with its first
 * remuneration.
 */
async function collectedFor(context: ClientContext, tabId: bigint, total: bigint): Promise<bigint> {
  return (await context.gateway.paysIncrementally()) ? context.gateway.remuneratedAmount(tabId) : total;
}
