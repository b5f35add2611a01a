// Compiles the Solidity sources with solc-js and writes ABI and bytecode as TypeScript modules.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..');
const sourceRoot = join(packageRoot, 'solidity');
const outputRoot = join(packageRoot, 'src', 'generated');
const stampFile = join(outputRoot, 'inputs.sha256');
const outputFiles = ['abi.ts', 'bytecode.ts', 'test-abi.ts', 'test-bytecode.ts'].map((name) =>
  join(outputRoot, name),
);

const accessManagerFile = '@openzeppelin/contracts/access/manager/AccessManager.sol';
const erc20File = '@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol';

/** Contracts whose ABI and bytecode are generated, by the prefix of their constants. */
const contracts = {
  core4Mica: ['solidity/Core4Mica.sol', 'Core4Mica'],
  validationRegistryGuaranteeDecoder: [
    'solidity/ValidationRegistryGuaranteeDecoder.sol',
    'ValidationRegistryGuaranteeDecoder',
  ],
  contractSignatureVerdict: ['solidity/ContractSignatureVerdict.sol', 'ContractSignatureVerdict'],
  accessManager: [accessManagerFile, 'AccessManager'],
  testUsdc: ['solidity/test/TestUSDC.sol', 'TestUSDC'],
  testUsdt: ['solidity/test/TestUSDT.sol', 'TestUSDT'],
  testValidationRegistry: ['solidity/test/TestValidationRegistry.sol', 'TestValidationRegistry'],
};

/** The same for contracts that only misbehave in tests; they get files of their own. */
const testContracts = {
  legacyCore4Mica: ['solidity/test/LegacyCore4Mica.sol', 'LegacyCore4Mica'],
  testHostileToken: ['solidity/test/TestHostileToken.sol', 'TestHostileToken'],
  testContractAccount: ['solidity/test/TestContractAccount.sol', 'TestContractAccount'],
  testContractWallet: ['solidity/test/TestContractWallet.sol', 'TestContractWallet'],
  testContractWalletFactory: ['solidity/test/TestContractWallet.sol', 'TestContractWalletFactory'],
};

/** Interfaces, of which only the ABI is generated. */
const interfaces = {
  validationRegistry: ['solidity/interfaces/IValidationRegistry.sol', 'IValidationRegistry'],
  erc20: [erc20File, 'IERC20Metadata'],
};

const settings = {
  evmVersion: 'prague',
  optimizer: { enabled: true, runs: 200 },
  viaIR: false,
  metadata: { appendCBOR: false, bytecodeHash: 'none' },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
};

const solidityFiles = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return solidityFiles(path);
    return entry.name.endsWith('.sol') ? [path] : [];
  });

const readLocalSources = () =>
  Object.fromEntries(
    solidityFiles(sourceRoot)
      .sort()
      .map((path) => [
        relative(packageRoot, path).replaceAll('\\', '/'),
        { content: readFileSync(path, 'utf8') },
      ]),
  );

const versionOf = (name) => JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')).version;

const fingerprint = (sources) =>
  createHash('sha256')
    .update(
      JSON.stringify({
        sources,
        settings,
        script: readFileSync(fileURLToPath(import.meta.url), 'utf8'),
        versions: ['solc', '@openzeppelin/contracts', 'solady'].map((name) => [name, versionOf(name)]),
      }),
    )
    .digest('hex');

const isCurrent = (stamp) =>
  existsSync(stampFile) && outputFiles.every(existsSync) && readFileSync(stampFile, 'utf8') === stamp;

const resolveImport = (path) => {
  try {
    return { contents: readFileSync(require.resolve(path), 'utf8') };
  } catch (cause) {
    return { error: `${path} not found in node_modules: ${cause.message}` };
  }
};

const compile = (localSources) => {
  const solc = require('solc');
  const librarySources = [accessManagerFile, erc20File].map((file) => [
    file,
    { content: readFileSync(require.resolve(file), 'utf8') },
  ]);
  const sources = { ...localSources, ...Object.fromEntries(librarySources) };
  const input = JSON.stringify({ language: 'Solidity', sources, settings });
  const output = JSON.parse(solc.compile(input, { import: resolveImport }));
  const problems = (output.errors ?? []).filter(({ sourceLocation, severity }) => {
    const isLocal = sourceLocation?.file.startsWith('solidity/') ?? true;
    return severity === 'error' || (isLocal && severity === 'warning');
  });
  if (problems.length > 0) {
    throw new Error(`Solidity compilation failed:\n${problems.map((p) => p.formattedMessage).join('\n')}`);
  }
  return ([file, name]) => output.contracts[file][name];
};

const EIP_170_LIMIT = 24_576;

const checkSize = (name, { evm }) => {
  const size = evm.deployedBytecode.object.length / 2;
  if (size > EIP_170_LIMIT) throw new Error(`${name} has ${size} bytes, EIP-170 allows ${EIP_170_LIMIT}.`);
  console.log(`${name}: ${size} bytes deployed`);
};

const writeAtomically = (path, text) => {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
};

const writeModule = (path, declarations) =>
  writeAtomically(path, ['// Generated by scripts/compile.mjs.\n', ...declarations].join('\n'));

const localSources = readLocalSources();
const stamp = fingerprint(localSources);
if (!isCurrent(stamp)) {
  const contractOf = compile(localSources);
  const abisOf = (ids) =>
    Object.entries(ids).map(
      ([name, id]) => `export const ${name}Abi = ${JSON.stringify(contractOf(id).abi, null, 2)} as const;\n`,
    );
  const bytecodesOf = (ids) =>
    Object.entries(ids).map(
      ([name, id]) => `export const ${name}Bytecode = '0x${contractOf(id).evm.bytecode.object}' as const;\n`,
    );
  for (const id of Object.values(contracts)) checkSize(id[1], contractOf(id));
  mkdirSync(outputRoot, { recursive: true });
  const [abi, bytecode, testAbi, testBytecode] = outputFiles;
  writeModule(abi, abisOf({ ...contracts, ...interfaces }));
  writeModule(bytecode, bytecodesOf(contracts));
  writeModule(testAbi, abisOf(testContracts));
  writeModule(testBytecode, bytecodesOf(testContracts));
  writeAtomically(stampFile, stamp);
}
