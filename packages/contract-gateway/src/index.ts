export type { GatewayOptions } from './connection.js';
export { decodeRevert } from './contract-error-of.js';
export type { BlockTag } from './contract-reader.js';
export type {
  ContractTiming,
  GuaranteeVersionConfig,
  PublicKeyWords,
  RemunerationDue,
  RemunerationWindow,
  SignatureWords,
  TabPaymentStatus,
  UserAsset,
  WithdrawalRequest,
} from './contract-view.js';
export { ContractView } from './contract-view.js';
export { ContractError, type ContractErrorContext, type RevertArgument } from './errors.js';
export {
  ContractGateway,
  type Erc20TabPayment,
  type EthTabPayment,
  type TabPayment,
} from './gateway.js';
export type { FeeBump, ReceiptOptions } from './receipt.js';
export type { DecodedRevert } from './revert-data.js';
export type { StablecoinPosition } from './stablecoin-position.js';
export type { OnSigned } from './submit.js';
export type { GatewayReceipt, TransactionOptions } from './transaction-sender.js';
