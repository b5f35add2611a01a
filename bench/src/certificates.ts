import { CERTIFICATE_DST, loadBls } from '@fourmica/bls-cert';
import { bytesToHex, type Hex } from '@fourmica/core-types';
import { bls12_381 } from '@noble/curves/bls12-381';
import herumi from 'bls-eth-wasm';
import { certificates } from './inputs.js';
import { type Contender, medians, requireAgreement } from './measure.js';
import { atLeast, atMost, type Result } from './report.js';

type Certificate = Awaited<ReturnType<typeof certificates>>[number];

/** Peers that take tens of milliseconds are compared on a part of the inputs only. */
const SLOW_SAMPLE = 40;

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
  const expand: Contender<Certificate> = {
    name: 'ours',
    run: ({ signature }) => bls.signatureToWords(signature),
  };
  const withHerumi: Contender<Certificate> = { name: 'herumi', run: verifyWithHerumi };
  const withNoble: Contender<Certificate> = { name: 'noble', run: verifyWithNoble };
  const expandNoble: Contender<Certificate> = { name: 'noble', run: expandWithNoble };

  await requireAgreement(inputs, [verify, withHerumi]);
  await requireAgreement(inputs.slice(0, SLOW_SAMPLE), [verify, withNoble]);
  await requireAgreement(inputs.slice(0, SLOW_SAMPLE), [expand, expandNoble]);
  refuseForgery(inputs, verify);

  const verified = await medians(inputs, [verify, withHerumi, withNoble], 4_000);
  const expanded = await medians(inputs, [expand, expandNoble]);
  const ours = verified.get('ours') ?? Number.NaN;
  const words = expanded.get('ours') ?? Number.NaN;
  return [
    atLeast('verify one certificate', ours, 'herumi', verified.get('herumi') ?? Number.NaN, 1 / 1.1),
    atLeast('verify one certificate', ours, 'noble', verified.get('noble') ?? Number.NaN, 1),
    atMost(
      'expand a signature to Solidity words (checked)',
      words,
      'noble',
      expanded.get('noble') ?? Number.NaN,
      1.4,
    ),
  ];
}

/** A verifier that answers true to everything would be fast. */
function refuseForgery(inputs: readonly Certificate[], { run }: Contender<Certificate>): void {
  const [first, second] = inputs;
  if (first === undefined || second === undefined) throw new Error('no certificates');
  if (run({ ...first, signature: second.signature }) !== false) {
    throw new Error(`a forged signature passed: ${bytesToHex(second.signature)}`);
  }
}
