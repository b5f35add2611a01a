import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { VectorFiles } from './vectors.js';

const FOLDER = new URL('../vectors/', import.meta.url);

/**
 * Reads a vector file of this package. A missing, empty or inconsistent file is an error, because a suite that ran
 * over nothing looks exactly like one that passed.
 *
 * @param folder - another folder with files of the same format; default is the folder of this package.
 * @throws Error naming the file when it is missing, holds no vectors, or repeats or lacks a name.
 */
export function loadVectors<Name extends keyof VectorFiles>(
  name: Name,
  folder: URL = FOLDER,
): VectorFiles[Name] {
  const path = fileURLToPath(new URL(`${name}.json`, folder));
  const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
  for (const list of name === 'invalid-certificates' ? ['vectors', 'controls'] : ['vectors']) {
    requireNamedEntries(path, list, content);
  }
  return content as VectorFiles[Name];
}

function requireNamedEntries(path: string, list: string, content: unknown): void {
  const entries = isRecord(content) ? content[list] : undefined;
  if (!Array.isArray(entries) || entries.length === 0) {
    throw new Error(`${path}: expected a non-empty array "${list}"`);
  }
  const names = new Set<string>();
  for (const entry of entries) {
    const name = isRecord(entry) ? entry.name : undefined;
    if (typeof name !== 'string' || name === '')
      throw new Error(`${path}: an entry of "${list}" has no name`);
    if (names.has(name)) throw new Error(`${path}: "${list}" has two entries named ${name}`);
    names.add(name);
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
