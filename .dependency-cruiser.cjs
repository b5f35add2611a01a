/**
 * The layers of docs/architecture.md. A package may import from the layers below it and from nothing else; packages of
 * one layer do not import each other, and nobody reaches past another package's `exports`.
 */
const layers = [
  ['packages/core-types'],
  ['packages/contracts'],
  [
    'packages/eip712-claims',
    'packages/bls-cert',
    'packages/rpc-client',
    'packages/contract-gateway',
    'packages/http-service',
  ],
  ['packages/x402'],
  ['packages/sdk'],
  ['apps/core', 'apps/facilitator'],
  ['packages/localnet'],
  ['apps/cli'],
];

const sources = (folders) => `^(${folders.join('|')})/`;
const allFolders = layers.flat();

const layerRules = layers.flatMap((layer, depth) =>
  layer.map((folder) => {
    const forbidden = allFolders.filter(
      (other) => other !== folder && !layers.slice(0, depth).flat().includes(other),
    );
    return {
      name: `layer-${folder.replace('/', '-')}`,
      comment: `${folder} may import only from the layers below it`,
      severity: 'error',
      from: { path: sources([folder]), pathNot: '\\.test\\.ts$' },
      to: { path: sources(forbidden) },
    };
  }),
);

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-internals-of-other-packages',
      comment: 'import another package by its name; its exports map is its public API',
      severity: 'error',
      from: { path: '^((?:packages|apps|tests|examples|interop)/[^/]+)/' },
      to: { path: '^(packages|apps|tests|examples|interop)/', pathNot: '^$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'a deep import that the exports map does not offer, or a missing dependency',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-node-modules-in-portable-packages',
      comment: 'these packages run in browsers and workers: node: imports only in declared Node entries',
      severity: 'error',
      from: {
        path: '^packages/(core-types|eip712-claims|bls-cert|rpc-client|contract-gateway|x402|sdk)/src/',
        pathNot: '(\\.test\\.ts$|/src/node(/|\\.ts$))',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-test-code-in-products',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: '(\\.test\\.ts$|^packages/test-vectors/)' },
      to: { path: '(^tests/|\\.test\\.ts$|^packages/test-vectors/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/|/generated/' },
    exclude: { path: '(^|/)(dist|generated)/' },
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@fourmica/source', 'import', 'types', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
