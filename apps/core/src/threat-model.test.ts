import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/threat-model.md', ROOT), 'utf8');
const named = [...page.matchAll(/`([^`]+\.test\.ts)`(?: "([^"]+)")?/g)].map(([, file = '', title]) => ({
  file,
  title,
}));

it('the threat model names only tests that exist', () => {
  expect(named.length).toBeGreaterThan(40);
  const missing = named.filter(({ file, title }) => {
    const url = new URL(file, ROOT);
    return !existsSync(url) || (title !== undefined && !readFileSync(url, 'utf8').includes(title));
  });
  expect(missing).toEqual([]);
});

/** Known defects of implementations of the protocol: S of the contract, C of the core, P of the protocol. */
const DEFECTS = [
  ...Array.from({ length: 14 }, (_, i) => `S-${i + 1}`),
  ...Array.from({ length: 45 }, (_, i) => `C-${i + 1}`),
  'P-1',
];

it('every known defect of contract and core has a test that names it', () => {
  const texts = ['apps', 'packages', 'tests'].flatMap((folder) => testsIn(new URL(`${folder}/`, ROOT)));
  expect(texts.length).toBeGreaterThan(100);
  const named = new Set(texts.flatMap((text) => text.match(/\b[SCP]-[0-9]+\b/g) ?? []));
  expect(DEFECTS.filter((defect) => !named.has(defect))).toEqual([]);
});

/** What the test files of a folder hold, except this one. */
function testsIn(folder: URL): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) {
      const isOurs = !['node_modules', 'dist'].includes(entry.name);
      return isOurs ? testsIn(new URL(`${entry.name}/`, folder)) : [];
    }
    const isTest = entry.name.endsWith('.test.ts') && entry.name !== 'threat-model.test.ts';
    return isTest ? [readFileSync(new URL(entry.name, folder), 'utf8')] : [];
  });
}
