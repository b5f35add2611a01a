import { decodeCertificateClaims } from '@fourmica/bls-cert';
import { hexToBytes } from '@fourmica/core-types';
import { bls12_381 } from '@noble/curves/bls12-381';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type CliResult, runCli } from './run-cli.js';

const decimal = z.string().regex(/^(0|[1-9][0-9]*)$/);
const hex = z.string().regex(/^0x[0-9a-fA-F]+$/);
const Report = z.strictObject({
  ok: z.boolean(),
  chainId: decimal,
  contract: hex.length(42),
  steps: z.array(
    z.strictObject({ name: z.string().min(1), ok: z.boolean(), ms: z.number(), detail: z.string().min(1) }),
  ),
  payments: z.array(
    z.strictObject({
      x402Version: z.union([z.literal(1), z.literal(2)]),
      asset: hex.length(42),
      tabId: decimal,
      reqId: decimal,
      amount: decimal,
      certificate: z.strictObject({ claims: hex, signature: hex.length(194) }),
      publicKey: hex.length(98),
      domain: hex.length(66),
    }),
  ),
  remuneration: z.strictObject({
    tabId: decimal,
    asset: hex.length(42),
    amount: decimal,
    recipientDelta: decimal,
    txHash: hex.length(66),
    gasUsed: decimal,
  }),
  durationMs: z.number(),
});

/** Verifies with a second implementation, so that a mistake of our own library would show. */
function isSignedBy(publicKey: string, claims: string, signature: string): boolean {
  const { longSignatures } = bls12_381;
  const message = longSignatures.hash(hexToBytes(claims), 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_');
  return longSignatures.verify(hexToBytes(signature), message, hexToBytes(publicKey));
}

describe('4mica demo --json', () => {
  let run: CliResult;
  let report: z.infer<typeof Report>;

  beforeAll(async () => {
    run = await runCli(['demo', '--json'], 220_000);
    report = Report.parse(JSON.parse(run.stdout));
  });

  it('holds in every step and exits with 0', () => {
    expect(report.steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(run.stderr).toBe('');
    expect({ ok: report.ok, exitCode: run.exitCode }).toEqual({ ok: true, exitCode: 0 });
  });

  it('reports certificates that a second BLS implementation accepts', () => {
    expect(report.payments.length).toBeGreaterThanOrEqual(9);
    expect(new Set(report.payments.map(({ x402Version }) => x402Version))).toEqual(new Set([1, 2]));
    for (const { publicKey, certificate } of report.payments) {
      expect(isSignedBy(publicKey, certificate.claims, certificate.signature)).toBe(true);
    }
  });

  it('reports what the certificates say, with reqIds in order and running totals', () => {
    const totals = new Map<string, { next: bigint; total: bigint }>();
    for (const payment of report.payments) {
      const claims = decodeCertificateClaims(hexToBytes(payment.certificate.claims));
      const tab = totals.get(payment.tabId) ?? { next: 0n, total: 0n };
      const total = tab.total + BigInt(payment.amount);
      expect([claims.tabId, claims.reqId, claims.amount, claims.totalAmount, claims.domain]).toEqual([
        BigInt(payment.tabId),
        tab.next,
        BigInt(payment.amount),
        total,
        payment.domain,
      ]);
      expect(BigInt(payment.reqId)).toBe(tab.next);
      totals.set(payment.tabId, { next: tab.next + 1n, total });
    }
  });

  it('S-1: remunerates exactly the running total although the payer submitted its first certificate', () => {
    const { remuneration, payments } = report;
    const onTab = payments.filter(({ tabId }) => tabId === remuneration.tabId);
    const total = onTab.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    expect(BigInt(remuneration.amount)).toBe(total);
    expect(remuneration.recipientDelta).toBe(remuneration.amount);
  });
});

describe('4mica on a wrong command line', () => {
  it('explains a port that is none, and starts nothing', async () => {
    const { exitCode, stderr, stdout } = await runCli(['localnet', '--core-port', '70000'], 120_000);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('--core-port: expected a TCP port from 0 (any free one) to 65535, got "70000"');
  });

  it('exits with 2 for an unknown option and points at the help', async () => {
    const { exitCode, stderr } = await runCli(['demo', '--jsno'], 120_000);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("unknown option '--jsno'");
    expect(stderr).toContain('--help');
  });

  it('lists its commands with examples', async () => {
    const { exitCode, stdout } = await runCli(['localnet', '--help'], 120_000);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('4mica localnet --core-port 0 --json');
  });
});
