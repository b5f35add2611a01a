import { secp256k1 } from '@noble/curves/secp256k1';
import { recoverAddress as recoverWithEthers } from 'ethers';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { useFastSecp256k1 } from './fast.js';
import { LocalAccountSigner, personalMessageDigest, recoverAddress } from './index.js';
import type { Secp256k1Engine } from './secp256k1/engine.js';
import { loadNativeEngine } from './secp256k1/native.js';
import { portableEngine, publicKeyOf } from './secp256k1/portable.js';
import { testEngine } from './secp256k1/self-test.js';
import { loadWasmEngine } from './secp256k1/wasm.js';

const ORDER = secp256k1.CURVE.n;
const word = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const keys = fc.bigInt({ min: 1n, max: ORDER - 1n }).map((key) => Uint8Array.from(word(key)));

const engines: [string, () => Promise<Secp256k1Engine>][] = [
  ['portable', async () => portableEngine],
  ['wasm', loadWasmEngine],
  ['native', loadNativeEngine],
];

describe.each(engines)('the %s engine', (_, load) => {
  it('signs deterministically, with low s, the same bytes as an independent implementation', async () => {
    const engine = await load();
    fc.assert(
      fc.property(bytes32, keys, (digest, key) => {
        const { compact, yParity } = engine.sign(digest, key);
        const expected = secp256k1.sign(digest, key);
        expect(Buffer.from(compact).toString('hex')).toBe(expected.toCompactHex());
        expect(yParity).toBe(expected.recovery);
        expect(Buffer.from(engine.recover(digest, { compact, yParity }))).toEqual(
          Buffer.from(publicKeyOf(key)),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('refuses what has no public key', async () => {
    const engine = await load();
    const digest = new Uint8Array(32).fill(1);
    const s = word(1n);
    for (const r of [0n, ORDER, 2n ** 256n - 1n, 5n]) {
      expect(() => engine.recover(digest, { compact: Buffer.concat([word(r), s]), yParity: 0 })).toThrow();
    }
    for (const bad of [0n, ORDER]) {
      expect(() =>
        engine.recover(digest, { compact: Buffer.concat([word(1n), word(bad)]), yParity: 0 }),
      ).toThrow();
    }
  });

  it('passes the known answer', async () => testEngine(await load()));
});

describe('useFastSecp256k1', () => {
  afterEach(() => useFastSecp256k1([]));

  it.each(['native', 'wasm', 'portable'] as const)('gives the same results with %s', async (name) => {
    expect(await useFastSecp256k1([name])).toEqual({ name, skipped: [] });
    await fc.assert(
      fc.asyncProperty(bytes32, keys, async (message, key) => {
        const signer = new LocalAccountSigner(Buffer.from(key).toString('hex'));
        const signature = await signer.signMessage(message);
        const digest = personalMessageDigest(message);
        expect(recoverAddress(digest, signature)).toBe(signer.address);
        expect(recoverWithEthers(digest, signature)).toBe(signer.address);
      }),
      { numRuns: 10 },
    );
    expect(() => recoverAddress(new Uint8Array(32), `${'00'.repeat(64)}1b`)).toThrow(
      expect.objectContaining({ code: 'SIGNATURE_RECOVERY_FAILED' }),
    );
  });

  it('takes the fastest that is installed', async () => {
    expect(await useFastSecp256k1()).toEqual({ name: 'native', skipped: [] });
  });

  it('agrees with every engine on any signature at all', async () => {
    const loaded = await Promise.all(engines.map(([, load]) => load()));
    const outcome = (
      engine: Secp256k1Engine,
      digest: Uint8Array,
      compact: Uint8Array,
      yParity: 0 | 1,
    ): string => {
      try {
        return Buffer.from(engine.recover(digest, { compact, yParity })).toString('hex');
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        return 'refused';
      }
    };
    const compacts = fc.uint8Array({ minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(bytes32, compacts, fc.constantFrom(0 as const, 1 as const), (digest, compact, yParity) => {
        const outcomes = new Set(loaded.map((engine) => outcome(engine, digest, compact, yParity)));
        expect(outcomes.size).toBe(1);
      }),
      { numRuns: 100 },
    );
  });
});

it('an engine that gives wrong answers is found out', () => {
  const wrong: Secp256k1Engine = {
    ...portableEngine,
    name: 'native',
    recover: (digest, signature) => portableEngine.recover(digest, signature).fill(0),
  };
  expect(() => testEngine(wrong)).toThrow('the native engine fails its known answer');
});
