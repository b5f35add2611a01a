import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
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
  return {
    text: outputFiles.map(({ text }) => text).join('\n'),
    inputs: Object.keys(metafile.inputs),
    initialInputs: initialInputs(metafile),
  };
}

/** What runs before any dynamic import: the inputs of the entry and of every file that it imports statically. */
function initialInputs({ outputs }: Metafile): string[] {
  const files = new Set(Object.keys(outputs).filter((path) => path.endsWith('stdin.js')));
  for (const file of files) {
    for (const { path, kind } of outputs[file]?.imports ?? []) {
      if (kind === 'import-statement') files.add(path);
    }
  }
  return Array.from(files).flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
}

const of = (library: string) => (path: string) => path.includes(`/node_modules/${library}/`);

test('T-19: the whole SDK runs where there is no Node', async () => {
  const { text, inputs } = await bundle(`export * from '@fourmica/sdk'`);
  expect(inputs.filter((path) => path.startsWith('node:') || builtinModules.includes(path))).toEqual([]);
  expect(text).not.toMatch(/\bBuffer\.(?:from|alloc)|\bprocess\.env\b/);
});

test('the BLS library is loaded when it is needed', async () => {
  const { inputs, initialInputs } = await bundle(`export * from '@fourmica/sdk'`);
  expect(inputs.filter(of('bls-eth-wasm'))).not.toEqual([]);
  expect(initialInputs.filter(of('ethers'))).not.toEqual([]);
  expect(initialInputs.filter(of('bls-eth-wasm'))).toEqual([]);
});

test('paying with a wallet of one’s own needs neither ethers nor BLS', async () => {
  const { inputs } = await bundle(`export * from '@fourmica/sdk/payer'`);
  for (const library of ['ethers', 'bls-eth-wasm', '@chainsafe/bls']) {
    expect(inputs.filter(of(library))).toEqual([]);
  }
});
