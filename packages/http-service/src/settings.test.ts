import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Environment, Settings, settingsTable } from './settings.js';

const descriptions = {
  PORT: { meaning: 'port to listen on', fallback: '80' },
  KEY: { meaning: 'the key', isSecret: true },
  NODE_URL: { meaning: 'the node', isSecret: true },
} as const;
const settings = (env: Environment) => new Settings(descriptions, env);

const folder = mkdtempSync(join(tmpdir(), 'fourmica-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (content: string): string => {
  const path = join(folder, 'secret');
  writeFileSync(path, content);
  return path;
};

describe('a setting', () => {
  it.each(['PORT', 'FOURMICA_PORT', '4MICA_PORT'])('is read as %s', (name) => {
    expect(settings({ [name]: ' 81 ' }).integer('PORT', { min: 1, max: 99 })).toBe(81);
  });

  it('may be set twice only when both agree', () => {
    expect(settings({ PORT: '1', '4MICA_PORT': '1' }).optional('PORT')).toBe('1');
    expect(() => settings({ PORT: '1', '4MICA_PORT': '2' }).optional('PORT')).toThrow(/^PORT: /);
  });

  it('is absent when it is blank', () => {
    expect(settings({ PORT: '  ' }).optional('PORT')).toBeUndefined();
    expect(() => settings({ PORT: '' }).required('PORT')).toThrow(
      'PORT: expected a value in the environment',
    );
  });
});

describe('a secret', () => {
  it.each(['KEY_FILE', 'FOURMICA_KEY_FILE', '4MICA_KEY_FILE'])('comes from the file of %s', (name) => {
    expect(settings({ [name]: file('from a file\n') }).optional('KEY')).toBe('from a file');
  });

  it('comes from one place', () => {
    const both = settings({ KEY: 'a', KEY_FILE: file('a') });
    expect(() => both.optional('KEY')).toThrow('either KEY or KEY_FILE, not both');
  });

  it('is demanded with both of its names', () => {
    expect(() => settings({}).required('KEY')).toThrow('KEY_FILE');
  });

  it('fails with the path of a file that is missing, empty or no file', () => {
    const missing = join(folder, 'missing');
    expect(() => settings({ KEY_FILE: missing }).optional('KEY')).toThrow(/KEY_FILE: .*ENOENT.*missing/);
    expect(() => settings({ KEY_FILE: file(' \n') }).optional('KEY')).toThrow('not empty');
    expect(() => settings({ KEY_FILE: folder }).optional('KEY')).toThrow('EISDIR');
    expect(() => settings({ KEY_FILE: file('x'.repeat(70_000)) }).optional('KEY')).toThrow('at most 65536');
  });

  it('is never repeated', () => {
    const secret = 'sesame-open-now';
    expect(() => settings({ KEY: secret }).secret32('KEY')).toThrow(/^(?!.*sesame)/);
    expect(() => settings({ NODE_URL: secret }).httpUrls('NODE_URL')).toThrow(/^(?!.*sesame)/);
  });

  it('has no file when it is none', () => {
    expect(settings({ PORT_FILE: file('81') }).optional('PORT')).toBeUndefined();
  });
});

it('writes the table of the settings', () => {
  expect(settingsTable(descriptions).split('\n').slice(2)).toEqual([
    '| `PORT` | `80` | port to listen on |',
    '| `KEY`, `KEY_FILE` |  | the key |',
    '| `NODE_URL`, `NODE_URL_FILE` |  | the node |',
  ]);
});
