import { defineConfig, type Options } from 'tsup';

/** A package for Node, browsers and workers: ESM first, CommonJS beside it. */
export const dualFormatPackage = (entry: string[]) =>
  defineConfig({
    entry,
    format: ['esm', 'cjs'],
    dts: true,
    clean: true,
    sourcemap: true,
    target: 'es2022',
    treeshake: true,
    splitting: true,
  });

/** A program or library for Node alone. */
export const esmPackage = (entry: string[]) =>
  defineConfig({
    entry,
    format: ['esm'],
    dts: true,
    clean: true,
    sourcemap: true,
    target: 'node20',
    platform: 'node',
    splitting: true,
  });

/** A program that nobody imports: no types. */
export const program = (entry: string[]) => ({ ...(esmPackage(entry) as Options), dts: false });
