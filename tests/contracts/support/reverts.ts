import {
  accessManagerAbi,
  core4MicaAbi,
  testUsdtAbi,
  validationRegistryGuaranteeDecoderAbi,
} from '@fourmica/contracts/abi';
import { testContractAccountArtifact, testHostileTokenArtifact } from '@fourmica/contracts/test-artifacts';
import { Interface } from 'ethers';
import { expect } from 'vitest';
import { RevertedWith } from './chain.js';

const errors = new Interface(
  [
    core4MicaAbi,
    accessManagerAbi,
    validationRegistryGuaranteeDecoderAbi,
    testUsdtAbi,
    testHostileTokenArtifact.abi,
    testContractAccountArtifact.abi,
  ].flatMap((abi) => abi.filter(({ type }) => type === 'error')),
);

/** Revert bytes as name and arguments; `['no data']` when there are none. */
export function describeRevert(data: string): unknown[] {
  if (data === '0x') return ['no data'];
  const error = errors.parseError(data);
  return error === null ? [data] : [error.name, ...error.args];
}

/** Runs the call and returns how it reverted, or `['success']`. */
export async function revertOf(call: Promise<unknown>): Promise<unknown[]> {
  try {
    await call;
    return ['success'];
  } catch (error) {
    if (error instanceof RevertedWith) return describeRevert(error.data);
    throw error;
  }
}

/** Expects the call to revert with the error and exactly these arguments. */
export async function expectRevert(call: Promise<unknown>, name: string, ...args: unknown[]): Promise<void> {
  expect(await revertOf(call)).toEqual([name, ...args]);
}
