import { createRequire } from 'node:module';
import { PublicKey, SecretKey, Signature } from '@chainsafe/bls/herumi';
import { bytesToHex } from '@fourmica/core-types';
import { bls12_381 } from '@noble/curves/bls12-381';
import { describe, expect, it } from 'vitest';
import { createBls } from './bls.js';
import type { HerumiModule } from './herumi.js';
import { loadBls } from './index.js';
import { runSelfTest } from './self-test.js';

const LIBRARY_DST = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_';
const secretKey = new Uint8Array(32).fill(7);
const message = new TextEncoder().encode('a message of other code in this process');

/** What other code expects of the library: Ethereum's ciphersuite, checked against an independent implementation. */
function expectLibraryDefault(): void {
  const { longSignatures } = bls12_381;
  const expected = longSignatures.sign(longSignatures.hash(message, LIBRARY_DST), secretKey).toBytes(true);
  const key = SecretKey.fromBytes(secretKey);
  expect(bytesToHex(key.sign(message).toBytes())).toBe(bytesToHex(expected));
  expect(Signature.fromBytes(expected).verify(key.toPublicKey(), message)).toBe(true);
}

/** x = 4 lies on the curve and outside the subgroup; the library refuses such keys unless its check is off. */
const outsideSubgroup = Uint8Array.of(0x80, ...new Uint8Array(46), 4);

describe('other code that uses the same BLS library', () => {
  it('finds its default ciphersuite and checks after every call of ours, also after a failing one', async () => {
    const bls = await loadBls();
    expectLibraryDefault();
    const publicKey = bls.publicKeyOf(secretKey);
    const signature = bls.sign(secretKey, message);
    expectLibraryDefault();
    expect(bls.verify(publicKey, message, signature)).toBe(true);
    expectLibraryDefault();
    expect(bls.verifyBatch(publicKey, [{ message, signature }])).toEqual([undefined]);
    expectLibraryDefault();
    expect(() => bls.verify(publicKey, message, new Uint8Array(96))).toThrow();
    expect(() => bls.sign(new Uint8Array(32), message)).toThrow();
    expectLibraryDefault();
    expect(() => bls.publicKeyToWords(outsideSubgroup)).toThrow(
      expect.objectContaining({ code: 'CERTIFICATE_PUBLIC_KEY_SUBGROUP' }),
    );
    expect(() => PublicKey.fromBytes(outsideSubgroup)).toThrow();
  });

  it('may take turns with us', async () => {
    const bls = await loadBls();
    const ours = bytesToHex(bls.sign(secretKey, message));
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        await Promise.resolve();
        expect(bytesToHex(bls.sign(secretKey, message))).toBe(ours);
        expect(bytesToHex(SecretKey.fromBytes(secretKey).sign(message).toBytes())).not.toBe(ours);
      }),
    );
    expectLibraryDefault();
  });

  it('is loaded once', async () => {
    expect(await loadBls()).toBe(await loadBls());
  });
});

describe('a second copy of the BLS library', () => {
  it('is found out by the self-test', async () => {
    const require = createRequire(import.meta.url);
    const path = require.resolve('bls-eth-wasm');
    const cached = require.cache[path];
    delete require.cache[path];
    const copy: HerumiModule & { init(): Promise<void> } = require(path);
    require.cache[path] = cached;
    await copy.init();

    const herumi = { SecretKey, module: copy };
    expect(() => runSelfTest(createBls(herumi), herumi)).toThrow(
      expect.objectContaining({
        code: 'BLS_SELF_TEST_FAILED',
        message: expect.stringContaining('exactly one copy of bls-eth-wasm'),
      }),
    );
  });
});
