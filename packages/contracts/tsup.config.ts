import { dualFormatPackage } from '../../tsup.base.js';

export default dualFormatPackage(['src/index.ts', 'src/abi.ts', 'src/artifacts.ts', 'src/test-artifacts.ts']);
