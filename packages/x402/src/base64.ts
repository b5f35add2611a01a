import { decodeUtf8, encodeUtf8 } from '@fourmica/core-types/abi';
import { X402Error } from './errors.js';

const STANDARD_OR_URL_SAFE = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Encodes text as UTF-8 in base64: standard alphabet, with padding. */
export function encodeBase64(text: string): string {
  let binary = '';
  for (const byte of encodeUtf8(text, 'text')) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/**
 * Decodes base64 to text: standard or URL-safe alphabet, padding optional.
 *
 * @throws X402Error `MESSAGE_INVALID` when it is no base64 or not UTF-8.
 */
export function decodeBase64(base64: string, field: string): string {
  const text = decodeUtf8(base64ToBytes(base64, field));
  if (text === undefined) throw invalid(field, 'its bytes are not valid UTF-8');
  return text;
}

function base64ToBytes(base64: string, field: string): Uint8Array {
  if (!STANDARD_OR_URL_SAFE.test(base64)) throw invalid(field, 'it has characters outside the alphabet');
  const digits = base64.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
  if (digits.length % 4 === 1) throw invalid(field, 'its length is impossible');
  const binary = atob(digits.padEnd(Math.ceil(digits.length / 4) * 4, '='));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

const invalid = (field: string, reason: string): X402Error =>
  new X402Error('MESSAGE_INVALID', `${field}: expected base64 of UTF-8 JSON, but ${reason}`, { field });
