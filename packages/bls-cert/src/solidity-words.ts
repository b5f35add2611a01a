import { bytesToHex, type Hex, hexToBytes, parseBytes32, ValidationError } from '@fourmica/core-types';
import { VerificationError } from './errors.js';
import { FIELD_SIZE } from './point-encoding.js';

const HIGH_SIZE = FIELD_SIZE - 32;

/** Splits each 48-byte coordinate into two words: 16 zero bytes and its first 16 bytes, then its last 32 bytes. */
export function wordsOfCoordinates(coordinates: Uint8Array): Hex[] {
  const words: Hex[] = [];
  for (let start = 0; start < coordinates.length; start += FIELD_SIZE) {
    const high = new Uint8Array(32);
    high.set(coordinates.subarray(start, start + HIGH_SIZE), 32 - HIGH_SIZE);
    words.push(bytesToHex(high), bytesToHex(coordinates.subarray(start + HIGH_SIZE, start + FIELD_SIZE)));
  }
  return words;
}

/**
 * Joins words to 48-byte coordinates, the inverse of {@link wordsOfCoordinates}.
 *
 * @throws VerificationError `BLS_WORDS_INVALID` for another number of words, no words, or a high word above 16 bytes.
 */
export function coordinatesOfWords(words: readonly string[], count: number): Uint8Array {
  if (!Array.isArray(words) || words.length !== count) {
    throw invalidWords(`expected ${count} words, got ${Array.isArray(words) ? words.length : 'no list'}`);
  }
  const coordinates = new Uint8Array((count / 2) * FIELD_SIZE);
  for (let i = 0; i < count; i += 2) {
    const high = wordBytes(words[i], i);
    if (high.subarray(0, 32 - HIGH_SIZE).some((byte) => byte !== 0)) {
      throw invalidWords(`word ${i}: expected at most 16 bytes`);
    }
    const start = (i / 2) * FIELD_SIZE;
    coordinates.set(high.subarray(32 - HIGH_SIZE), start);
    coordinates.set(wordBytes(words[i + 1], i + 1), start + HIGH_SIZE);
  }
  return coordinates;
}

/** Exchanges the two halves of each element of the quadratic extension: `c1, c0` as serialised to `c0, c1` as in Solidity. */
export function swapExtensionHalves(coordinates: Uint8Array): Uint8Array {
  const swapped = new Uint8Array(coordinates.length);
  for (let start = 0; start < coordinates.length; start += 2 * FIELD_SIZE) {
    swapped.set(coordinates.subarray(start + FIELD_SIZE, start + 2 * FIELD_SIZE), start);
    swapped.set(coordinates.subarray(start, start + FIELD_SIZE), start + FIELD_SIZE);
  }
  return swapped;
}

function wordBytes(word: string | undefined, index: number): Uint8Array {
  try {
    return hexToBytes(parseBytes32(word, `words.${index}`));
  } catch (cause) {
    if (!(cause instanceof ValidationError)) throw cause;
    throw invalidWords(cause.message, cause);
  }
}

const invalidWords = (message: string, cause?: unknown): VerificationError =>
  new VerificationError('BLS_WORDS_INVALID', message, {}, cause === undefined ? undefined : { cause });
