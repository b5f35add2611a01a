import { CERTIFICATE_DST, type HerumiFunctions, type HerumiModule, type HerumiPoint } from './herumi.js';

/** Certificates that are verified with one equation; the library's stack has room for them. */
const BATCH_SIZE = 64;
const POINT_SIZE = 288;
/** A forged batch passes with probability 2^-128. */
const COEFFICIENT_SIZE = 16;

/** A signature that was read and checked, and the message it is for. */
export interface ReadSignature {
  readonly point: HerumiPoint;
  readonly message: Uint8Array;
}

/**
 * Verifies signatures of one key: instead of two pairings for each, it checks that the sums of all signatures and of all
 * hashed messages, each multiplied by the same fresh random coefficient, belong together. Only when they do not, each
 * signature is looked at alone.
 *
 * @param signatures - points that were checked to be in the subgroup and not infinity.
 * @returns for each signature whether it is valid.
 */
export function verifySameKey(
  module: HerumiModule,
  publicKey: HerumiPoint,
  signatures: readonly ReadSignature[],
): readonly boolean[] {
  const verdicts: boolean[] = [];
  for (let start = 0; start < signatures.length; start += BATCH_SIZE) {
    verdicts.push(...verifyChunk(module, publicKey, signatures.slice(start, start + BATCH_SIZE)));
  }
  return verdicts;
}

function verifyChunk(
  module: HerumiModule,
  publicKey: HerumiPoint,
  signatures: readonly ReadSignature[],
): readonly boolean[] {
  const library = module.mod;
  const stack = library.stackSave();
  try {
    const count = signatures.length;
    const key = library.sallocCopy(publicKey.a_);
    const points = library.sallocArray(signatures.map(({ point }) => point.a_));
    const hashes = hashAll(library, signatures);
    const coefficients = library.sallocArray(randomCoefficients(module, count));
    const [signature, hashed] = [library.stackAlloc(POINT_SIZE), library.stackAlloc(POINT_SIZE)];
    library._mclBnG2_mulVec(signature, points, coefficients, count);
    library._mclBnG2_mulVec(hashed, hashes, coefficients, count);
    if (library._blsVerifyPairing(signature, hashed, key) === 1) return signatures.map(() => true);
    return signatures.map(
      (_, i) => library._blsVerifyPairing(points + i * POINT_SIZE, hashes + i * POINT_SIZE, key) === 1,
    );
  } finally {
    library.stackRestore(stack);
  }
}

/** Hashes every message to the curve, and returns where the points stand one after another. */
function hashAll(library: HerumiFunctions, signatures: readonly ReadSignature[]): number {
  const dst = new TextEncoder().encode(CERTIFICATE_DST);
  const dstPosition = library.sallocBytes(dst);
  const hashes = library.stackAlloc(POINT_SIZE * signatures.length);
  signatures.forEach(({ message }, i) => {
    const stack = library.stackSave();
    const position = library.sallocBytes(message);
    const out = hashes + i * POINT_SIZE;
    const failed = library._mclBnG2_hashAndMapToWithDst(
      out,
      position,
      message.length,
      dstPosition,
      dst.length,
    );
    library.stackRestore(stack);
    if (failed !== 0) throw new Error(`BLS library: hashing to the curve failed with ${failed}`);
  });
  return hashes;
}

const randomCoefficients = (module: HerumiModule, count: number): readonly Uint32Array[] =>
  Array.from({ length: count }, () => {
    const scalar = new module.Fr();
    scalar.setLittleEndian(crypto.getRandomValues(new Uint8Array(COEFFICIENT_SIZE)));
    return scalar.a_;
  });
