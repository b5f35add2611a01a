import { dualFormatPackage } from '../../tsup.base.js';

export default dualFormatPackage([
  'src/index.ts',
  'src/client.ts',
  'src/server.ts',
  'src/express.ts',
  'src/hono.ts',
  'src/node.ts',
  'src/official-client.ts',
  'src/official-server.ts',
]);
