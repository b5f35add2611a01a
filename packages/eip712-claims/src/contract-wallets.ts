export {
  type ContractSignatureCall,
  type ContractSignatureOptions,
  contractSignatureCall,
  contractSignatureVerdict,
} from './contract-wallets/signature-call.js';
export {
  type UndeployedSignature,
  unwrapUndeployedSignature,
  wrapUndeployedSignature,
} from './contract-wallets/undeployed-signature.js';
export {
  isValidContractSignature,
  type NodeOptions,
  type OnChainVerificationOptions,
  verifyRequestSignatureOnChain,
} from './contract-wallets/verify-on-chain.js';
