import { LosslessNumber, parse, stringify } from 'lossless-json';
import { ValidationError } from './errors.js';

/** Bounds of a JSON text from outside. */
export interface JsonLimits {
  /** Longest text in UTF-16 code units. */
  readonly maxLength: number;
  /** Deepest nesting of objects and arrays. */
  readonly maxDepth: number;
}

/** Bounds for bodies and headers that carry a payment. */
export const DEFAULT_JSON_LIMITS: JsonLimits = { maxLength: 64 * 1024, maxDepth: 32 };

/**
 * Parses JSON that carries money or signatures: refuses duplicate keys and `__proto__`, reads integers beyond 2^53-1
 * exactly as bigint, keeps numbers with another spelling than the plain one as opaque text (so `1e3` is no integer), and
 * bounds size and depth before parsing.
 *
 * @throws ValidationError naming `field`; its `cause` is the parser's error.
 */
export function parseStrictJson(
  text: string,
  field = 'body',
  limits: JsonLimits = DEFAULT_JSON_LIMITS,
): unknown {
  if (text.length > limits.maxLength) {
    throw new ValidationError(
      field,
      `${text.length} characters`,
      `JSON of at most ${limits.maxLength} characters`,
    );
  }
  refuseStructure(text, field, limits.maxDepth);
  try {
    return parse(text, refuseProto, { parseNumber: parseJsonNumber });
  } catch (cause) {
    const reason = cause instanceof Error ? printable(cause.message) : 'unreadable';
    throw new ValidationError(field, text, `valid JSON (${reason})`, { cause });
  }
}

/** Writes JSON with bigints as plain integers and opaque numbers as they came, the counterpart of {@link parseStrictJson}. */
export function stringifyStrictJson(value: unknown): string {
  const text = stringify(value);
  if (text === undefined) throw new ValidationError('value', value, 'a JSON value');
  return text;
}

/** Escapes line breaks and other control characters that a parser's message quotes from the text. */
const printable = (message: string): string => JSON.stringify(message).slice(1, -1).replaceAll('\\"', '"');

function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('the key "__proto__" is not allowed');
  return value;
}

/**
 * A number that this platform would write differently (`1e3`, `1.0`, `-0`, `1e400`, `0.10`) is kept as its text: no
 * schema takes it for an integer, and it is echoed as it came.
 */
function parseJsonNumber(text: string): number | bigint | LosslessNumber {
  const value = Number(text);
  if (String(value) === text && !isInexact(value)) return value;
  return /^-?[1-9][0-9]*$/.test(text) ? BigInt(text) : new LosslessNumber(text);
}

const isInexact = (value: number): boolean => Number.isInteger(value) && !Number.isSafeInteger(value);

/**
 * Walks over the text once before it is parsed, because the recursive parser would overflow on deep nesting and lets a
 * repeated key with an equal value pass.
 */
function refuseStructure(text: string, field: string, maxDepth: number): void {
  const keysOfOpenObjects: Set<string>[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      const end = endOfString(text, i);
      const keys = keysOfOpenObjects.at(-1);
      if (keys !== undefined && isFollowedByColon(text, end)) {
        const key = text.slice(i, end).includes('\\')
          ? unquote(text.slice(i, end))
          : text.slice(i + 1, end - 1);
        if (keys.has(key)) throw new ValidationError(field, key, 'JSON in which no key is repeated');
        keys.add(key);
      }
      i = end - 1;
    } else if (char === '{' || char === '[') {
      keysOfOpenObjects.push(new Set());
      if (keysOfOpenObjects.length > maxDepth) {
        throw new ValidationError(field, text, `JSON nested at most ${maxDepth} levels deep`);
      }
    } else if (char === '}' || char === ']') keysOfOpenObjects.pop();
  }
}

function isFollowedByColon(text: string, from: number): boolean {
  const colon = /[ \t\n\r]*:/y;
  colon.lastIndex = from;
  return colon.test(text);
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

function unquote(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}
