import {
  type Address,
  type Eip712Domain,
  type Eip712Types,
  type Hex,
  hexToBytes,
  parseWireAddress,
  ValidationError,
} from '@fourmica/core-types';
import { AbiWriter, encodeUtf8, keccak256, WORD_SIZE } from '@fourmica/core-types/abi';
import { CLAIMS_STRUCTS } from './claims-struct.js';
import { SigningError } from './errors.js';
import { domainSeparator, typedDataDigest } from './typed-data.js';

const MAX_DEPTH = 16;
const MAX_TYPES = 100;
const ADDRESS = /^0x[0-9a-f]{40}$/i;

/**
 * Computes the EIP-712 digest of any message. The primary type is the one that no other type refers to.
 *
 * @throws SigningError `TYPED_DATA_INVALID` when a type is unknown or a value does not fit its type.
 */
export function hashTypedData(
  domain: Eip712Domain,
  types: Eip712Types,
  message: Readonly<Record<string, unknown>>,
): Uint8Array {
  const primaryType = primaryTypeOf(types);
  try {
    return typedDataDigest(domainSeparator(domain), hashStruct(types, primaryType, message, primaryType, 0));
  } catch (cause) {
    if (!(cause instanceof ValidationError)) throw cause;
    throw invalid(cause.message, cause);
  }
}

/**
 * Finds the primary type: the one that no other type refers to.
 *
 * @throws SigningError `TYPED_DATA_INVALID` when there is none or more than one.
 */
export function primaryTypeOf(types: Eip712Types): string {
  requireTypes(types);
  const referred = new Set(
    Object.entries(types).flatMap(([name, members]) =>
      members.map(({ type }) => baseTypeOf(type)).filter((type) => type !== name),
    ),
  );
  const roots = Object.keys(types).filter((name) => !referred.has(name));
  const [root] = roots;
  if (root === undefined || roots.length > 1) {
    throw invalid(`types: expected exactly one primary type, got ${roots.join(', ') || 'none'}`);
  }
  return root;
}

function requireTypes(types: unknown): void {
  const lists = typeof types === 'object' && types !== null ? Object.values(types) : undefined;
  if (lists === undefined || lists.length > MAX_TYPES || !lists.every(isMemberList)) {
    throw invalid(`types: expected at most ${MAX_TYPES} lists of members, each with a name and a type`);
  }
}

const isMemberList = (list: unknown): boolean =>
  Array.isArray(list) &&
  list.every((member) => typeof member?.name === 'string' && typeof member.type === 'string');

function hashStruct(
  types: Eip712Types,
  name: string,
  value: unknown,
  path: string,
  depth: number,
): Uint8Array {
  const members = membersOf(types, name);
  if (depth > MAX_DEPTH) throw invalid(`${path}: nested deeper than ${MAX_DEPTH} levels`);
  if (typeof value !== 'object' || value === null) throw new ValidationError(path, value, `a ${name} object`);
  const record = value as Readonly<Record<string, unknown>>;
  const writer = new AbiWriter((1 + members.length) * WORD_SIZE);
  writer.word(typeHashOf(types, name));
  for (const member of members) {
    const memberValue = Object.hasOwn(record, member.name) ? record[member.name] : undefined;
    writer.word(encodeValue(types, member.type, memberValue, `${path}.${member.name}`, depth));
  }
  return keccak256(writer.finish());
}

/** The type hashes of the claims are known; every other one is computed. */
function typeHashOf(types: Eip712Types, name: string): Uint8Array {
  const known = Object.values(CLAIMS_STRUCTS).find((struct) => struct.members === types[name]);
  return known?.primaryType === name
    ? hexToBytes(known.typeHash)
    : keccak256(encodeUtf8(encodeType(types, name), 'type'));
}

/** EIP-712 `encodeType`: the type itself, then every type it refers to, sorted by name. */
function encodeType(types: Eip712Types, name: string): string {
  const found = new Set<string>();
  const collect = (type: string): void => {
    if (found.has(type) || !Object.hasOwn(types, type)) return;
    found.add(type);
    for (const member of membersOf(types, type)) collect(baseTypeOf(member.type));
  };
  collect(name);
  found.delete(name);
  return [name, ...[...found].sort()]
    .map(
      (type) =>
        `${type}(${membersOf(types, type)
          .map((member) => `${member.type} ${member.name}`)
          .join(',')})`,
    )
    .join('');
}

