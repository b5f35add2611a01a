import { describe, expect, it } from 'vitest';
import { isTokenRejected, normalizeBearerToken } from './credentials.js';
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

describe('C-20: a 401 about rights is no reason to log in again', () => {
  it.each([
    [401, 'invalid access token', true],
    [401, 'missing authorization', true],
    [401, '', true],
    [401, 'missing scope', false],
    [401, 'tab access denied, must be owner or facilitator', false],
    [403, 'missing scope', false],
    [undefined, undefined, false],
  ])('%s %s', (status, reason, expected) => {
    expect(isTokenRejected(status, reason)).toBe(expected);
  });
});
