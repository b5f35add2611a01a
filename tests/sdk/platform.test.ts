import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

/** Bundles a program for a browser; a Node builtin that cannot be resolved there is an error. */
async function bundle(program: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    minify: true,
    write: false,
    metafile: true,
    outdir: 'out',
    logLevel: 'silent',
  });
  const isEntry = (path: string) => path.endsWith('stdin.js');
  const gzipped = (files: typeof outputFiles) =>
    files.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0);
  const entry = outputFiles.filter(({ path }) => isEntry(path));
  return {
    text: outputFiles.map(({ text }) => text).join('\n'),
    inputs: Object.keys(metafile.inputs),
    initialBytes: gzipped(entry),
    lazyBytes: gzipped(outputFiles.filter(({ path }) => !isEntry(path))),
  };
}

test('T-19: the whole SDK runs where there is no Node', async () => {
  const { text, inputs } = await bundle(`export * from '@fourmica/sdk'`);
  expect(inputs.filter((path) => path.startsWith('node:') || builtinModules.includes(path))).toEqual([]);
  expect(text).not.toMatch(/\bBuffer\.(?:from|alloc)|\bprocess\.env\b/);
});

test('sizes: the BLS library is loaded when it is needed, and the rest stays small', async () => {
  const whole = await bundle(`export * from '@fourmica/sdk'`);
  expect(whole.initialBytes).toBeLessThan(190_000);
  expect(whole.lazyBytes).toBeLessThan(220_000);
});

test('sizes: paying with a wallet of one’s own needs no ethers and little space', async () => {
  const payer = await bundle(`export * from '@fourmica/sdk/payer'`);
  expect(payer.initialBytes).toBeLessThan(60_000);
  expect(payer.inputs.filter((path) => /node_modules\/ethers\//.test(path))).toEqual([]);
});
