// What a browser downloads, minified and gzipped. The limits are part of what the packages promise; raise one only with a
// reason.

const BLS_LIBRARY = ['@chainsafe/bls/herumi', 'bls-eth-wasm'];

/** Measures a program that uses everything these modules offer. The BLS library counts where it is named itself. */
const whole = (name, limit, modules, resolveDir = '.') => ({
  name,
  limit,
  gzip: true,
  path: 'package.json',
  modifyEsbuildConfig: ({ entryPoints: _, ...config }) => ({
    ...config,
    stdin: { contents: modules.map((module) => `export * from '${module}';`).join('\n'), resolveDir },
    external: BLS_LIBRARY.filter((library) => !modules.includes(library)),
    format: 'esm',
    platform: 'browser',
    logLevel: 'error',
  }),
});

const dist = (entry) => `./packages/${entry.replace('/', '/dist/')}.js`;

export default [
  whole('core-types + eip712-claims', '45 kB', [dist('core-types/index'), dist('eip712-claims/index')]),
  whole('eip712-claims/contract-wallets', '45 kB', [dist('eip712-claims/contract-wallets')]),
  whole('bls-cert, without the BLS library', '45 kB', [dist('bls-cert/index')]),
  whole('BLS library, loaded when it is needed', '220 kB', BLS_LIBRARY, 'packages/bls-cert'),
  whole('sdk/payer', '60 kB', [dist('sdk/payer')]),
  whole('sdk, without the BLS library', '190 kB', [dist('sdk/index')]),
];
