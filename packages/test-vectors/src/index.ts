export * from './load.js';
export type * from './vectors.js';
