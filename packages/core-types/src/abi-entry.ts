export * from './abi.js';
export * from './utf8.js';
