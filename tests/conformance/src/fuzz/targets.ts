import { decodeCertificateClaims, encodeCertificateClaims, loadBls } from '@fourmica/bls-cert';
import {
  AssetBalanceInfoSchema,
  BLSCertSchema,
  bytesToHex,
  CollateralEventInfoSchema,
  CorePublicParametersSchema,
  CreateTabRequestSchema,
  decodePaymentMemo,
  encodePaymentMemo,
  encodeWith,
  FourMicaError,
  GuaranteeInfoSchema,
  hexToBytes,
  OpenedTabSchema,
  parseAddress,
  parseNetwork,
  parseStrictJson,
  parseU256,
  parseWireAddress,
  parseWith,
  SignedClaimsSchema,
  stringifyStrictJson,
  TabInfoSchema,
} from '@fourmica/core-types';
import { recoverRequestSigner } from '@fourmica/eip712-claims';
import { useFastSecp256k1 } from '@fourmica/eip712-claims/fast';
import { loadVectors } from '@fourmica/test-vectors';
import { decodePaymentHeader, encodePaymentHeader, parseTabAnswer } from '@fourmica/x402';
import { plain } from '../report.js';
import { mutateBytes, mutateText } from './mutate.js';
import type { Random } from './random.js';

/** A decoder under fuzzing. `decode` throws what the decoder throws, and {@link Violation} when a promise is broken. */
export interface Target {
  readonly name: string;
  /** Valid inputs, from which the mutated ones are made. */
  readonly seeds: readonly (Uint8Array | string)[];
  decode(input: Uint8Array | string): void;
}

/** A decoder accepted something that it does not give back. */
export class Violation extends Error {}

/** Makes a mutated input of one of the seeds. */
export const mutate = ({ seeds }: Target, random: Random): Uint8Array | string => {
  const seed = random.pick(seeds);
  return typeof seed === 'string' ? mutateText(seed, random) : mutateBytes(seed, random);
};

/** Tells whether an error is one that a decoder may throw. */
export const isTypedError = (error: unknown): boolean => error instanceof FourMicaError;

const sameJson = (left: unknown, right: unknown): boolean =>
  JSON.stringify(plain(left)) === JSON.stringify(plain(right));

/** In a tab request, null and an absent member mean the same. */
const sameRequest = (left: unknown, right: unknown): boolean =>
  sameJson(withoutNulls(left as object), withoutNulls(right as object));

const withoutNulls = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));

const textTarget = (name: string, seeds: readonly string[], decode: (text: string) => void): Target => ({
  name,
  seeds,
  decode: (input) => decode(String(input)),
});

const bytesTarget = (
  name: string,
  seeds: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => void,
): Target => ({
  name,
  seeds,
  decode: (input) => decode(typeof input === 'string' ? new TextEncoder().encode(input) : input),
});

/** Text to value, value to JSON text, and back: both values have to be equal. */
const schemaTarget = (
  name: string,
  schema: Parameters<typeof parseWith>[0],
  seeds: readonly unknown[],
  isSame = sameJson,
): Target =>
  textTarget(
    name,
    seeds.map((seed) => JSON.stringify(seed)),
    (text) => {
      const value = parseWith(schema, parseStrictJson(text, name), name);
      const written = stringifyStrictJson(encodeWith(schema, value, name));
      if (!isSame(parseWith(schema, parseStrictJson(written, name), name), value)) {
        throw new Violation(`encodes to ${written}, which decodes to something else`);
      }
    },
  );

const USER = '0x1a642f0e3c3af545e7acbd38b07251b3990914f1';
const ETH = `0x${'00'.repeat(20)}`;
const tab = {
  tab_id: '0x2a',
  user_address: USER,
  recipient_address: ETH,
  asset_address: ETH,
  accepted_guarantee_version: 1,
  start_timestamp: 1736000000,
  ttl_seconds: 86400,
  status: 'OPEN',
  settlement_status: 'PENDING',
  created_at: 1,
  updated_at: 1,
  total_amount: '0x1388',
  paid_amount: '0',
  last_req_id: null,
};
const guarantee = {
  tab_id: '0x2a',
  req_id: '7',
  version: 1,
  from_address: USER,
  to_address: ETH,
  asset_address: ETH,
  amount: 1000,
  start_timestamp: 1736000000,
  certificate: '{"claims":"00ff","signature":"0xAABB"}',
};
const parameters = {
  public_key: Array.from({ length: 48 }, (_, i) => i),
  contract_address: ETH,
  eip712_name: '4mica',
  eip712_version: '1',
  chain_id: 84532,
  max_accepted_guarantee_version: 2,
  accepted_guarantee_versions: [1, 2],
  trusted_validation_registries: [USER],
  active_guarantee_domain_separator: `0x${'ab'.repeat(32)}`,
};

