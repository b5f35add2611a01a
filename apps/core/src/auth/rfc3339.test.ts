import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRfc3339 } from './rfc3339.js';

describe('parseRfc3339', () => {
  it('agrees with Date on every ISO text', () => {
    const dates = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    const agrees = (date: Date) => parseRfc3339(date.toISOString()) === date.getTime();
    fc.assert(fc.property(dates, agrees));
  });

  it.each([
    ['2026-05-04T10:00:00.123456789+00:00', '2026-05-04T10:00:00.123Z'],
    ['2026-05-04t12:30:00+02:30', '2026-05-04T10:00:00.000Z'],
    ['2026-05-04T10:00:00.1-01:00', '2026-05-04T11:00:00.100Z'],
    ['2024-02-29T00:00:00z', '2024-02-29T00:00:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(parseRfc3339(text)).toBe(Date.parse(expected));
  });

  it.each([
    '',
    '2026-05-04',
    '2026-05-04T10:00:00',
    '2026-02-30T10:00:00Z',
    '2025-02-29T10:00:00Z',
    '2026-13-01T10:00:00Z',
    '2026-05-00T10:00:00Z',
    '2026-05-04T24:00:00Z',
    '2026-05-04T10:60:00Z',
    '2026-05-04T10:00:00+24:00',
    ' 2026-05-04T10:00:00Z',
    'Mon, 04 May 2026 10:00:00 GMT',
  ])('refuses %j', (text) => {
    expect(parseRfc3339(text)).toBeUndefined();
  });
});
