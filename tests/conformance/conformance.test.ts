import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileReport } from './src/report.js';
import { runFolder } from './src/run-folder.js';

const VECTORS = fileURLToPath(new URL('../../packages/test-vectors/vectors/', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));

async function reportsOf(folder: string): Promise<FileReport[]> {
  const reports: FileReport[] = [];
  for await (const report of runFolder(folder)) reports.push(report);
  return reports;
}

async function runCommand(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const command = [process.execPath, ['--import', 'tsx', 'src/main.ts', ...args]] as const;
    return { code: 0, ...(await promisify(execFile)(...command, { cwd: HERE })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

describe('pnpm conformance', () => {
  it('passes on the vectors of this repository: one JSON line per file, exit code 0', async () => {
    const { code, stdout } = await runCommand(VECTORS);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line): FileReport => JSON.parse(line));
    expect(lines.map(({ file }) => file)).toEqual([
      'domain-separators.json',
      'eip191-claims.json',
      'eip712-claims.json',
      'guarantee-certificates.json',
      'invalid-certificates.json',
      'validation-hashes.json',
      'x402-envelopes.json',
    ]);
    for (const line of lines) expect(line).toMatchObject({ failed: 0, failures: [] });
    expect(lines.reduce((sum, { passed }) => sum + passed, 0)).toBeGreaterThan(200);
    expect(code).toBe(0);
  });

  it('explains its use', async () => {
    expect(await runCommand()).toMatchObject({ code: 2, stderr: expect.stringContaining('usage') });
  });
});

describe('a folder with something wrong', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Copies a vector file with one member of its first entry changed. */
  function corrupt(file: string, member: string, change: (value: unknown) => unknown): void {
    const content = JSON.parse(readFileSync(join(VECTORS, file), 'utf8'));
    const [entry] = content.vectors;
    expect(entry).toHaveProperty(member);
    entry[member] = change(entry[member]);
    writeFileSync(join(folder, file), JSON.stringify(content));
  }

  const otherDigit = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(otherDigit)
      : String(value).replace(/.$/, (last) => (last === '0' ? '1' : '0'));

  it.each([
    ['eip712-claims.json', 'typeString'],
    ['eip712-claims.json', 'typeHash'],
    ['eip712-claims.json', 'structHash'],
    ['eip712-claims.json', 'domainSeparator'],
    ['eip712-claims.json', 'digest'],
    ['eip712-claims.json', 'signature'],
    ['eip712-claims.json', 'signer'],
    ['eip191-claims.json', 'encoded'],
    ['eip191-claims.json', 'digest'],
    ['eip191-claims.json', 'hexTextDigest'],
    ['eip191-claims.json', 'signature'],
    ['validation-hashes.json', 'validationSubjectHash'],
    ['validation-hashes.json', 'validationRequestHash'],
    ['domain-separators.json', 'domainSeparator'],
    ['guarantee-certificates.json', 'encodedClaims'],
    ['guarantee-certificates.json', 'publicKey'],
    ['guarantee-certificates.json', 'signature'],
    ['guarantee-certificates.json', 'publicKeyWords'],
    ['guarantee-certificates.json', 'signatureWords'],
    ['x402-envelopes.json', 'digest'],
    ['x402-envelopes.json', 'signature'],
  ])('%s with another %s fails for exactly that entry', async (file, member) => {
    corrupt(file, member, otherDigit);
    const [report] = await reportsOf(folder);
    expect(report).toMatchObject({ file, failed: 1 });
    expect(report?.failures).toHaveLength(1);
  });

  it('a certificate that is expected to be rejected, but is good, fails', async () => {
    const content = JSON.parse(readFileSync(join(VECTORS, 'invalid-certificates.json'), 'utf8'));
    const [control] = content.controls;
    content.vectors = [{ ...control, name: 'good', level: 'must', reason: 'signature_mismatch' }];
    content.controls = [{ ...control, name: 'bad', signature: `0x${'00'.repeat(96)}` }];
    writeFileSync(join(folder, 'mine.json'), JSON.stringify(content));
    expect(await reportsOf(folder)).toEqual([
      {
        file: 'mine.json',
        passed: 0,
        failed: 2,
        failures: [
          { name: 'good', check: 'verdict (signature_mismatch)', expected: 'rejected', actual: 'accepted' },
          { name: 'bad', check: 'verdict (control)', expected: 'accepted', actual: 'rejected' },
        ],
      },
    ]);
  });

  it.each([
    ['no JSON', '{'],
    ['no vectors', '{}'],
    ['an empty list', '{"vectors":[]}'],
    ['entries of an unknown kind', '{"vectors":[{"name":"a"}]}'],
  ])('a file with %s fails, and so does the command', async (_, text) => {
    writeFileSync(join(folder, 'a.json'), text);
    const { code, stdout } = await runCommand(folder);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ file: 'a.json', passed: 0, failed: 1 });
  });

  it('an empty or missing folder fails instead of passing with nothing', async () => {
    expect(await runCommand(folder)).toMatchObject({ code: 1, stdout: '' });
    expect(await runCommand(join(folder, 'missing'))).toMatchObject({ code: 1, stdout: '' });
  });
});
