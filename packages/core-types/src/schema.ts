import * as z from 'zod/mini';
import { type Address, lowerCaseAddress, parseAddress, parseWireAddress } from './address.js';
import { attempt } from './attempt.js';
import { type Bytes32, type Hex, parseBytes32 } from './hex.js';
import { validationErrorOf } from './schema-error.js';
import { parseUint, toSafeNumber, uintToHex } from './uint.js';

const numberLike = z.union([z.string(), z.number(), z.bigint()], {
  error: 'expected a decimal or 0x hex integer',
});

const uintSchema = (bits: number) =>
  z.codec(numberLike, z.bigint(), {
    decode: (value, payload) => attempt(() => parseUint(value, bits, 'value'), value, payload),
    encode: (value) => uintToHex(value),
  });

/** 256-bit unsigned integer; emitted as `0x` hex text. */
export const U256Schema = uintSchema(256);

/** 64-bit unsigned integer (unix seconds, chain ids); emitted as a JSON number, refused above 2^53-1. */
export const U64Schema = z.codec(numberLike, z.bigint(), {
  decode: (value, payload) => attempt(() => parseUint(value, 64, 'value'), value, payload),
  encode: (value, payload) => attempt(() => toSafeNumber(value, 'value'), value, payload),
});

/** Unix seconds, durations in seconds and counters in models: a JSON number on both sides. */
export const SecondsSchema = z.codec(numberLike, z.number().check(z.int(), z.minimum(0)), {
  decode: (value, payload) =>
    attempt(() => toSafeNumber(parseUint(value, 64, 'value'), 'value'), value, payload),
  encode: (value) => value,
});

const addressCodec = (parse: (value: unknown) => Address, encode: (address: Address) => Hex) =>
  z.codec(z.string('expected an address: 0x and 40 hex digits'), z.custom<Address>(), {
    decode: (value, payload) => attempt(() => parse(value), value, payload),
    encode: (value) => encode(value),
  });

/** Address on the wire, any letter case; emitted in EIP-55 form. */
export const WireAddressSchema = addressCodec(parseWireAddress, (address) => address);

/** Address on the wire, any letter case; emitted in lower case, as the core's models do. */
export const LowerCaseAddressSchema = addressCodec(parseWireAddress, lowerCaseAddress);

/** Address from configuration: a mixed-case one needs a valid EIP-55 checksum. */
export const ConfigAddressSchema = addressCodec(parseAddress, (address) => address);

/** 32 bytes of hex text, `0x` optional; emitted lower case with `0x`. */
export const Bytes32Schema = z.codec(z.string('expected 32 bytes as 64 hex digits'), z.custom<Bytes32>(), {
  decode: (value, payload) => attempt(() => parseBytes32(value), value, payload),
  encode: (value) => value,
});

/**
 * Parses a value with a schema; the first complaint becomes a {@link ValidationError} that names the member's path.
 *
 * @param what - name of the whole value, the first part of the path, such as `claims`.
 * @throws ValidationError
 */
export function parseWith<Schema extends z.core.$ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const result = z.safeParse(schema, value, { reportInput: true });
  if (result.success) return result.data;
  throw validationErrorOf(result.error, value, what);
}

/**
 * Converts a domain value to its wire form with the encoding side of a schema.
 *
 * @throws ValidationError when the value is not what its type says, or has no exact wire form.
 */
export function encodeWith<Schema extends z.core.$ZodType>(
  schema: Schema,
  value: z.output<Schema>,
  what: string,
): z.input<Schema> {
  const result = z.safeEncode(schema, value, { reportInput: true });
  if (result.success) return result.data;
  throw validationErrorOf(result.error, value, what);
}
