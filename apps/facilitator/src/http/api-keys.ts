import type { IncomingHttpHeaders } from 'node:http';
import { isSameSecret } from '@fourmica/http-service';

/** What a caller is: `open` when the facilitator has no keys at all. */
export type Caller = 'open' | 'authenticated' | 'missing' | 'invalid';
/** Judges the key of a caller. */
export type ApiKeyCheck = (key: string | undefined) => Caller;

/** Makes a check against a list of keys. Its time does not depend on how much of a key is right. */
export function apiKeyCheck(keys: readonly string[]): ApiKeyCheck {
  if (keys.length === 0) return () => 'open';
  return (given) => {
    if (given === undefined) return 'missing';
    const matches = keys.map((known) => isSameSecret(known, given));
    return matches.includes(true) ? 'authenticated' : 'invalid';
  };
}

/** Reads the key of a request: `x-api-key`, or a bearer token. */
export function keyOfRequest(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['x-api-key'];
  if (typeof key === 'string' && key !== '') return key;
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
}
