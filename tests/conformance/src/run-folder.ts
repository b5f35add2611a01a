import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VectorFiles } from '@fourmica/test-vectors';
import { type Case, describeError, type FileReport, runCases, unusable } from './report.js';
import { certificateCase } from './suites/certificates.js';
import { domainSeparatorCase } from './suites/domain-separators.js';
import { eip191Case } from './suites/eip191.js';
import { eip712Case } from './suites/eip712.js';
import { controlCase, invalidCertificateCase } from './suites/invalid-certificates.js';
import { validationHashCase } from './suites/validation-hashes.js';
import { x402Case } from './suites/x402.js';

type Kind = keyof VectorFiles;

/** A member that the entries of one kind have and those of no other kind. */
const MARKS: Readonly<Record<Kind, string>> = {
  'eip712-claims': 'typeString',
  'eip191-claims': 'hexTextDigest',
  'validation-hashes': 'subjectPreimage',
  'domain-separators': 'label',
  'guarantee-certificates': 'blsSecretKey',
  'invalid-certificates': 'reason',
  'x402-envelopes': 'x402Version',
};

const CASES: { readonly [K in Kind]: (content: VectorFiles[K]) => readonly Case[] } = {
  'eip712-claims': ({ vectors }) => vectors.map(eip712Case),
  'eip191-claims': ({ vectors }) => vectors.map(eip191Case),
  'validation-hashes': ({ vectors }) => vectors.map(validationHashCase),
  'domain-separators': ({ vectors }) => vectors.map(domainSeparatorCase),
  'guarantee-certificates': ({ vectors }) => vectors.map(certificateCase),
  'invalid-certificates': ({ vectors, controls = [], contexts }) => [
    ...vectors.map((vector) => invalidCertificateCase(vector, contexts)),
    ...controls.map((control) => controlCase(control, contexts)),
  ],
  'x402-envelopes': ({ vectors }) => vectors.map(x402Case),
};

/**
 * Runs every JSON file of a folder, in order of the names. What a file holds is told by its entries, not by its name.
 *
 * @throws Error when the folder cannot be read or holds no JSON file.
 */
export async function* runFolder(folder: string): AsyncGenerator<FileReport> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (files.length === 0) throw new Error(`${folder}: expected vector files (*.json), found none`);
  for (const file of files) yield await runFile(folder, file);
}

async function runFile(folder: string, file: string): Promise<FileReport> {
  try {
    const content: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const kind = kindOf(content);
    if (kind === undefined) {
      return unusable(
        file,
        'format',
        `"vectors" with entries of ${Object.keys(MARKS).join(', ')}`,
        'something else',
      );
    }
    return await runCases(file, casesOf(kind, content));
  } catch (error) {
    return unusable(file, 'readable', 'a vector file', describeError(error));
  }
}

const casesOf = <K extends Kind>(kind: K, content: unknown): readonly Case[] =>
  CASES[kind](content as VectorFiles[K]);

function kindOf(content: unknown): Kind | undefined {
  if (typeof content !== 'object' || content === null || !('vectors' in content)) return undefined;
  const [first]: readonly unknown[] = Array.isArray(content.vectors) ? content.vectors : [];
  if (typeof first !== 'object' || first === null) return undefined;
  const kinds = Object.keys(MARKS) as Kind[];
  return kinds.find((kind) => MARKS[kind] in first);
}
