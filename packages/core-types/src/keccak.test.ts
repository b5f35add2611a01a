import { keccak_256 } from '@noble/hashes/sha3';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { keccak256 } from './abi-entry.js';

it('gives the hash of an independent implementation, for every length around the block size', () => {
  for (let size = 0; size < 300; size++) {
    const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7 + size) & 255);
    expect(keccak256(bytes)).toEqual(keccak_256(bytes));
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      expect(keccak256(bytes)).toEqual(keccak_256(bytes));
    }),
  );
});

it('reads a part of a buffer, and leaves it as it was', () => {
  const whole = Uint8Array.from({ length: 64 }, (_, i) => i);
  const part = whole.subarray(10, 42);
  expect(keccak256(part)).toEqual(keccak_256(part.slice()));
  expect(whole).toEqual(Uint8Array.from({ length: 64 }, (_, i) => i));
});
