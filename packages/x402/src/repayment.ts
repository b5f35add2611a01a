import { type CertifiedPayment, encodePaymentMemo, uintToHex } from '@fourmica/core-types';
import type { Repayment } from './settlement.js';

/**
 * Says how and until when a tab has to be repaid.
 *
 * @param certified - the claims of the newest certificate.
 * @param gracePeriodSeconds - `remunerationGracePeriod` of the contract.
 */
export const repaymentFor = (certified: CertifiedPayment, gracePeriodSeconds: bigint): Repayment => ({
  tabId: uintToHex(certified.tabId),
  reqId: uintToHex(certified.reqId),
  totalAmount: certified.totalAmount.toString(),
  asset: certified.assetAddress,
  recipient: certified.recipientAddress,
  payBefore: Number(certified.timestamp + gracePeriodSeconds),
  memo: encodePaymentMemo(certified),
});
