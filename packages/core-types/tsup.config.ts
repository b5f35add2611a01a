import { dualFormatPackage } from '../../tsup.base.js';

export default dualFormatPackage([
  'src/index.ts',
  'src/abi-entry.ts',
  'src/chain-repairs.ts',
  'src/wallet-roles.ts',
]);
