import { FourMicaError } from '@fourmica/core-types';

/** Runs a parser over a value of a peer; undefined when the parser refuses it. */
export function parsed<T>(parse: (value: unknown) => T, value: unknown): T | undefined {
  try {
    return parse(value);
  } catch (error) {
    if (error instanceof FourMicaError) return undefined;
    throw error;
  }
}
