import { bytesToHex, hexToBytes } from '@fourmica/core-types';
import type { Bls } from './bls.js';
import { VerificationError } from './errors.js';
import type { Herumi } from './herumi.js';

const SECRET_KEY = new Uint8Array(32).fill(1);
const MESSAGE = new TextEncoder().encode('4mica bls self-test');
const PUBLIC_KEY =
  '0xaa1a1c26055a329817a5759d877a2795f9499b97d6056edde0eea39512f24e8bc874b4471f0501127abb1ea0d9f68ac1';
const CERTIFICATE_SIGNATURE =
  '0xafb2ad006857a4ab517b06120dd4bd7193e2d48c519bf3ec28c9951c81858b11de4af89e31aeaf1984b7ef250fc30eca12ec75d0b2722486eab155238cd355ee05d464dc2feae80d50f1fc1b2d5dc2a06eebac002efcd2bcd1bb57bf248ef054';
const LIBRARY_SIGNATURE =
  '0xb4927ef9e934d0cb04ade96e71582c89419068a3668beeb8e010bfc1f1f3f29aa886da04451c65fbfccdcb474381e1a3165b1cbac8158329a4246ab0fbdab4307111592dc51b456c76870bf85a817232254cc02963b5e425a9a19dfbb0ede35a';

/**
 * Checks the library with known answers: signing and verifying with the certificates' ciphersuite, and that other users
 * of the library still find its default.
 *
 * @throws VerificationError `BLS_SELF_TEST_FAILED`.
 */
export function runSelfTest(bls: Bls, { SecretKey }: Herumi): void {
  const signature = bls.sign(SECRET_KEY, MESSAGE);
  expectHex('public key', bls.publicKeyOf(SECRET_KEY), PUBLIC_KEY);
  expectHex('signature', signature, CERTIFICATE_SIGNATURE);
  if (!bls.verify(hexToBytes(PUBLIC_KEY), MESSAGE, signature))
    throw failed('a good signature does not verify');
  expectHex('default', SecretKey.fromBytes(SECRET_KEY).sign(MESSAGE).toBytes(), LIBRARY_SIGNATURE);
}

function expectHex(what: string, bytes: Uint8Array, expected: string): void {
  if (bytesToHex(bytes) !== expected) throw failed(`the ${what} of the known answer differs`);
}

const failed = (detail: string): VerificationError =>
  new VerificationError(
    'BLS_SELF_TEST_FAILED',
    `BLS library: ${detail}; check that exactly one copy of bls-eth-wasm is installed (npm ls bls-eth-wasm)`,
  );
