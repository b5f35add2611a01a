export { decodeBase64 } from './base64.js';
export {
  checkPayment,
  isSameNetwork,
  type PaymentCheck,
  type PaymentCheckContext,
  type PaymentCheckRequest,
} from './check-payment.js';
export * from './envelope.js';
export { X402Error, type X402ErrorCode, type X402ErrorContext } from './errors.js';
export { decodeHeader, encodeHeader, HEADERS, MAX_HEADER_LENGTH } from './header.js';
export { isJsonObject, type JsonObject, memberOf } from './json-object.js';
export * from './offer.js';
export {
  type PaymentRequiredV1,
  parsePaymentRequiredV1,
  ResourceInfoSchema,
  readPaymentRequiredBody,
  X402PaymentRequired,
  type X402ResourceInfo,
} from './payment-required.js';
export { repaymentFor } from './repayment.js';
export {
  type PaymentRequirements,
  PaymentRequirementsV1,
  PaymentRequirementsV1Schema,
  PaymentRequirementsV2,
  PaymentRequirementsV2Schema,
} from './requirements.js';
export { FOUR_MICA_SCHEME, isFourMicaScheme } from './scheme.js';
export {
  encodeReceiptHeader,
  parseSettlement,
  type Repayment,
  readReceipt,
  receiptHeaderName,
  repaymentOf,
  type Settlement,
  type SettlementExtra,
} from './settlement.js';
export { parseTabAnswer, type TabAnswer } from './tab-answer.js';
export { type OfferedValidationPolicy, readValidationPolicy } from './validation-policy.js';
