import { defineConfig } from 'vitest/config';

const source = { conditions: ['@fourmica/source'] };

export default defineConfig({
  test: {
    maxWorkers: 3,
    projects: [
      {
        resolve: source,
        ssr: { resolve: source },
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'interop/*/src/**/*.test.ts'],
          // A busy machine may make any test slow; how fast something is, no test judges by its limit.
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/*/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
