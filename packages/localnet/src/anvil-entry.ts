export { type LocalAccount, localAccount } from './accounts.js';
export { type Anvil, type AnvilOptions, LocalnetError, startAnvil } from './anvil.js';