/** Every decoder of bytes or text from outside. */
export async function allTargets(): Promise<readonly Target[]> {
  await useFastSecp256k1();
  const bls = await loadBls();
  const certificates = loadVectors('guarantee-certificates').vectors;
  const x402 = loadVectors('x402-envelopes').vectors;
  const envelopes = x402.flatMap(({ envelope, variants = [] }) => [
    ...(envelope === undefined ? [] : [envelope]),
    ...variants.map((variant) => variant.envelope),
  ]);
  const signedClaims = envelopes.map((text): unknown => JSON.parse(text).payload);

  return [
    bytesTarget(
      'certificate claims',
      certificates.map(({ encodedClaims }) => hexToBytes(encodedClaims)),
      (bytes) => {
        const again = encodeCertificateClaims(decodeCertificateClaims(bytes));
        if (bytesToHex(again) !== bytesToHex(bytes)) throw new Violation('encodes to other bytes');
      },
    ),
    bytesTarget(
      'signature point',
      certificates.map(({ signature }) => hexToBytes(signature)),
      (bytes) => {
        const again = bls.signatureFromWords(bls.signatureToWords(bytes));
        if (bytesToHex(again) !== bytesToHex(bytes)) throw new Violation('encodes to other bytes');
      },
    ),
    bytesTarget(
      'public key point',
      certificates.map(({ publicKey }) => hexToBytes(publicKey)),
      (bytes) => {
        const again = bls.publicKeyFromWords(bls.publicKeyToWords(bytes));
        if (bytesToHex(again) !== bytesToHex(bytes)) throw new Violation('encodes to other bytes');
      },
    ),
    bytesTarget(
      'payment memo',
      ['tab_id:0x2a;req_id:0x7', 'req_id:1;x:y;tab_id:22'].map((text) => new TextEncoder().encode(text)),
      (bytes) => {
        const memo = decodePaymentMemo(bytes);
        if (memo === undefined) return;
        const again = decodePaymentMemo(new TextEncoder().encode(encodePaymentMemo(memo)));
        if (!sameJson(again, memo)) throw new Violation('encodes to another memo');
      },
    ),
    textTarget('strict JSON', envelopes, (text) => {
      const value = parseStrictJson(text);
      const written = stringifyStrictJson(value);
      if (stringifyStrictJson(parseStrictJson(written)) !== written) throw new Violation('is not stable');
      if (!sameJson(JSON.parse(written), JSON.parse(text)))
        throw new Violation('JSON.parse reads something else');
    }),
    textTarget(
      'payment header',
      x402.flatMap(({ header }) => (header === undefined ? [] : [header])),
      (text) => {
        const payment = decodePaymentHeader(text);
        if (!sameJson(decodePaymentHeader(encodePaymentHeader(payment)).payload, payment.payload)) {
          throw new Violation('encodes to another payment');
        }
      },
    ),
    textTarget(
      'tab answer',
      x402.flatMap(({ tabResponse }) => (tabResponse === undefined ? [] : [JSON.stringify(tabResponse)])),
      (text) => {
        parseTabAnswer(parseStrictJson(text));
      },
    ),
    textTarget(
      'signature text',
      x402.flatMap(({ signature }) => (signature === undefined ? [] : [signature])),
      (text) => {
        const { claims } = parseWith(SignedClaimsSchema, signedClaims[0], 'body');
        recoverRequestSigner(
          { name: '4mica', version: '1', chainId: 1n },
          { claims, signature: text as `0x${string}`, scheme: 'eip191' },
        );
      },
    ),
    textTarget(
      'integer',
      ['0', '1000', '0x3e8', `0x${'f'.repeat(64)}`, (2n ** 256n - 1n).toString()],
      (text) => {
        const value = parseU256(text);
        if (parseU256(value.toString()) !== value || value < 0n || value >= 2n ** 256n)
          throw new Violation('reads another number');
      },
    ),
    textTarget('address', [USER, '0xabCDEF1234567890ABcDEF1234567890aBCDeF12'], (text) => {
      if (parseAddress(text) !== parseWireAddress(text)) throw new Violation('reads another address');
    }),
    textTarget('network', ['eip155:84532', 'base-sepolia'], (text) => {
      const network = parseNetwork(text);
      if (parseNetwork(network) !== network) throw new Violation('is not stable');
    }),
    schemaTarget('signed claims', SignedClaimsSchema, signedClaims),
    schemaTarget('certificate', BLSCertSchema, [{ claims: '00ff', signature: `0x${'AB'.repeat(96)}` }]),
    schemaTarget('tab', TabInfoSchema, [tab]),
    schemaTarget('guarantee', GuaranteeInfoSchema, [guarantee, { ...guarantee, certificate: null }]),
    schemaTarget('public parameters', CorePublicParametersSchema, [
      parameters,
      { ...parameters, public_key: '00'.repeat(48) },
    ]),
    schemaTarget('opened tab', OpenedTabSchema, [
      {
        id: '0x2a',
        user_address: USER,
        recipient_address: ETH,
        asset_address: ETH,
        guarantee_version: 1,
        next_req_id: '0',
        ttl_seconds: 1,
      },
    ]),
    schemaTarget(
      'tab request',
      CreateTabRequestSchema,
      [{ user_address: USER, recipient_address: ETH, erc20_token: null, ttl: 60 }],
      sameRequest,
    ),
    schemaTarget('balance', AssetBalanceInfoSchema, [
      {
        user_address: USER,
        asset_address: ETH,
        total: '0x1',
        locked: 0,
        version: 3,
        updated_at: 1736000000,
        available: '1',
      },
    ]),
    schemaTarget('collateral event', CollateralEventInfoSchema, [
      {
        id: 'a',
        user_address: USER,
        asset_address: ETH,
        amount: '1',
        event_type: 'DEPOSIT',
        tab_id: null,
        req_id: null,
        tx_id: null,
        created_at: 1,
      },
    ]),
  ];
}
