import { type Address, parseAddress, ValidationError } from '@fourmica/core-types';
import { readSecretFile } from './secret-file.js';

/** What an operator has to know about a setting. */
export interface SettingDescription {
  /** One line for the table of settings. */
  readonly meaning: string;
  /** The value without the setting, for people; absent = none. */
  readonly fallback?: string;
  /** Secrets can also come from a file, by `NAME_FILE`, and are never repeated. */
  readonly isSecret?: true;
}

/** Settings that every HTTP service has, for the end of its table. */
export const SERVICE_SETTINGS = {
  CORS_ORIGINS: { meaning: 'origins whose pages may call the service, comma-separated, `*` = all' },
  METRICS_TOKEN: {
    isSecret: true,
    meaning: 'bearer token of `/metrics`, at least 16 characters; without it the route does not exist',
  },
  LOG_LEVEL: { fallback: 'info', meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`' },
} as const satisfies SettingDescriptions;

/** Every setting of a service by name. */
export type SettingDescriptions = Readonly<Record<string, SettingDescription>>;

/** Variables as the process got them. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIXES = ['', 'FOURMICA_', '4MICA_'];
const FILE_SUFFIX = '_FILE';

/**
 * Reads the settings of a service by name. Each may also carry the prefix `FOURMICA_` or `4MICA_`, and a secret may be
 * the path of a file, by the name with `_FILE` behind. Blank counts as absent. Every method throws `ValidationError`
 * naming the setting.
 */
export class Settings<Name extends string> {
  readonly #descriptions: Readonly<Record<Name, SettingDescription>>;
  readonly #env: Environment;

  constructor(descriptions: Readonly<Record<Name, SettingDescription>>, env: Environment) {
    this.#descriptions = descriptions;
    this.#env = env;
  }

  /** Returns undefined when the setting is absent. */
  optional(name: Name): string | undefined {
    const value = this.#read(name);
    if (this.#descriptions[name].isSecret !== true) return value;
    const path = this.#read(`${name}${FILE_SUFFIX}`);
    if (path === undefined) return value;
    if (value === undefined) return readSecretFile(path, `${name}${FILE_SUFFIX}`);
    throw new ValidationError(name, '(hidden)', `either ${name} or ${name}${FILE_SUFFIX}, not both`);
  }

  /** Returns the value of a setting that has to be there. */
  required(name: Name): string {
    const value = this.optional(name);
    if (value !== undefined) return value;
    throw this.#missing(name);
  }

  /** Reads a whole number within bounds. */
  integer(name: Name, { min, max }: { readonly min: number; readonly max: number }): number | undefined {
    const text = this.optional(name);
    if (text === undefined) return undefined;
    const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new ValidationError(name, text, `a whole number from ${min} to ${max}`);
  }

  /** Reads one of several words, in any letter case. */
  oneOf<Value extends string>(name: Name, values: readonly Value[], fallback: Value): Value {
    const text = this.optional(name);
    if (text === undefined) return fallback;
    const value = values.find((candidate) => candidate === text.toLowerCase());
    if (value !== undefined) return value;
    throw new ValidationError(name, text, values.join(' or '));
  }

  /** Splits a comma-separated list; absent = empty. */
  list(name: Name): string[] {
    return (this.optional(name) ?? '').split(',').flatMap((item) => item.trim() || []);
  }

  /** Reads a comma-separated list of addresses. */
  addresses(name: Name): Address[] {
    return this.list(name).map((text) => parseAddress(text, name));
  }

  /** Reads a secret of 32 bytes in hex. */
  secret32(name: Name): string {
    const text = this.required(name);
    if (/^(?:0x)?[0-9a-f]{64}$/i.test(text)) return text;
    throw new ValidationError(name, '(hidden)', '32 bytes as 64 hex digits');
  }

  /** Reads one or more http or https URLs, comma-separated; they are not repeated, because they may hold a key. */
  httpUrls(name: Name): string[] {
    const urls = this.list(name).map((text) => httpUrlOf(name, text));
    if (urls.length > 0) return urls;
    throw this.#missing(name);
  }

  /** Reads an http or https URL that may be absent. */
  optionalHttpUrl(name: Name): string | undefined {
    const text = this.optional(name);
    return text === undefined ? undefined : httpUrlOf(name, text);
  }

  /** Reads origins of web pages: `https://app.example`, or `*` for all. */
  origins(name: Name): string[] {
    return this.list(name).map((text) => {
      if (text === '*' || (URL.canParse(text) && new URL(text).origin === text)) return text;
      throw new ValidationError(name, text, 'origins such as https://app.example, or *');
    });
  }

  #missing(name: Name): ValidationError {
    const { meaning, isSecret } = this.#descriptions[name];
    const file = isSecret === true ? `, or ${name}${FILE_SUFFIX} with the path of a file that holds it` : '';
    return new ValidationError(name, undefined, `a value in the environment: ${meaning}${file}`);
  }

  #read(name: string): string | undefined {
    const given = PREFIXES.flatMap((prefix) => this.#env[prefix + name]?.trim() || []);
    if (new Set(given).size <= 1) return given[0];
    throw new ValidationError(name, '(hidden)', `one value, but ${name} is set differently under two names`);
  }
}

function httpUrlOf(name: string, text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : undefined;
  if (protocol === 'http:' || protocol === 'https:') return text;
  throw new ValidationError(name, '(hidden, it may hold a key)', 'an http or https URL');
}

/** Writes the table of settings for a document: name, value without it, meaning. */
export function settingsTable(descriptions: SettingDescriptions): string {
  const rows = Object.entries(descriptions).map(([name, { fallback, isSecret, meaning }]) => {
    const names = isSecret === true ? `\`${name}\`, \`${name}${FILE_SUFFIX}\`` : `\`${name}\``;
    return `| ${names} | ${fallback === undefined ? '' : `\`${fallback}\``} | ${meaning} |`;
  });
  return ['| Variable | Default | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}
