import { dualFormatPackage } from '../../tsup.base.js';

export default dualFormatPackage(['src/index.ts', 'src/contract-wallets.ts', 'src/fast.ts']);
