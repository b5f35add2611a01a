import { describe, expect, it } from 'vitest';
import { normalizeBearerToken } from './credentials.js';
import { AuthConfigError } from './errors.js';

describe('R-3: a bearer token may come with its prefix', () => {
  it.each(['abc.def', 'Bearer abc.def', 'bearer  abc.def', ' BEARER abc.def\n'])('%j', (text) => {
    expect(normalizeBearerToken(text)).toBe('abc.def');
  });

  it.each(['', '  ', 'Bearer ', 'two words', 'top-secret\nx: y', 'tökén'])(
    'refuses %j without showing it',
    (text) => {
      const read = () => normalizeBearerToken(text);
      expect(read).toThrow(AuthConfigError);
      expect(read).not.toThrow('top-secret');
    },
  );
});
