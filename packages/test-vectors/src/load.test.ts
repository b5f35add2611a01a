import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadVectors } from './load.js';

describe('the vectors of this package', () => {
  it.each([
    ['eip712-claims', 35],
    ['eip191-claims', 16],
    ['validation-hashes', 18],
    ['domain-separators', 18],
    ['guarantee-certificates', 21],
    ['invalid-certificates', 111],
  ] as const)('%s.json holds %i entries', (name, count) => {
    expect(loadVectors(name).vectors).toHaveLength(count);
  });

  it('has envelopes of both x402 versions', () => {
    const versions = new Set(loadVectors('x402-envelopes').vectors.map((vector) => vector.x402Version));
    expect(versions).toEqual(new Set([1, 2]));
  });
});

describe('a folder with something missing', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vectors-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const load = (text: string) => {
    writeFileSync(join(folder, 'eip712-claims.json'), text);
    return () => loadVectors('eip712-claims', pathToFileURL(`${folder}/`));
  };

  it('is refused when the file does not exist', () => {
    expect(() => loadVectors('eip712-claims', pathToFileURL(`${folder}/`))).toThrow('eip712-claims.json');
  });
  it.each([
    ['', /JSON/],
    ['{}', 'non-empty array "vectors"'],
    ['{"vectors":[]}', 'non-empty array "vectors"'],
    ['{"vectors":[{}]}', 'has no name'],
    ['{"vectors":[{"name":"a"},{"name":"a"}]}', 'two entries named a'],
  ])('refuses %s', (text, message) => {
    expect(load(text)).toThrow(message);
  });
});
