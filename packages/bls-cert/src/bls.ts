import { type Hex, hexToBytes } from '@fourmica/core-types';
import { verifySameKey } from './batch-verify.js';
import { VerificationError } from './errors.js';
import {
  type Herumi,
  type HerumiPoint,
  type HerumiPublicKey,
  loadHerumi,
  withCertificateSettings,
} from './herumi.js';
import { checkCompressedPoint, FIELD_SIZE, type PointRole, pointError } from './point-encoding.js';
import { runSelfTest } from './self-test.js';
import { coordinatesOfWords, swapExtensionHalves, wordsOfCoordinates } from './solidity-words.js';

/** A public key as the contract takes it: x high, x low, y high, y low. */
export type PublicKeyWords = readonly [Hex, Hex, Hex, Hex];

/** A message and a signature over it, 96 bytes. */
export interface SignedMessage {
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * BLS12-381 signatures of 4Mica certificates: public keys in G1 (48 bytes), signatures in G2 (96 bytes), ciphersuite
 * `BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_`. Every point that comes in is checked to be on the curve, in the
 * subgroup and not infinity.
 */
export interface Bls {
  /** Derives the compressed public key. @throws VerificationError `BLS_SECRET_KEY_INVALID`. */
  publicKeyOf(secretKey: Uint8Array): Uint8Array;
  /** Signs a message; deterministic, 96 bytes. @throws VerificationError `BLS_SECRET_KEY_INVALID`. */
  sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * Tells whether the signature was made by this key over this message.
   *
   * @throws VerificationError `CERTIFICATE_PUBLIC_KEY_…` or `CERTIFICATE_SIGNATURE_…` for a malformed point, infinity or
   * a point outside the subgroup.
   */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /**
   * Verifies many signatures of one key, several times as fast as one by one.
   *
   * @returns for each signature `undefined` when it is valid, else the error that says what is wrong with it:
   * `CERTIFICATE_SIGNATURE_…`.
   * @throws VerificationError `CERTIFICATE_PUBLIC_KEY_…`.
   */
  verifyBatch(
    publicKey: Uint8Array,
    signatures: readonly SignedMessage[],
  ): readonly (VerificationError | undefined)[];
  /** Expands a public key to Solidity words. @throws VerificationError `CERTIFICATE_PUBLIC_KEY_…`. */
  publicKeyToWords(publicKey: Uint8Array): PublicKeyWords;
  /** Compresses a public key. @throws VerificationError `BLS_WORDS_INVALID` or `CERTIFICATE_PUBLIC_KEY_…`. */
  publicKeyFromWords(words: readonly string[]): Uint8Array;
  /**
   * Expands a signature to Solidity words: x.c0 high and low, x.c1, y.c0, y.c1.
   *
   * @param options - `alreadyVerified` leaves out the subgroup check; only for a signature that was verified before.
   * @throws VerificationError `CERTIFICATE_SIGNATURE_…`.
   */
  signatureToWords(
    signature: Uint8Array | Hex,
    options?: { readonly alreadyVerified?: boolean },
  ): readonly Hex[];
  /** Compresses a signature. @throws VerificationError `BLS_WORDS_INVALID` or `CERTIFICATE_SIGNATURE_…`. */
  signatureFromWords(words: readonly string[]): Uint8Array;
}

let loading: Promise<Bls> | undefined;
let loaded: Bls | undefined;

/**
 * Loads the BLS library, once per process, and checks it with known answers.
 *
 * @throws VerificationError `BLS_SELF_TEST_FAILED`, for instance when two copies of `bls-eth-wasm` are installed.
 */
export function loadBls(): Promise<Bls> {
  loading ??= initialise().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** Returns the BLS library if {@link loadBls} has loaded it, for code that cannot wait. */
export const loadedBls = (): Bls | undefined => loaded;

async function initialise(): Promise<Bls> {
  const herumi = await loadHerumi();
  const bls = createBls(herumi);
  runSelfTest(bls, herumi);
  loaded = bls;
  return bls;
}

const SECRET_KEY_SIZE = 32;
const PUBLIC_KEY_WORDS = 4;
const SIGNATURE_WORDS = 8;

/** Builds the functions over an initialised library. */
export function createBls({ SecretKey, module }: Herumi): Bls {
  const within = <T>(work: () => T): T => withCertificateSettings(module, work);

  const readPublicKey = (bytes: Uint8Array): HerumiPublicKey =>
    readPoint('PUBLIC_KEY', new module.PublicKey(), bytes);
  const readSignature = (bytes: Uint8Array): HerumiPoint =>
    readPoint('SIGNATURE', new module.Signature(), bytes);

  const readSecretKey = (bytes: Uint8Array): InstanceType<typeof SecretKey> => {
    if (bytes.length !== SECRET_KEY_SIZE) throw invalidSecretKey(`got ${bytes.length} bytes`);
    try {
      return SecretKey.fromBytes(bytes);
    } catch {
      throw invalidSecretKey('got zero or a number that is not below the group order');
    }
  };

  return {
    publicKeyOf: (secretKey) => within(() => readSecretKey(secretKey).toPublicKey().toBytes()),
    // The wrapper's `sign` would check that the signature it has just made is in the subgroup.
    sign: (secretKey, message) => within(() => readSecretKey(secretKey).value.sign(message).serialize()),
    verify: (publicKey, message, signature) =>
      within(() => readPublicKey(publicKey).verify(readSignature(signature), message)),
    verifyBatch: (publicKey, signatures) =>
      within(() => {
        const key = readPublicKey(publicKey);
        const read = signatures.map(({ message, signature }) =>
          refusalOr(() => ({ message, point: readSignature(signature) })),
        );
        const wellFormed = read.filter(
          (entry): entry is Exclude<typeof entry, VerificationError> => !(entry instanceof VerificationError),
        );
        const verdicts = verifySameKey(module, key, wellFormed).values();
        return read.map((entry) => {
          if (entry instanceof VerificationError) return entry;
          return verdicts.next().value === true ? undefined : signatureInvalid();
        });
      }),
    publicKeyToWords: (publicKey) =>
      within(() => {
        const words = wordsOfCoordinates(readPublicKey(publicKey).serializeUncompressed());
        return words as unknown as PublicKeyWords;
      }),
    publicKeyFromWords: (words) =>
      within(() => {
        const coordinates = coordinatesOfWords(words, PUBLIC_KEY_WORDS);
        return compress('PUBLIC_KEY', new module.PublicKey(), coordinates);
      }),
    signatureToWords: (signature, { alreadyVerified = false } = {}) =>
      within(() => {
        const bytes = typeof signature === 'string' ? hexToBytes(signature, 'signature') : signature;
        const point = alreadyVerified
          ? readUnchecked('SIGNATURE', new module.Signature(), bytes)
          : readSignature(bytes);
        return wordsOfCoordinates(swapExtensionHalves(point.serializeUncompressed()));
      }),
    signatureFromWords: (words) =>
      within(() => {
        const coordinates = swapExtensionHalves(coordinatesOfWords(words, SIGNATURE_WORDS));
        return compress('SIGNATURE', new module.Signature(), coordinates);
      }),
  };
}

/** The error that a certificate's signature of another key or other claims gets. */
export const signatureInvalid = (): VerificationError =>
  new VerificationError(
    'CERTIFICATE_SIGNATURE_INVALID',
    "certificate: the signature was not made by the operator's key over these claims",
  );

/** Runs `work`; a refusal becomes its result. */
export function refusalOr<T>(work: () => T): T | VerificationError {
  try {
    return work();
  } catch (error) {
    if (error instanceof VerificationError) return error;
    throw error;
  }
}

const readPoint = <Point extends HerumiPoint>(role: PointRole, point: Point, bytes: Uint8Array): Point =>
  checkedPoint(role, readUnchecked(role, point, bytes));

/** Reads a compressed point of the curve; whether it is in the subgroup is not checked. */
function readUnchecked<Point extends HerumiPoint>(role: PointRole, point: Point, bytes: Uint8Array): Point {
  checkCompressedPoint(role, bytes);
  deserialise(role, () => point.deserialize(bytes));
  return point;
}

function compress(role: PointRole, point: HerumiPoint, coordinates: Uint8Array): Uint8Array {
  if (coordinates.every((byte) => byte === 0))
    throw pointError(role, 'INFINITY', 'another point than infinity');
  if (hasFlags(coordinates)) throw pointError(role, 'ENCODING', 'coordinates below the field prime');
  deserialise(role, () => point.deserializeUncompressed(coordinates));
  return checkedPoint(role, point).serialize();
}

/** The top three bits of an uncompressed point are flags; a coordinate below the field prime never has them. */
const hasFlags = (coordinates: Uint8Array): boolean =>
  coordinates.some((byte, i) => i % FIELD_SIZE === 0 && byte >= 0x20);

function deserialise(role: PointRole, read: () => void): void {
  try {
    read();
  } catch {
    throw pointError(role, 'ENCODING', 'a point of the curve');
  }
}

function checkedPoint<Point extends HerumiPoint>(role: PointRole, point: Point): Point {
  if (point.isZero()) throw pointError(role, 'INFINITY', 'another point than infinity');
  if (!point.isValidOrder()) throw pointError(role, 'SUBGROUP', 'a point of the subgroup of prime order');
  return point;
}

const invalidSecretKey = (found: string): VerificationError =>
  new VerificationError(
    'BLS_SECRET_KEY_INVALID',
    `BLS secret key: expected 32 bytes, big-endian, above zero and below the group order, ${found}`,
  );
