import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GUIDES, ROOT, snippets } from './support/snippets.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(import.meta.dirname, '.snippets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the code of the guides compiles against the packages as they are published', () => {
  const files = snippets.map(({ name, code }) => {
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, code);
    return file;
  });
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const program = ts.createProgram(files, { ...options, types: ['node'] });
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const name = file?.fileName.replace(folder, '') ?? '';
    return `${name}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(snippets.length).toBeGreaterThan(12);
  expect(problems).toEqual([]);
});

test('links between the documents lead somewhere', () => {
  const broken = readdirSync(GUIDES).flatMap((guide) => {
    const text = readFileSync(join(GUIDES, guide), 'utf8');
    return Array.from(text.matchAll(/\]\(([^)#:]+)(?:#([^)]+))?\)/g), ([, path = '', anchor]) => ({
      path: join(GUIDES, path),
      anchor,
    })).filter(({ path, anchor }) => !hasAnchor(path, anchor));
  });
  expect(broken).toEqual([]);
});

/** Tells whether a file exists and, if asked, has a heading of that name. */
function hasAnchor(path: string, anchor: string | undefined): boolean {
  const text = ts.sys.readFile(path);
  if (text === undefined || anchor === undefined) return text !== undefined;
  const headings = Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );
  return headings.includes(anchor);
}
