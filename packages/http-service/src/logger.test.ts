import { describe, expect, it } from 'vitest';
import { createServiceLogger } from './logger.js';
import { secretsOfUrl } from './secret-filter.js';

const KEY = `0x${'5b7a0f1e9c3d4862'.repeat(4)}`;

function logged(secrets: readonly string[], fields: object, message = 'text'): string {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  createServiceLogger({ name: 'test', secrets, destination }).info(fields, message);
  return lines.join('');
}

describe('a log line', () => {
  it.each<[string, object]>([
    ['deep inside', { a: { b: [{ c: KEY }] } }],
    ['without 0x', { key: KEY.slice(2) }],
    ['in capitals', { key: KEY.toUpperCase() }],
    ['in the middle of a text', { text: `key=${KEY}, done` }],
    ['in an error and its cause', { err: new Error(`bad ${KEY}`, { cause: new Error(KEY) }) }],
  ])('never holds a secret: %s', (_, fields) => {
    const line = logged([KEY], fields);
    expect(line.toLowerCase()).not.toContain(KEY.slice(2, 20));
    expect(line).toContain('[secret]');
    expect(JSON.parse(line)).toMatchObject({ name: 'test', msg: 'text' });
  });

  it('never holds a secret with characters that JSON escapes', () => {
    const secret = 'a "quoted\\secret"';
    expect(logged([secret], { secret })).not.toContain('quoted');
  });

  it.each([
    `refresh_${'0a'.repeat(32)}`,
    `ak_${'0a'.repeat(16)}.${'0b'.repeat(32)}`,
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIweDEifQ.c2lnbmF0dXJl',
  ])('never holds a token of a service: %s', (token) => {
    expect(logged([], { req: { headers: { authorization: `Bearer ${token}` } } }, token)).not.toContain(
      token,
    );
  });

  it('keeps what is no secret', () => {
    const fields = { txHash: `0x${'12'.repeat(32)}`, url: 'http://127.0.0.1:8545' };
    expect(JSON.parse(logged([KEY, ''], fields))).toMatchObject(fields);
  });
});

describe('the secrets of a URL', () => {
  it.each([
    ['postgres://core:p%40ss-w0rd@db.example:5432/ledger', ['p@ss-w0rd', 'p%40ss-w0rd']],
    ['https://mainnet.example/v3/0123456789abcdef0123', ['0123456789abcdef0123']],
    ['https://node.example/?apikey=0123456789abcdef0123', ['0123456789abcdef0123']],
  ])('of %s', (url, secrets) => {
    expect(secretsOfUrl(url)).toEqual(expect.arrayContaining([url, ...secrets]));
  });

  it('are none without password and path', () => {
    expect(secretsOfUrl('http://127.0.0.1:8545/')).toEqual([]);
    expect(secretsOfUrl('no url')).toEqual([]);
  });
});
