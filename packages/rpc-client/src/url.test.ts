import { describe, expect, it } from 'vitest';
import { joinUrl, parseBaseUrl, redactUrl } from './url.js';

describe('joinUrl', () => {
  it.each([
    ['http://h:3000', 'http://h:3000/core/health'],
    ['http://h:3000/', 'http://h:3000/core/health'],
    ['https://h/sub/path', 'https://h/sub/path/core/health'],
    ['https://h/sub/path//', 'https://h/sub/path/core/health'],
  ])('keeps the sub-path of %s', (base, expected) => {
    expect(joinUrl(parseBaseUrl(base) as URL, '/core/health')).toBe(expected);
  });
});

describe('parseBaseUrl', () => {
  it.each(['', 'core.example', 'ftp://h', 'http://u:p@h', 'http://h?key=1', 'http://h#x', undefined])(
    'refuses %s',
    (text) => {
      expect(parseBaseUrl(text)).toBeUndefined();
    },
  );
});

describe('redactUrl', () => {
  it('drops everything that can be a secret', () => {
    expect(redactUrl('https://user:secret@h:1/p?key=secret#secret')).toBe('https://h:1/p');
    expect(redactUrl('secret')).not.toContain('secret');
  });
});
