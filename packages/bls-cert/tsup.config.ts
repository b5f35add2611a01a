import { defineConfig, type Options } from 'tsup';
import { dualFormatPackage, esmPackage } from '../../tsup.base.js';

const portable = dualFormatPackage(['src/index.ts']) as Options;

/** The worker pool needs threads and files: for Node alone. It uses the main entry as anybody else does. */
const nodeOnly: Options = { clean: false, external: ['@fourmica/bls-cert'], tsconfig: 'tsconfig.test.json' };
const pool = { ...(dualFormatPackage(['src/node/pool.ts']) as Options), ...nodeOnly, shims: true };
const worker = { ...(esmPackage(['src/node/pool-worker.ts']) as Options), ...nodeOnly, dts: false };

export default defineConfig([{ ...portable, clean: false }, pool, worker]);
