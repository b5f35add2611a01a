import { accessManagerAbi, core4MicaAbi } from './generated/abi.js';
import { accessManagerBytecode, core4MicaBytecode } from './generated/bytecode.js';

/** The Core4Mica contract. */
export const core4MicaArtifact = {
  contractName: 'Core4Mica',
  abi: core4MicaAbi,
  bytecode: core4MicaBytecode,
} as const;

/** OpenZeppelin's AccessManager, which decides who may call the restricted functions of Core4Mica. */
export const accessManagerArtifact = {
  contractName: 'AccessManager',
  abi: accessManagerAbi,
  bytecode: accessManagerBytecode,
} as const;
