// Measures what the SDK costs its user: download, import, start, payment; beside another SDK of the same network.
import { print } from './report.js';
import { measureClients } from './sdk/clients.js';
import { measureImports } from './sdk/imports.js';
import { installPeer, PEER, type Peer } from './sdk/peer.js';
import { measureSizes } from './sdk/sizes.js';

const asJson = process.argv.includes('--json');
const peer = await installPeer().catch((error: Error): Peer | undefined => {
  console.error(`${PEER} cannot be installed here, and is not measured: ${error.message}`);
  return undefined;
});
const results = [
  ...(await measureSizes(peer)),
  ...(await measureImports(peer)),
  ...(await measureClients(peer)),
];
print('sdk', results, asJson);
