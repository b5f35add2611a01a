import { bytesToHex } from '@fourmica/core-types';
import { TypedDataEncoder } from 'ethers';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashTypedData, SigningError } from './index.js';

const domain = { name: 'any', version: '7', chainId: 1n };
type Types = Parameters<typeof hashTypedData>[1];
const hash = (types: Types, message: Record<string, unknown>) =>
  bytesToHex(hashTypedData(domain, types, message));

const hex = (size: fc.Arbitrary<number>) =>
  size
    .chain((n) => fc.uint8Array({ minLength: n, maxLength: n }))
    .map((b) => `0x${Buffer.from(b).toString('hex')}`);
const bits = fc.integer({ min: 1, max: 32 }).map((n) => n * 8);

/** A type with a value of it. */
const typed: fc.Arbitrary<{ type: string; value: unknown }> = fc.oneof(
  bits.chain((n) =>
    fc.bigInt({ min: 0n, max: (1n << BigInt(n)) - 1n }).map((value) => ({ type: `uint${n}`, value })),
  ),
  bits.chain((n) =>
    fc
      .bigInt({ min: -(1n << BigInt(n - 1)), max: (1n << BigInt(n - 1)) - 1n })
      .map((value) => ({ type: `int${n}`, value })),
  ),
  fc
    .integer({ min: 1, max: 32 })
    .chain((n) => hex(fc.constant(n)).map((value) => ({ type: `bytes${n}`, value }))),
  hex(fc.constant(20)).map((value) => ({ type: 'address', value })),
  hex(fc.nat(70)).map((value) => ({ type: 'bytes', value })),
  fc.string({ unit: 'binary' }).map((value) => ({ type: 'string', value })),
  fc.boolean().map((value) => ({ type: 'bool', value })),
);

describe('hashTypedData', () => {
  it('hashes any struct of atomic members, arrays and nested structs like ethers', () => {
    const message = fc.array(typed, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(message, message, typed, fc.nat(3), (outer, inner, item, count) => {
        const types = {
          Message: [
            ...outer.map(({ type }, i) => ({ name: `m${i}`, type })),
            { name: 'person', type: 'Person' },
            { name: 'people', type: 'Person[2]' },
            { name: 'items', type: `${item.type}[]` },
            { name: 'grid', type: `${item.type}[1][]` },
          ],
          Person: [
            ...inner.map(({ type }, i) => ({ name: `p${i}`, type })),
            { name: 'home', type: 'Address' },
          ],
          Address: [{ name: 'street', type: 'string' }],
        };
        const valuesOf = (prefix: string, list: readonly { value: unknown }[]) =>
          Object.fromEntries(list.map(({ value }, i) => [`${prefix}${i}`, value]));
        const person = { ...valuesOf('p', inner), home: { street: 'A' } };
        const items = Array.from({ length: count }, () => item.value);
        const value = {
          ...valuesOf('m', outer),
          person,
          people: [person, person],
          items,
          grid: items.map((one) => [one]),
        };
        expect(hash(types, value)).toBe(TypedDataEncoder.hash(domain, types, value));
      }),
      { numRuns: 200 },
    );
  });

  it('hashes the example of EIP-712', () => {
    const types = {
      Person: [
        { name: 'name', type: 'string' },
        { name: 'wallet', type: 'address' },
      ],
      Mail: [
        { name: 'from', type: 'Person' },
        { name: 'to', type: 'Person' },
        { name: 'contents', type: 'string' },
      ],
    };
    const message = {
      from: { name: 'Cow', wallet: '0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826' },
      to: { name: 'Bob', wallet: '0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB' },
      contents: 'Hello, Bob!',
    };
    expect(hash(types, message)).toBe(TypedDataEncoder.hash(domain, types, message));
  });

  const manyTypes = Object.fromEntries(
    Array.from({ length: 101 }, (_, i) => [`T${i}`, [{ name: 'next', type: `T${i + 1}` }]]),
  );
  const one = (type: string) => ({ Message: [{ name: 'value', type }] });
  it.each([
    ['a missing member', one('uint256'), {}, 'Message.value'],
    [
      'a member of the prototype',
      { Message: [{ name: 'toString', type: 'string' }] },
      {},
      'Message.toString',
    ],
    ['an integer that does not fit', one('uint8'), { value: 256 }, 'Message.value'],
    ['a negative unsigned integer', one('uint8'), { value: -1 }, 'Message.value'],
    ['a signed integer that does not fit', one('int8'), { value: 128 }, 'Message.value'],
    ['a fraction', one('uint8'), { value: 1.5 }, 'Message.value'],
    ['an inexact number', one('uint256'), { value: 2 ** 53 }, 'Message.value'],
    ['an empty text for a number', one('uint256'), { value: '' }, 'Message.value'],
    ['text for a truth value', one('bool'), { value: 'false' }, 'Message.value'],
    ['bytes of another length', one('bytes4'), { value: '0x01' }, 'Message.value'],
    ['an array of another length', one('uint8[2]'), { value: [1] }, 'Message.value'],
    ['an address that is none', one('address'), { value: '0x12' }, 'Message.value'],
    ['a number for text', one('string'), { value: 1 }, 'Message.value'],
    ['an unknown type', one('float'), { value: 1 }, 'unknown type float'],
    ['a width that does not exist', one('uint7'), { value: 1 }, 'unknown type uint7'],
    ['two roots', { A: [], B: [] }, {}, 'exactly one primary type, got A, B'],
    ['no type', {}, {}, 'exactly one primary type, got none'],
    ['a member without type', { A: [{ name: 'a' }] }, {}, 'each with a name and a type'],
    ['a type that is no list', { A: { name: 'a', type: 'bool' } }, {}, 'each with a name and a type'],
    ['more types than anybody needs', manyTypes, {}, 'at most 100 lists'],
  ])('refuses %s', (_, types, message, detail) => {
    const refused = expect.objectContaining({
      code: 'TYPED_DATA_INVALID',
      message: expect.stringContaining(detail),
    });
    expect(() => hashTypedData(domain, types as unknown as Types, message)).toThrow(refused);
  });

  it('refuses endless nesting', () => {
    const types = { Root: [{ name: 'node', type: 'Node' }], Node: [{ name: 'node', type: 'Node' }] };
    const node: Record<string, unknown> = {};
    node.node = node;
    expect(() => hashTypedData(domain, types, { node })).toThrow(SigningError);
  });
});
