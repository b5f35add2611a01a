export * from './client/flow.js';
export {
  type PaidExchange,
  type PayingFetch,
  type PayingFetchOptions,
  payingFetch,
  wrapFetch,
} from './client/paying-fetch.js';
export {
  createPayer,
  type Payer,
  type PayingClient,
  type PaymentSigner,
  payerOfClient,
} from './client/payment-signer.js';
export type { X402SignedPayment } from './client/sign-offer.js';
export type { AssetLimit, SpendingPolicy } from './client/spending-policy.js';
export type { TabEndpointRules } from './client/tab-endpoint.js';
export {
  type SequencedTab,
  TabSequencer,
  type TabSequencerOptions,
  type TabSlot,
} from './client/tab-sequencer.js';
export { X402Error, type X402ErrorCode } from './errors.js';
export type { FetchLike } from './http.js';
export { X402PaymentRequired, type X402ResourceInfo } from './payment-required.js';
export { PaymentRequirementsV1, PaymentRequirementsV2 } from './requirements.js';
export { type Repayment, readReceipt, repaymentOf, type Settlement } from './settlement.js';