function encodeValue(
  types: Eip712Types,
  type: string,
  value: unknown,
  path: string,
  depth: number,
): Uint8Array {
  const array = /^(.+)\[([0-9]*)\]$/.exec(type);
  if (array !== null) return encodeArray(types, array[1] as string, array[2] as string, value, path, depth);
  if (Object.hasOwn(types, type)) return hashStruct(types, type, value, path, depth + 1);
  if (type === 'string') return keccak256(encodeUtf8(textOf(value, path), path));
  if (type === 'bytes') return keccak256(bytesOf(value, path));
  return encodeAtomic(type, value, path);
}

function encodeArray(
  types: Eip712Types,
  itemType: string,
  size: string,
  value: unknown,
  path: string,
  depth: number,
): Uint8Array {
  if (!Array.isArray(value) || (size !== '' && value.length !== Number(size))) {
    throw new ValidationError(path, value, `an array of ${size === '' ? '' : `${size} `}${itemType}`);
  }
  const writer = new AbiWriter(value.length * WORD_SIZE);
  value.forEach((item, i) => {
    writer.word(encodeValue(types, itemType, item, `${path}[${i}]`, depth + 1));
  });
  return keccak256(writer.finish());
}

function encodeAtomic(type: string, value: unknown, path: string): Uint8Array {
  const writer = new AbiWriter(WORD_SIZE);
  if (type === 'address') return writer.address(addressOf(value, path), path).finish();
  if (type === 'bool') return writer.uint(booleanOf(value, path), 1, path).finish();
  const [, kind, digits] = /^(u?int|bytes)([1-9][0-9]*)$/.exec(type) ?? [];
  const size = Number(digits);
  if (kind === 'bytes' && size <= WORD_SIZE) return fixedBytes(bytesOf(value, path), size, path);
  if ((kind === 'uint' || kind === 'int') && size <= 256 && size % 8 === 0) {
    const integer = integerOf(value, path);
    if (kind === 'uint') return writer.uint(integer, size, path).finish();
    return writer.uint(twosComplement(integer, size, path), 256, path).finish();
  }
  throw invalid(`${path}: unknown type ${type}`);
}

function twosComplement(value: bigint, bits: number, path: string): bigint {
  if (BigInt.asIntN(bits, value) !== value)
    throw new ValidationError(path, value, `a signed ${bits}-bit integer`);
  return BigInt.asUintN(256, value);
}

function fixedBytes(bytes: Uint8Array, size: number, path: string): Uint8Array {
  if (bytes.length !== size) throw new ValidationError(path, `${bytes.length} bytes`, `${size} bytes`);
  const word = new Uint8Array(WORD_SIZE);
  word.set(bytes);
  return word;
}

function integerOf(value: unknown, path: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^(?:0|-?[1-9][0-9]{0,77}|0x[0-9a-f]{1,64})$/i.test(value))
    return BigInt(value);
  throw new ValidationError(path, value, 'an integer');
}

function bytesOf(value: unknown, path: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string' && value.startsWith('0x')) return hexToBytes(value as Hex, path);
  throw new ValidationError(path, value, 'bytes as 0x hex text');
}

function textOf(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw new ValidationError(path, value, 'text');
}

function booleanOf(value: unknown, path: string): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  throw new ValidationError(path, value, 'true or false');
}

/** The checksum does not take part in the hash, so a text that already has the right form is taken as it is. */
const addressOf = (value: unknown, path: string): Address =>
  typeof value === 'string' && ADDRESS.test(value) ? (value as Address) : parseWireAddress(value, path);

const baseTypeOf = (type: string): string => type.replace(/(?:\[[0-9]*\])+$/, '');

function membersOf(types: Eip712Types, name: string): Eip712Types[string] {
  const members = Object.hasOwn(types, name) ? types[name] : undefined;
  if (members === undefined) throw invalid(`types: unknown type ${name}`);
  return members;
}

const invalid = (message: string, cause?: unknown): SigningError =>
  new SigningError('TYPED_DATA_INVALID', message, {}, cause === undefined ? undefined : { cause });
