import { execFile } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  loadBls,
  type SignedMessage,
  VerificationError,
  verifyCertificate,
  verifyCertificates,
} from '@fourmica/bls-cert';
import { BlsPool, BlsPoolError } from '@fourmica/bls-cert/pool';
import { hexToBytes } from '@fourmica/core-types';
import { loadVectors } from '@fourmica/test-vectors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const secretKey = new Uint8Array(32).fill(1);
const messages = Array.from({ length: 40 }, (_, i) => Uint8Array.of(i, 1, 2, 3));
const refusal = (code: string) => expect.objectContaining({ code });

describe('BlsPool', () => {
  let pool: BlsPool;
  beforeEach(() => {
    pool = new BlsPool({ threads: 2 });
  });
  afterEach(() => pool.close());

  it('answers what this thread answers', async () => {
    const bls = await loadBls();
    const publicKey = bls.publicKeyOf(secretKey);
    const signatures = await Promise.all(messages.map((message) => pool.sign(secretKey, message)));
    expect(signatures).toEqual(messages.map((message) => bls.sign(secretKey, message)));
    const [first, second] = signatures as [Uint8Array, Uint8Array];
    expect(await pool.verify(publicKey, messages[0] as Uint8Array, first)).toBe(true);
    expect(await pool.verify(publicKey, messages[0] as Uint8Array, second)).toBe(false);
  });

  it('serves first who came first', async () => {
    const single = new BlsPool({ threads: 1 });
    const answered: number[] = [];
    await Promise.all(
      messages.map(async (message, i) => {
        await single.sign(secretKey, message);
        answered.push(i);
      }),
    );
    await single.close();
    expect(answered).toEqual([...messages.keys()]);
  });

  it('closes at once after it was opened', async () => {
    const opened = Array.from({ length: 8 }, () => new BlsPool({ threads: 1 }));
    await Promise.all(opened.map((each) => each.close()));
    await expect(opened[0]?.sign(secretKey, secretKey)).rejects.toEqual(refusal('BLS_POOL_CLOSED'));
  });

  it('has every function of this thread, with the same results', async () => {
    const bls = await loadBls();
    const publicKey = bls.publicKeyOf(secretKey);
    const [keyWords, signature] = [bls.publicKeyToWords(publicKey), bls.sign(secretKey, secretKey)];
    const words = bls.signatureToWords(signature);
    const { sign, verify, verifyBatch, ...others } = bls;
    const calls: { readonly [Name in keyof typeof others]: Parameters<(typeof others)[Name]> } = {
      publicKeyOf: [secretKey],
      publicKeyToWords: [publicKey],
      publicKeyFromWords: [keyWords],
      signatureToWords: [signature, { alreadyVerified: true }],
      signatureFromWords: [words],
    };
    expect(Object.keys(calls).sort()).toEqual(Object.keys(others).sort());
    for (const [name, args] of Object.entries(calls)) {
      const here: unknown = Reflect.apply(bls[name as keyof typeof calls], bls, args);
      const there: unknown = await Reflect.apply(pool[name as keyof typeof calls], pool, args);
      expect(there).toEqual(here);
    }
  });

  it('verifies long batches in all threads, and tells which signatures are wrong and why', async () => {
    const bls = await loadBls();
    const publicKey = bls.publicKeyOf(secretKey);
    const batch: SignedMessage[] = Array.from({ length: 150 }, (_, i) => {
      const message = Uint8Array.of(i);
      return { message, signature: bls.sign(secretKey, message) };
    });
    const [first, second] = batch as [SignedMessage, SignedMessage];
    batch[70] = { ...first, signature: second.signature };
    batch[149] = { ...first, signature: new Uint8Array(95) };
    const verdicts = await pool.verifyBatch(publicKey, batch);
    expect(verdicts).toEqual(bls.verifyBatch(publicKey, batch));
    expect(verdicts.flatMap((refusal, i) => (refusal === undefined ? [] : [[i, refusal.code]]))).toEqual([
      [70, 'CERTIFICATE_SIGNATURE_INVALID'],
      [149, 'CERTIFICATE_SIGNATURE_LENGTH'],
    ]);
    expect(await pool.verifyBatch(publicKey, [])).toEqual([]);
    await expect(pool.verifyBatch(new Uint8Array(47), [])).rejects.toThrow(
      refusal('CERTIFICATE_PUBLIC_KEY_LENGTH'),
    );
  });

  it('verifies certificates of several keys like this thread', async () => {
    const { vectors } = loadVectors('guarantee-certificates');
    const [vector] = vectors;
    const received = vectors.map(({ encodedClaims, signature }) => ({ claims: encodedClaims, signature }));
    const trust = {
      publicKey: hexToBytes(vector?.publicKey ?? ''),
      domains: { [vector?.version ?? 1]: vector?.claims.domain },
    };
    const results = await pool.verifyCertificates(received, trust);
    expect(results).toEqual(await verifyCertificates(received, trust));
    expect(results.some((result) => result instanceof VerificationError)).toBe(true);
    expect(results.some((result) => !(result instanceof VerificationError))).toBe(true);
  });

  it('signs and verifies certificates of both versions', async () => {
    for (const vector of loadVectors('guarantee-certificates').vectors) {
      const received = { claims: vector.encodedClaims, signature: vector.signature };
      const trust = {
        publicKey: () => hexToBytes(vector.publicKey),
        domains: { [vector.version]: vector.claims.domain },
      };
      const claims = await pool.verifyCertificate(received, trust);
      expect(claims).toEqual(await verifyCertificate(received, trust));
      expect(await pool.signCertificate(hexToBytes(vector.blsSecretKey), claims)).toEqual(received);
    }
  });

  it('refuses with the same errors as this thread', async () => {
    const infinity = Uint8Array.of(0xc0, ...new Uint8Array(95));
    const publicKey = (await loadBls()).publicKeyOf(secretKey);
    await expect(pool.sign(new Uint8Array(32), secretKey)).rejects.toThrow(refusal('BLS_SECRET_KEY_INVALID'));
    await expect(pool.verify(publicKey, secretKey, infinity)).rejects.toThrow(VerificationError);
    await expect(pool.verify(publicKey, secretKey, infinity)).rejects.toThrow(
      refusal('CERTIFICATE_SIGNATURE_INFINITY'),
    );
  });

  it('leaves the event loop free', async () => {
    await pool.sign(secretKey, secretKey);
    /** Signing in this thread would hold it up for more than 80 ms in every round; a busy machine does so in some. */
    const typicalDelayMs = async () => {
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      await Promise.all(messages.map((message) => pool.sign(secretKey, message)));
      delay.disable();
      return delay.percentile(50) / 1e6;
    };
    const delays: number[] = [];
    while (delays.length < 20 && (delays.at(-1) ?? Infinity) >= 20) delays.push(await typicalDelayMs());
    expect(Math.min(...delays)).toBeLessThan(20);
  });

  it('finishes what it accepted when it is closed, and then takes no more', async () => {
    const accepted = Promise.all(messages.map((message) => pool.sign(secretKey, message)));
    const closed = pool.close();
    await expect(pool.sign(secretKey, secretKey)).rejects.toThrow(refusal('BLS_POOL_CLOSED'));
    await Promise.all([closed, pool.close()]);
    expect(await accepted).toHaveLength(messages.length);
  });
});

it('a full pool refuses instead of growing, and says when it has room again', async () => {
  const pool = new BlsPool({ threads: 1, maxWaiting: 3 });
  try {
    await pool.sign(secretKey, secretKey);
    const results = await Promise.allSettled(messages.map((message) => pool.sign(secretKey, message)));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(messages.length - 6);
    for (const { reason } of refused) {
      expect(reason).toBeInstanceOf(BlsPoolError);
      expect(reason).toMatchObject({ code: 'BLS_POOL_FULL' });
    }
    await pool.drained();
    expect(pool.waiting).toBe(0);
    expect(await pool.sign(secretKey, secretKey)).toHaveLength(96);
  } finally {
    await pool.close();
  }
});

it('an idle pool does not keep the process alive', async () => {
  const program = `
    import { BlsPool } from '@fourmica/bls-cert/pool';
    const pool = new BlsPool({ threads: 1 });
    console.log((await pool.sign(new Uint8Array(32).fill(1), new Uint8Array(3))).length);`;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const command = [process.execPath, ['--input-type=module', '--eval', program]] as const;
  const { stdout } = await promisify(execFile)(...command, { cwd, timeout: 120_000 });
  expect(stdout.trim()).toBe('96');
});
