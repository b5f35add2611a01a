import type { Hex } from '@fourmica/core-types';
import type { ErrorFragment, Interface, ParamType } from 'ethers';
import { expect, test } from 'vitest';
import { revertError } from './contract-error-of.js';
import { decodeRevertData, errorCodeOf, KNOWN_INTERFACES } from './revert-data.js';

const SAMPLES: Readonly<Record<string, unknown>> = {
  address: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
  bytes32: `0x${'ab'.repeat(32)}`,
  uint8: 7n,
  uint32: 70_000n,
  uint64: 2n ** 63n,
  uint256: 2n ** 255n,
  string: 'some text',
  bytes: '0xdeadbeef',
};

function sampleOf({ type }: ParamType): unknown {
  if (type in SAMPLES) return SAMPLES[type];
  throw new Error(`no sample of ${type}`);
}

const errors = KNOWN_INTERFACES.flatMap((known) => {
  const fragments: [string, Interface, ErrorFragment][] = [];
  known.forEachError((fragment) => fragments.push([fragment.format('minimal'), known, fragment]));
  return fragments;
});

test('the contract, its decoder, its extensions and tokens have errors', () => {
  expect(errors.length).toBeGreaterThan(50);
});

test.each(errors)('%s is decoded with its arguments and a hint', (_, known, fragment) => {
  const values = fragment.inputs.map(sampleOf);
  const data = known.encodeErrorResult(fragment, values) as Hex;
  const names = fragment.inputs.map(({ name }, index) => name || String(index));
  const args = Object.fromEntries(names.map((name, index) => [name, values[index]]));
  const revert = decodeRevertData(data);
  expect(revert).toEqual({ errorName: fragment.name, args, selector: fragment.selector, data });
  const error = revertError(revert, { operation: 'remunerate' });
  expect(error).toMatchObject({
    code: errorCodeOf(fragment.name),
    errorName: fragment.name,
    args,
    context: { hint: expect.stringMatching(/\S{2,}/) },
  });
  expect(error.message).toBe(`remunerate reverted with ${fragment.name}: ${error.context.hint}`);
  expect(error.message).not.toMatch(/undefined|unknown/);
});
