import { dualFormatPackage } from '../../tsup.base.js';

export default dualFormatPackage(['src/index.ts', 'src/chain-repairs.ts']);
