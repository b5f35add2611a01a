import { esmPackage } from '../../tsup.base.js';

export default esmPackage(['src/index.ts']);
