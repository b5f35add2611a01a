import * as abi from './generated/abi.js';
import * as bytecode from './generated/bytecode.js';

/** What is needed to deploy a contract: its ABI and its creation code as 0x hex. */
export interface ContractArtifact {
  readonly contractName: string;
  readonly abi: readonly object[];
  readonly bytecode: `0x${string}`;
}

/** Core4Mica: collateral, payments and remuneration. */
export const core4MicaArtifact = {
  contractName: 'Core4Mica',
  abi: abi.core4MicaAbi,
  bytecode: bytecode.core4MicaBytecode,
} as const satisfies ContractArtifact;

/** The decoder of guarantee version 2, bound to trusted ERC-8004 validation registries. */
export const validationRegistryGuaranteeDecoderArtifact = {
  contractName: 'ValidationRegistryGuaranteeDecoder',
  abi: abi.validationRegistryGuaranteeDecoderAbi,
  bytecode: bytecode.validationRegistryGuaranteeDecoderBytecode,
} as const satisfies ContractArtifact;

/**
 * Answers in its constructor whether a contract wallet accepts a signature; its creation code is called, never deployed.
 * `@fourmica/eip712-claims/contract-wallets` carries a copy of that code.
 */
export const contractSignatureVerdictArtifact = {
  contractName: 'ContractSignatureVerdict',
  abi: abi.contractSignatureVerdictAbi,
  bytecode: bytecode.contractSignatureVerdictBytecode,
} as const satisfies ContractArtifact;

/** OpenZeppelin's AccessManager, which decides who may call the restricted functions of Core4Mica. */
export const accessManagerArtifact = {
  contractName: 'AccessManager',
  abi: abi.accessManagerAbi,
  bytecode: bytecode.accessManagerBytecode,
} as const satisfies ContractArtifact;

/** A well-behaved token with six decimals that anybody may mint, for local networks and tests. */
export const testUsdcArtifact = {
  contractName: 'TestUSDC',
  abi: abi.testUsdcAbi,
  bytecode: bytecode.testUsdcBytecode,
} as const satisfies ContractArtifact;

/**
 * A token that returns nothing from transfers and approvals and changes an allowance only to or from zero, as old
 * tokens do; six decimals, anybody may mint. For local networks and tests.
 */
export const testUsdtArtifact = {
  contractName: 'TestUSDT',
  abi: abi.testUsdtAbi,
  bytecode: bytecode.testUsdtBytecode,
} as const satisfies ContractArtifact;

/** A small ERC-8004 validation registry for local networks and tests. */
export const testValidationRegistryArtifact = {
  contractName: 'TestValidationRegistry',
  abi: abi.testValidationRegistryAbi,
  bytecode: bytecode.testValidationRegistryBytecode,
} as const satisfies ContractArtifact;
