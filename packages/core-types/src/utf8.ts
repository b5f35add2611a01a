import { ValidationError } from './errors.js';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Tells whether a text is well-formed UTF-16; other text has no UTF-8 form and would be hashed as another text. */
export const isWellFormed = (text: string): boolean => !LONE_SURROGATE.test(text);

/**
 * Encodes text as UTF-8, without normalising it.
 *
 * @throws ValidationError naming `field` when the text has a lone surrogate.
 */
export function encodeUtf8(text: string, field: string): Uint8Array {
  if (typeof text !== 'string' || !isWellFormed(text)) {
    throw new ValidationError(field, text, 'well-formed text (it has a lone surrogate)');
  }
  return new TextEncoder().encode(text);
}

/** Decodes UTF-8 exactly; undefined when the bytes are no valid UTF-8. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
