import { readFileSync } from 'node:fs';
import { hexToBytes, parseWireAddress } from '@fourmica/core-types';
import { type CertificateControl, loadVectors, type VerifierContext } from '@fourmica/test-vectors';
import { describe, expect, it } from 'vitest';
import { type CertificateTrust, VerificationError, verifyCertificate } from './index.js';

const { contexts, controls, vectors } = loadVectors('invalid-certificates');

const trustOf = ({ context, publicKey }: CertificateControl): CertificateTrust => {
  const known = contexts[context] as VerifierContext;
  return {
    publicKey: hexToBytes(publicKey),
    domains: { 1: known.domains.v1, 2: known.domains.v2 },
    validationChainId: BigInt(known.chainId),
    trustedValidationRegistries: known.trustedValidationRegistries.map((address) =>
      parseWireAddress(address),
    ),
  };
};

const verify = (vector: CertificateControl) => verifyCertificate(vector, trustOf(vector));

async function codeOf(vector: CertificateControl): Promise<string> {
  try {
    await verify(vector);
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    throw error;
  }
  return 'ACCEPTED';
}

/** Reads the rows `| reason | codes |` of the published table. */
function publishedCodes(): Map<string, string[]> {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = readme.matchAll(/^\| `([a-z0-9_]+)` +\| (.*CERTIFICATE_.*) \|$/gm);
  return new Map(
    Array.from(rows, ([, reason = '', cell = '']) => [
      reason,
      Array.from(cell.matchAll(/`([A-Z0-9_]+)`/g), ([, code = '']) => code),
    ]),
  );
}

describe('invalid-certificates.json', () => {
  const table = publishedCodes();

  it.each(vectors)('$name ($level, $reason)', async (vector) => {
    expect(table.get(vector.reason)).toContain(await codeOf(vector));
  });

  it('has a table without reasons or codes that do not occur', async () => {
    const seen = new Map<string, Set<string>>();
    for (const vector of vectors) {
      const codes = seen.get(vector.reason) ?? new Set();
      seen.set(vector.reason, codes.add(await codeOf(vector)));
    }
    const sorted = (codes: Iterable<string>) => [...codes].sort();
    expect(new Map([...table].map(([reason, codes]) => [reason, sorted(codes)]))).toEqual(
      new Map([...seen].map(([reason, codes]) => [reason, sorted(codes)])),
    );
  });

  it.each(controls)('accepts $name', async (control) => {
    await expect(verify(control)).resolves.toMatchObject({ version: control.name.startsWith('v1') ? 1 : 2 });
  });
});
