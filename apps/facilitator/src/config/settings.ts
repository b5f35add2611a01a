import { ValidationError } from '@fourmica/core-types';

const PREFIXES = ['', 'FOURMICA_', '4MICA_'];

/** Reads settings by name; each may also carry the prefix `FOURMICA_` or `4MICA_`. */
export class Settings {
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /**
   * Returns undefined when the setting is absent or blank.
   *
   * @throws ValidationError when it is set differently under two of its names.
   */
  optional(name: string): string | undefined {
    const given = PREFIXES.flatMap((prefix) => this.#env[prefix + name]?.trim() || []);
    if (new Set(given).size <= 1) return given[0];
    throw new ValidationError(
      name,
      '(hidden)',
      'one value, but it is set differently under two of its names',
    );
  }

  /** @throws ValidationError when it is no whole number within the bounds. */
  integer(name: string, { min, max }: { min: number; max: number }): number | undefined {
    const text = this.optional(name);
    if (text === undefined) return undefined;
    const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new ValidationError(name, text, `a whole number from ${min} to ${max}`);
  }

  /** @throws ValidationError when it is none of the values. */
  oneOf<Value extends string>(name: string, values: readonly Value[], fallback: Value): Value {
    const text = this.optional(name);
    if (text === undefined) return fallback;
    const value = values.find((candidate) => candidate === text);
    if (value !== undefined) return value;
    throw new ValidationError(name, text, values.join(' or '));
  }

  /** Splits a comma-separated list. */
  list(name: string): string[] {
    return (this.optional(name) ?? '').split(',').flatMap((item) => item.trim() || []);
  }
}
