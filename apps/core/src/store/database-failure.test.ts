import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { databaseFailureOf } from './database-failure.js';

const withCode = (code: string) => Object.assign(new Error('said by the server'), { code });

describe('databaseFailureOf', () => {
  it.each(['40001', '40P01', '55P03'])('takes %s for a conflict with another transaction', (code) => {
    expect(databaseFailureOf(withCode(code))).toBe('conflict');
  });

  it.each(['08006', '25P03', '53300', '57P01', '57P03', 'ECONNREFUSED', 'ECONNRESET'])(
    'takes %s for a database that is not available',
    (code) => {
      expect(databaseFailureOf(withCode(code))).toBe('unavailable');
    },
  );

  it('knows what the driver says when nobody listens', async () => {
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 1_000 });
    const error = await pool.connect().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    await pool.end();
    expect(databaseFailureOf(error)).toBe('unavailable');
  });

  it.each([
    withCode('23505'),
    withCode('42P01'),
    withCode('22003'),
    new Error('Connection of something else'),
    'text',
  ])('leaves %s to others', (error) => {
    expect(databaseFailureOf(error)).toBeUndefined();
  });
});
