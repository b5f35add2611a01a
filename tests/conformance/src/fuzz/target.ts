import {
  encodeWith,
  FourMicaError,
  parseStrictJson,
  parseWith,
  stringifyStrictJson,
} from '@fourmica/core-types';
import { plain } from '../report.js';
import { mutateBytes, mutateJson, mutateText } from './mutate.js';
import type { Random } from './random.js';

/** A decoder under fuzzing. */
export interface Target {
  readonly name: string;
  /** Valid inputs, from which the mutated ones are made. */
  readonly seeds: readonly Trial[];
  /** Makes the next mutated input. */
  next(random: Random): Trial;
}

/** One input of a decoder. */
export interface Trial {
  readonly input: Uint8Array | string;
  /** Throws what the decoder throws, and {@link Violation} when a promise is broken. */
  decode(): void | Promise<void>;
}

const mutating = <Input extends Uint8Array | string>(
  name: string,
  seeds: readonly Input[],
  mutate: (seed: Input, random: Random) => Input,
  decode: (input: Input) => void | Promise<void>,
): Target => {
  const trialOf = (input: Input): Trial => ({ input, decode: () => decode(input) });
  return {
    name,
    seeds: seeds.map(trialOf),
    next: (random) => trialOf(mutate(random.pick(seeds), random)),
  };
};

/** A decoder accepted something that it does not give back. */
export class Violation extends Error {}

/** Tells whether an error is one that a decoder may throw. */
export const isTypedError = (error: unknown): boolean => error instanceof FourMicaError;

/** Checks that what was decoded and encoded again is what it was. */
export function requireSame(actual: unknown, expected: unknown, what: string): void {
  if (!sameJson(actual, expected)) throw new Violation(`${what}: ${JSON.stringify(plain(actual))}`);
}

/** Compares values as JSON, whatever the order of their members. */
export const sameJson = (left: unknown, right: unknown): boolean =>
  JSON.stringify(plain(left)) === JSON.stringify(plain(right));

/** A decoder of text. */
export const textTarget = (
  name: string,
  seeds: readonly string[],
  decode: (text: string) => void | Promise<void>,
): Target => mutating(name, seeds, mutateText, decode);

/** A decoder of bytes. */
export const bytesTarget = (
  name: string,
  seeds: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => void,
): Target => mutating(name, seeds, mutateBytes, decode);

/** A decoder of JSON values: the text is parsed strictly before. */
export const jsonTarget = (
  name: string,
  seeds: readonly unknown[],
  decode: (value: unknown) => void | Promise<void>,
): Target =>
  mutating(
    name,
    seeds.map((seed) => stringifyStrictJson(seed)),
    mutateJson,
    (text) => decode(parseStrictJson(text, name)),
  );

/** Ends a decoding that says "no" by answering nothing. */
export function requireFound<T>(value: T | undefined): T {
  if (value === undefined) throw new FourMicaError('NOTHING', 'nothing was found', {});
  return value;
}

/** JSON text to value, value to JSON text, and back: both values have to be equal. */
export const schemaTarget = (
  name: string,
  schema: Parameters<typeof parseWith>[0],
  seeds: readonly unknown[],
  isSame = sameJson,
): Target =>
  jsonTarget(name, seeds, (json) => {
    const value = parseWith(schema, json, name);
    const written = stringifyStrictJson(encodeWith(schema, value, name));
    if (!isSame(parseWith(schema, parseStrictJson(written, name), name), value)) {
      throw new Violation(`encodes to ${written}, which decodes to something else`);
    }
  });
