import type { ContractArtifact } from './artifacts.js';
import * as abi from './generated/test-abi.js';
import * as bytecode from './generated/test-bytecode.js';

/**
 * Core4Mica as earlier deployments remunerate: one certificate closes the tab, and `remuneratedAmount` is not there.
 * For tests of what must be hidden from payers on such contracts.
 */
export const legacyCore4MicaArtifact = {
  contractName: 'LegacyCore4Mica',
  abi: abi.legacyCore4MicaAbi,
  bytecode: bytecode.legacyCore4MicaBytecode,
} as const satisfies ContractArtifact;

/** A token that takes a fee, reports failure or calls back, as a test asks it to. */
export const testHostileTokenArtifact = {
  contractName: 'TestHostileToken',
  abi: abi.testHostileTokenAbi,
  bytecode: bytecode.testHostileTokenBytecode,
} as const satisfies ContractArtifact;

/** A contract as payer or recipient, which may refuse ETH or call back when it gets some. */
export const testContractAccountArtifact = {
  contractName: 'TestContractAccount',
  abi: abi.testContractAccountAbi,
  bytecode: bytecode.testContractAccountBytecode,
} as const satisfies ContractArtifact;

/** A contract wallet (ERC-1271) of one owner, which may misbehave when it is asked about a signature. */
export const testContractWalletArtifact = {
  contractName: 'TestContractWallet',
  abi: abi.testContractWalletAbi,
  bytecode: bytecode.testContractWalletBytecode,
} as const satisfies ContractArtifact;

/** Creates such wallets at addresses that are known beforehand (CREATE2). */
export const testContractWalletFactoryArtifact = {
  contractName: 'TestContractWalletFactory',
  abi: abi.testContractWalletFactoryAbi,
  bytecode: bytecode.testContractWalletFactoryBytecode,
} as const satisfies ContractArtifact;
