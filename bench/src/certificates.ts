import * as blst from '@chainsafe/blst';
import { type Bls, CERTIFICATE_DST, loadBls } from '@fourmica/bls-cert';
import { bytesToHex, type Hex } from '@fourmica/core-types';
import { bls12_381 } from '@noble/curves/bls12-381';
import herumi from 'bls-eth-wasm';
import { certificates } from './inputs.js';
import { type Contender, medians, ms, requireAgreement } from './measure.js';
import { asLimit, atLeast, atMost, type Result } from './report.js';

type Certificate = Awaited<ReturnType<typeof certificates>>[number];

/** Herumi's library by itself: read both points, verify. Its default checks are on. */
const verifyWithHerumi = ({ publicKey, message, signature }: Certificate): boolean => {
  setDst(CERTIFICATE_DST);
  const key = new herumi.PublicKey();
  key.deserialize(publicKey);
  const point = new herumi.Signature();
  point.deserialize(signature);
  return key.verify(point, message);
};

function setDst(dst: string): void {
  if (!('setDstG2' in herumi) || typeof herumi.setDstG2 !== 'function') throw new Error('no setDstG2');
  herumi.setDstG2(dst);
}

const { longSignatures, G2 } = bls12_381;

const verifyWithNoble = ({ publicKey, message, signature }: Certificate): boolean =>
  longSignatures.verify(signature, longSignatures.hash(message, CERTIFICATE_DST), publicKey);

/** Native code; its ciphersuite is built in and not that of certificates, so it verifies its own signature. */
const verifyWithBlst = ({ publicKey, message, blstSignature }: Certificate): boolean =>
  blst.verify(
    message,
    blst.PublicKey.fromBytes(publicKey, true),
    blst.Signature.fromBytes(blstSignature, true, true),
    false,
    false,
  );

function expandWithNoble({ signature }: Certificate): Hex[] {
  const point = G2.ProjectivePoint.fromHex(signature);
  point.assertValidity();
  const { x, y } = point.toAffine();
  return [x.c0, x.c1, y.c0, y.c1].flatMap((coordinate) => {
    const text = coordinate.toString(16).padStart(128, '0');
    return [`0x${text.slice(0, 64)}`, `0x${text.slice(64)}`] as const;
  });
}

/** Verifying certificates and expanding their signatures. */
export async function measureCertificates(): Promise<Result[]> {
  const bls = await loadBls();
  const inputs = await certificates();
  const verify: Contender<Certificate> = {
    name: 'ours',
    run: ({ publicKey, message, signature }) => bls.verify(publicKey, message, signature),
  };
  const quickExpand: Contender<Certificate> = {
    name: 'verified before',
    run: ({ signature }) => bls.signatureToWords(signature, { alreadyVerified: true }),
  };
  const batches = batchesOf(inputs);
  const batch: Contender<readonly Certificate[]> = { name: 'batch', run: (items) => verifyBatch(bls, items) };
  const oneByOne: Contender<readonly Certificate[]> = {
    name: 'one by one',
    run: (items) =>
      items.map(({ publicKey, message, signature }) => bls.verify(publicKey, message, signature)),
  };
  const expand: Contender<Certificate> = {
    name: 'ours',
    run: ({ signature }) => bls.signatureToWords(signature),
  };
  const withHerumi: Contender<Certificate> = { name: 'herumi', run: verifyWithHerumi };
  const withNoble: Contender<Certificate> = { name: 'noble', run: verifyWithNoble };
  const withBlst: Contender<Certificate> = { name: 'blst', run: verifyWithBlst };
  const expandNoble: Contender<Certificate> = { name: 'noble', run: expandWithNoble };

  await requireAgreement(inputs, [verify, withHerumi, withNoble, withBlst]);
  await requireAgreement(inputs, [expand, quickExpand, expandNoble]);
  await requireAgreement(batches, [oneByOne, batch]);
  refuseForgery(inputs, verify);

  const verified = await medians(inputs, [verify, withHerumi, withNoble, withBlst], 4_000);
  const batched = await medians(batches, [batch, oneByOne], 4_000);
  const expanded = await medians(inputs, [expand, quickExpand, expandNoble]);
  const each = (name: string): number => ms(batched, name) / BATCH_SIZE;
  const noble = ms(expanded, 'noble');
  return [
    atLeast('verify one certificate', ms(verified, 'ours'), 'herumi', ms(verified, 'herumi'), 1 / 1.1),
    atLeast('verify one certificate', ms(verified, 'ours'), 'noble', ms(verified, 'noble'), 1),
    asLimit('verify one certificate', ms(verified, 'ours'), 'blst, native', ms(verified, 'blst')),
    atLeast(
      'verify 64 certificates of one operator, each',
      each('batch'),
      'one by one',
      each('one by one'),
      1 / 0.65,
    ),
    atMost('expand a signature to Solidity words (checked)', ms(expanded, 'ours'), 'noble', noble, 1.4),
    atMost(
      'expand a signature that was verified before',
      ms(expanded, 'verified before'),
      'noble',
      noble,
      0.3,
    ),
  ];
}

const BATCH_SIZE = 64;

const batchesOf = (inputs: readonly Certificate[]): readonly (readonly Certificate[])[] =>
  Array.from({ length: Math.floor(inputs.length / BATCH_SIZE) }, (_, i) =>
    inputs.slice(i * BATCH_SIZE, (i + 1) * BATCH_SIZE),
  );

function verifyBatch(bls: Bls, items: readonly Certificate[]): boolean[] {
  const [first] = items;
  if (first === undefined) return [];
  return bls.verifyBatch(first.publicKey, items).map((refusal) => refusal === undefined);
}

/** A verifier that answers true to everything would be fast. */
function refuseForgery(inputs: readonly Certificate[], { run }: Contender<Certificate>): void {
  const [first, second] = inputs;
  if (first === undefined || second === undefined) throw new Error('no certificates');
  if (run({ ...first, signature: second.signature }) !== false) {
    throw new Error(`a forged signature passed: ${bytesToHex(second.signature)}`);
  }
}
