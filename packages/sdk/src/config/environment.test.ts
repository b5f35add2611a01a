import { expect, test } from 'vitest';
import { processEnvironment } from './environment.js';

test('T-19: a platform without process has an empty environment', () => {
  const { process: saved } = globalThis;
  try {
    Object.defineProperty(globalThis, 'process', { value: undefined, configurable: true });
    expect(processEnvironment()).toEqual({});
  } finally {
    Object.defineProperty(globalThis, 'process', { value: saved, configurable: true, writable: true });
  }
  expect(processEnvironment()).toBe(process.env);
});
