import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson, parseU256, stringifyStrictJson, ValidationError } from './index.js';

const refusal = (field: string, expected: string) =>
  expect.objectContaining({
    code: 'INVALID_VALUE',
    context: expect.objectContaining({ field, expected: expect.stringContaining(expected) }),
  });

describe('duplicate keys', () => {
  it.each([
    ['with other values', '{"amount":1,"amount":2}'],
    ['with equal values', '{"amount":1,"amount":1}'],
    ['with equal objects', '{"claims":{},"claims":{}}'],
    ['far apart', '{"a":1,"b":[{"c":{"d":1}}],"a":1}'],
    ['when one is escaped', '{"amount":1,"\\u0061mount":1}'],
    ['when both are escaped differently', '{"\\u0061":1,"\\u0061":1}'],
    ['with blanks before the colon', '{"a"  :1,"a"\t:1}'],
    ['with line breaks before the colon', '{"a"\n:1,"a"\r\n:1}'],
    ['deep inside', '{"payload":{"claims":{"tab_id":1,"tab_id":1}}}'],
    ['inside an array', '[{"a":1,"a":1}]'],
    ['of empty text', '{"":1,"":1}'],
    ['with a quote inside', '{"a\\"":1,"a\\u0022":1}'],
  ])('are refused %s', (_, text) => {
    expect(() => parseStrictJson(text, 'body')).toThrow(refusal('body', 'no key is repeated'));
  });

  it.each([
    ['the same key in sibling objects', '{"a":{"x":1},"b":{"x":1}}'],
    ['the same key in a nested object', '{"a":{"a":{"a":1}}}'],
    ['the same key in objects of an array', '[{"x":1},{"x":1}]'],
    ['a value equal to a key', '{"a":"a","b":["a","a"]}'],
    ['text that looks like a member', '{"a":"\\"a\\":1","b":"{\\"a\\":1,\\"a\\":1}"}'],
    ['keys that differ in case', '{"a":1,"A":1}'],
    ['keys of the prototype of objects', '{"constructor":1,"toString":2,"hasOwnProperty":3}'],
  ])('are not seen in %s', (_, text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it.each(['{"__proto__":{"isAdmin":true}}', '{"a":[{"\\u005f_proto__":1}]}'])('%s is refused', (text) => {
    expect(() => parseStrictJson(text)).toThrow('__proto__');
    expect({}).not.toHaveProperty('isAdmin');
  });
});

describe('numbers', () => {
  it('are exact beyond 2^53', () => {
    expect(parseStrictJson('[9007199254740991,9007199254740992,9007199254740993,-9007199254740993]')).toEqual(
      [9007199254740991, 9007199254740992n, 9007199254740993n, -9007199254740993n],
    );
    const max = (2n ** 256n - 1n).toString();
    expect(parseStrictJson(max)).toBe(BigInt(max));
  });

  it.each(['1e3', '1E3', '1.0', '-0', '1e400', '1e-400', '0.10', '1000000000000000000000.0', '10e0'])(
    '%s is no integer, and is echoed as it came',
    (literal) => {
      const parsed = parseStrictJson(`{"amount":${literal}}`) as { amount: unknown };
      expect(() => parseU256(parsed.amount, 'amount')).toThrow(`got ${literal}`);
      expect(stringifyStrictJson(parsed)).toBe(`{"amount":${literal}}`);
    },
  );

  it('with a plain fraction are numbers', () => {
    expect(parseStrictJson('[0.5,-2.25,300]')).toEqual([0.5, -2.25, 300]);
  });

  it('are written back exactly', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n })), (values) => {
        const text = `[${values.join(',')}]`;
        expect(stringifyStrictJson(parseStrictJson(text))).toBe(text);
      }),
    );
  });
});

describe('text that is no JSON', () => {
  it.each([
    '',
    ' ',
    '{',
    '{"a":1',
    '{"a":1,}',
    '[1,]',
    '{a:1}',
    "{'a':1}",
    '{"a":1} x',
    '{"a":1}{}',
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":0x1}',
    '{"a":NaN}',
    '{"a":undefined}',
    '{"a":"line\nbreak"}',
    '{"a":"\\x"}',
    '{"a":"unterminated',
    '{"a":"\\',
    '// comment\n{}',
    '\ufeff{}',
  ])('%j is refused with its field', (text) => {
    expect(() => parseStrictJson(text, 'header')).toThrow(refusal('header', 'valid JSON'));
  });

  it('keeps its line breaks out of the message', () => {
    expect(() => parseStrictJson('{"a":"line\nbreak"}')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('\n') }),
    );
  });

  it('never fails with another error, and agrees with JSON.parse on what is valid', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"b"',
      '1',
      'null',
      'true',
      '"\\u0061"',
      ' ',
      '"',
    );
    const texts = fc.oneof(
      fc.json(),
      fc.array(pieces, { maxLength: 12 }).map((list) => list.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(texts, (text) => {
        let strict: unknown;
        try {
          strict = parseStrictJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ValidationError);
          return;
        }
        expect(JSON.parse(stringifyStrictJson(strict))).toEqual(JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('accepts every text that JSON.stringify writes, apart from the key __proto__', () => {
    const values = fc.jsonValue({ depthSize: 'small' });
    fc.assert(
      fc.property(values, (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('__proto__'));
        expect(JSON.parse(stringifyStrictJson(parseStrictJson(text)))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });
});

describe('bounds', () => {
  it('refuses nesting beyond the limit without overflowing the stack', () => {
    expect(parseStrictJson(`${'['.repeat(32)}${']'.repeat(32)}`)).toBeDefined();
    for (const deep of ['['.repeat(33), '['.repeat(60_000), '{"a":'.repeat(10_000)]) {
      expect(() => parseStrictJson(deep)).toThrow(refusal('body', 'nested at most 32 levels deep'));
    }
  });

  it('does not count brackets inside text', () => {
    expect(parseStrictJson(`"${'['.repeat(100)}"`)).toBe('['.repeat(100));
  });

  it('refuses text above the limit and says its length, not its content', () => {
    expect(() => parseStrictJson(`"${'x'.repeat(70_000)}"`)).toThrow(
      'body: expected JSON of at most 65536 characters, got "70002 characters"',
    );
    expect(() => parseStrictJson('[1]', 'body', { maxLength: 2, maxDepth: 1 })).toThrow(
      'at most 2 characters',
    );
  });

  it('takes linear time for hostile text of the largest size', () => {
    const texts = [
      `[${'"a" ,'.repeat(13_000)}`,
      `{${' '.repeat(65_000)}`,
      `"${'\\'.repeat(65_000)}`,
      `{"${'\\u0061'.repeat(10_000)}":1}`,
    ];
    const start = process.cpuUsage();
    for (const text of texts) {
      try {
        parseStrictJson(text);
      } catch (error) {
        expect(error).toBeInstanceOf(ValidationError);
      }
    }
    // What this process worked, not what it waited for others.
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(2_000);
  });
});
