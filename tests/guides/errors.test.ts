import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { core4MicaAbi, validationRegistryGuaranteeDecoderAbi } from '@fourmica/contracts/abi';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGES = [
  'core-types',
  'eip712-claims',
  'bls-cert',
  'contracts',
  'rpc-client',
  'contract-gateway',
  'x402',
  'sdk',
  'localnet',
];

/** Texts in the sources that are written like codes: settings, codes of ethers, parts of names, members of models. */
const OTHER_TEXTS = new Set([
  'ADMIN_API_KEY',
  'AUTH_REFRESH_MARGIN_SECS',
  'AUTH_URL',
  'BAD_DATA',
  'BEARER_TOKEN',
  'CALL_EXCEPTION',
  'CANCEL_RESERVE',
  'CONTRACT_ADDRESS',
  'DOMAIN_SEPARATOR',
  'ETHEREUM_HTTP_RPC_URL',
  'PUBLIC_KEY',
  'RPC_URL',
  'UNSUPPORTED_OPERATION',
  'WALLET_PRIVATE_KEY',
]);
/** Codes without an underscore, and codes that are made of a prefix and a name. */
const OTHER_CODES = [
  'ABORTED',
  'PANIC',
  ...['LENGTH', 'ENCODING', 'INFINITY', 'SUBGROUP'].map((problem) => `CERTIFICATE_PUBLIC_KEY_${problem}`),
  ...['BALANCE', 'ALLOWANCE'].map((name) => `ERC20_INSUFFICIENT_${name}`),
  ...['SENDER', 'RECEIVER', 'APPROVER', 'SPENDER'].map((role) => `ERC20_INVALID_${role}`),
];

const sources = PACKAGES.flatMap((name) => {
  const folder = join(ROOT, 'packages', name, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('generated'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
});
const thrown = sources.flatMap((source) =>
  Array.from(source.matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g), ([, text = '']) => text),
);

const codeOfRevert = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toUpperCase();
const reverts = [...core4MicaAbi, ...validationRegistryGuaranteeDecoderAbi]
  .filter(({ type }) => type === 'error')
  .map((entry) => codeOfRevert('name' in entry ? String(entry.name) : ''));

const guide = readFileSync(join(ROOT, 'docs/guides/errors.md'), 'utf8');
const documented = Array.from(guide.matchAll(/^\| ((?:`[A-Z][A-Z0-9_]+`(?:, )?)+) \|/gm), ([, cell = '']) =>
  Array.from(cell.matchAll(/`([A-Z0-9_]+)`/g), ([, code = '']) => code),
).flat();

test('the guide explains every code of the packages and of the contract, and no other', () => {
  const codes = [...thrown.filter((text) => !OTHER_TEXTS.has(text)), ...OTHER_CODES, ...reverts];
  expect([...new Set(documented)].sort()).toEqual([...new Set(codes)].sort());
});
