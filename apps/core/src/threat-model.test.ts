import { existsSync, readFileSync } from 'node:fs';
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
