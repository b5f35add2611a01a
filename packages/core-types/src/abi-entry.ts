export * from './abi.js';
export * from './keccak.js';
export * from './utf8.js';
