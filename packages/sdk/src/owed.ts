import type { GuaranteeInfo, TabInfo } from '@fourmica/core-types';
import { parseU256, type UintLike } from '@fourmica/core-types';
import type { ClientContext } from './client-context.js';
import { PaymentError } from './errors.js';

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
  readonly reqId: UintLike;
  readonly amount: UintLike;
  readonly recipient: string;
  /** The zero address is ETH. */
  readonly asset: string;
}

/** Payments that this client has sent and that the contract may not have recorded yet. */
export class SentPayments {
  readonly #byTab = new Map<bigint, { readonly recordedBefore: bigint; readonly sent: bigint }>();

  /** Notes a payment; `recorded` is what the contract had recorded for the tab before. */
  add(tabId: bigint, recorded: bigint, amount: bigint): void {
    const known = this.#byTab.get(tabId) ?? { recordedBefore: recorded, sent: 0n };
    this.#byTab.set(tabId, { ...known, sent: known.sent + amount });
  }

  /** The larger of what the contract has recorded and what this client knows to have paid, in base units. */
  paid(tabId: bigint, recorded: bigint): bigint {
    const known = this.#byTab.get(tabId);
    const expected = known === undefined ? 0n : known.recordedBefore + known.sent;
    return expected > recorded ? expected : recorded;
  }
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
  request: TabPaymentRequest,
  sent: SentPayments,
): Promise<CompleteTabPayment> {
  const tabId = parseU256(request.tabId, 'tabId');
  const { reqId, amount, recipientAddress, erc20Token } = request;
  if (reqId != null && amount != null && recipientAddress != null && erc20Token != null) {
    return { tabId, reqId, amount, recipient: recipientAddress, asset: erc20Token };
  }
  const [tab, latest] = await Promise.all([context.rpc.getTab(tabId), context.rpc.getLatestGuarantee(tabId)]);
  if (tab === null)
    throw new PaymentError('TAB_NOT_FOUND', `tab ${tabId}: the core does not know it`, { tabId });
  if (latest === null) {
    throw new PaymentError('GUARANTEE_NOT_FOUND', `tab ${tabId} has no guarantee yet; nothing is owed`, {
      tabId,
    });
  }
  return {
    tabId,
    reqId: reqId ?? latest.reqId,
    amount: amount ?? (await amountOwed(context, tab, latest, sent)),
    recipient: recipientAddress ?? tab.recipientAddress,
    asset: erc20Token ?? tab.assetAddress,
  };
}

async function amountOwed(
  context: ClientContext,
  tab: TabInfo,
  latest: GuaranteeInfo,
  sent: SentPayments,
): Promise<bigint> {
  const { tabId } = tab;
  const [total, { paid }, collected] = await Promise.all([
    totalOf(context, tab, latest),
    context.gateway.getTabPaymentStatus(tabId),
    collectedFor(context, tabId),
  ]);
  const counted = paid > (tab.paidAmount ?? 0n) ? paid : (tab.paidAmount ?? 0n);
  const owed = total - sent.paid(tabId, counted) - collected;
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

/** What was taken from the collateral already, in base units. */
async function collectedFor(context: ClientContext, tabId: bigint): Promise<bigint> {
  return (await context.gateway.paysIncrementally()) ? context.gateway.remuneratedAmount(tabId) : 0n;
}
