import type { Random } from './random.js';

const WORD = 32;

/** Bytes with one to four changes: bits, bytes, whole words, lengths, moved parts. */
export function mutateBytes(input: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array = input.slice();
  for (let changes = 1 + random.below(4); changes > 0; changes--) bytes = changeBytes(bytes, random);
  return bytes;
}

function changeBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  switch (random.below(8)) {
    case 0:
      return replaced(bytes, at, (byte) => byte ^ (1 << random.below(8)));
    case 1:
      return replaced(bytes, at, () => random.below(256));
    case 2:
      return replaced(bytes, at, () => random.pick([0x00, 0x01, 0x20, 0x40, 0x7f, 0x80, 0xff]));
    case 3:
      return wordReplaced(bytes, random, (word) => word.fill(random.pick([0x00, 0xff])));
    case 4:
      return wordReplaced(bytes, random, (word) => {
        word.fill(0);
        word[WORD - 1] = random.below(256);
        word[WORD - 2] = random.below(4);
      });
    case 5:
      return bytes.slice(0, at);
    case 6:
      return joined(bytes, new Uint8Array(1 + random.below(WORD)).fill(random.pick([0, 0xff])));
    default: {
      const from = random.below(bytes.length + 1);
      return joined(
        bytes.subarray(0, at),
        bytes.subarray(from, from + random.below(3 * WORD)),
        bytes.subarray(at),
      );
    }
  }
}

function replaced(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const byte = bytes[at];
  if (byte !== undefined) bytes[at] = change(byte);
  return bytes;
}

function wordReplaced(bytes: Uint8Array, random: Random, change: (word: Uint8Array) => void): Uint8Array {
  const start = random.below(Math.ceil(bytes.length / WORD)) * WORD;
  if (start + WORD <= bytes.length) change(bytes.subarray(start, start + WORD));
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** What numbers, addresses and JSON are made of, and what parsers trip over. */
const TOKENS = [
  '"',
  '\\',
  '\\u0061',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  ' ',
  '\n',
  '\t',
  '0',
  '1',
  '9',
  'a',
  'F',
  'g',
  '0x',
  '0X',
  '-',
  '+',
  '.',
  'e',
  'E5',
  '_',
  'null',
  'true',
  '1e400',
  '9007199254740993',
  '115792089237316195423570985008687907853269984665640564039457584007913129639936',
  '""',
  '"0x"',
  '{}',
  '[]',
  '"__proto__":',
  '"v2"',
  '"v1"',
  ';',
  'tab_id:',
  '=',
  '\u0000',
  '\ud800',
  '\ufeff',
  '١',
  '👋',
  '%',
] as const;

/** Text with one to four changes: characters, tokens, cuts, moved parts. */
export function mutateText(input: string, random: Random): string {
  let text = input;
  for (let changes = 1 + random.below(4); changes > 0; changes--) text = changeText(text, random);
  return text;
}

function changeText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + random.below(4));
    case 1:
      return text.slice(0, at) + String.fromCharCode(random.below(128)) + text.slice(at + 1);
    case 2:
      return text.slice(0, at) + random.pick(TOKENS) + text.slice(at);
    case 3:
      return text.slice(0, at) + random.pick(TOKENS) + text.slice(at + 1 + random.below(8));
    case 4:
      return text.slice(0, at);
    default: {
      const from = random.below(text.length + 1);
      return text.slice(0, at) + text.slice(from, from + random.below(40)) + text.slice(at);
    }
  }
}

/** Values that JSON may hold where another one is expected. */
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  1,
  -1,
  256,
  1.5,
  2 ** 53 - 1,
  2 ** 53,
  '',
  '0',
  '0x',
  '0x0',
  '-1',
  '1e3',
  'v1',
  'v2',
  '\ud800',
  `0x${'00'.repeat(20)}`,
  `0x${'00'.repeat(32)}`,
  (2n ** 256n).toString(),
  [],
  {},
];

/** JSON text with one or two changes of its values, or of its text. */
export function mutateJson(input: string, random: Random): string {
  if (random.below(3) === 0) return mutateText(input, random);
  let value: unknown = JSON.parse(input);
  for (let changes = 1 + random.below(2); changes > 0; changes--) value = changeValue(value, random);
  return JSON.stringify(value);
}

function changeValue(value: unknown, random: Random): unknown {
  const goDeeper = typeof value === 'object' && value !== null && random.below(8) !== 0;
  if (!goDeeper) return random.below(3) === 0 ? mutatedScalar(value, random) : random.pick(VALUES);
  if (Array.isArray(value)) return changeArray(value, random);
  const members = Object.entries(value);
  const at = random.below(members.length);
  const [key, member] = members[at] ?? ['', null];
  switch (random.below(8)) {
    case 0:
      return Object.fromEntries(members.filter((_, i) => i !== at));
    case 1:
      return { ...value, [mutateText(key, random)]: member };
    case 2:
      return { ...value, [key]: random.pick(members)?.[1] ?? null };
    default:
      return { ...value, [key]: changeValue(member, random) };
  }
}

function changeArray(list: readonly unknown[], random: Random): unknown[] {
  const at = random.below(list.length + 1);
  switch (random.below(4)) {
    case 0:
      return list.filter((_, i) => i !== at);
    case 1:
      return [...list.slice(0, at), random.pick(VALUES), ...list.slice(at)];
    default:
      return list.map((entry, i) => (i === at ? changeValue(entry, random) : entry));
  }
}

const mutatedScalar = (value: unknown, random: Random): unknown =>
  mutateText(typeof value === 'string' ? value : JSON.stringify(value), random);
