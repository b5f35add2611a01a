export * from './accounts.js';
export { type Anvil, type AnvilOptions, LocalnetError, startAnvil } from './anvil.js';
export type { LocalContracts } from './deploy.js';
export * from './localnet.js';
export * from './movable-clock.js';
export * from './validation.js';
