export { type Anvil, type AnvilOptions, startAnvil, type TestAccount } from './anvil.js';
export { freePort } from './free-port.js';
export { type PostgresServer, startPostgres } from './postgres.js';
export { type TempDir, tempDir } from './temp-dir.js';
