import { encodeWith, parseWith, type SignedClaims, SignedClaimsSchema } from '@fourmica/core-types';
import * as z from 'zod/mini';
import { asMessageError, X402Error } from './errors.js';
import { decodeHeader, encodeHeader, HEADERS } from './header.js';
import { isJsonObject } from './json-object.js';
import type { X402Version } from './offer.js';
import { ResourceInfoSchema, type X402ResourceInfo } from './payment-required.js';
import { type PaymentRequirementsV2, PaymentRequirementsV2Schema } from './requirements.js';

/** A payment of x402 version 1 (`X-PAYMENT`). */
export interface PaymentEnvelopeV1 {
  readonly x402Version: 1;
  readonly scheme: string;
  readonly network: string;
  readonly payload: SignedClaims;
}

/** A payment of x402 version 2 (`PAYMENT-SIGNATURE`). */
export interface PaymentEnvelopeV2 {
  readonly x402Version: 2;
  /** The chosen offer, copied exactly. */
  readonly accepted: PaymentRequirementsV2;
  readonly payload: SignedClaims;
  readonly resource?: X402ResourceInfo | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

/** A payment: what was signed, and for which offer. */
export type PaymentEnvelope = PaymentEnvelopeV1 | PaymentEnvelopeV2;

const ShapeV1 = z.looseObject({
  x402Version: z.literal(1),
  scheme: z.string(),
  network: z.string(),
  payload: z.record(z.string(), z.unknown()),
});

const ShapeV2 = z.looseObject({
  x402Version: z.literal(2),
  accepted: PaymentRequirementsV2Schema,
  payload: z.record(z.string(), z.unknown()),
  resource: z.optional(z.nullable(ResourceInfoSchema)),
  extensions: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
});

/**
 * Reads the x402 version of a payment without looking at the rest.
 *
 * @throws X402Error `MESSAGE_INVALID` when it is no object, or its version is neither 1 nor 2.
 */
export function envelopeVersionOf(raw: unknown, what = 'paymentPayload'): X402Version {
  const version = isJsonObject(raw) ? raw.x402Version : undefined;
  if (version === 1 || version === 2) return version;
  throw new X402Error('MESSAGE_INVALID', `${what}.x402Version: expected 1 or 2`, {
    field: `${what}.x402Version`,
  });
}

/**
 * Reads a payment from its JSON value. Unknown members are ignored, except inside the claims, where they are refused;
 * the echoed offer, resource and extensions are kept as they are.
 *
 * @throws X402Error `MESSAGE_INVALID` naming the member that is missing or wrong.
 */
export function parsePaymentEnvelope(raw: unknown, what = 'paymentPayload'): PaymentEnvelope {
  const version = envelopeVersionOf(raw, what);
  try {
    if (version === 1) {
      const { scheme, network, payload } = parseWith(ShapeV1, raw, what);
      return { x402Version: 1, scheme, network, payload: parsePayload(payload, what) };
    }
    const { payload } = parseWith(ShapeV2, raw, what);
    const { accepted, resource, extensions } = raw as z.output<typeof ShapeV2>;
    return { x402Version: 2, accepted, payload: parsePayload(payload, what), resource, extensions };
  } catch (error) {
    throw asMessageError(error);
  }
}

const parsePayload = (payload: unknown, what: string): SignedClaims =>
  parseWith(SignedClaimsSchema, payload, `${what}.payload`);

/** Converts a payment to its JSON value: 256-bit integers as `0x` hex, addresses in EIP-55 form. */
export function encodePaymentEnvelope(envelope: PaymentEnvelope): Record<string, unknown> {
  const payload = encodeWith(SignedClaimsSchema, envelope.payload, 'payload');
  if (envelope.x402Version === 1) {
    const { x402Version, scheme, network } = envelope;
    return { x402Version, scheme, network, payload };
  }
  const { x402Version, accepted, resource, extensions } = envelope;
  return {
    x402Version,
    accepted,
    payload,
    ...(resource === undefined || resource === null ? {} : { resource }),
    ...(extensions === undefined || extensions === null ? {} : { extensions }),
  };
}

/** Name of the header that carries a payment of this version. */
export const paymentHeaderName = (version: X402Version): string =>
  version === 1 ? HEADERS.xPayment : HEADERS.paymentSignature;

/** Writes the payment header: base64 with padding over the JSON of the payment. */
export const encodePaymentHeader = (envelope: PaymentEnvelope): string =>
  encodeHeader(encodePaymentEnvelope(envelope));

/**
 * Reads a payment header of either version.
 *
 * @throws X402Error `MESSAGE_INVALID` for anything else.
 */
export const decodePaymentHeader = (header: string, name = 'payment header'): PaymentEnvelope =>
  parsePaymentEnvelope(decodeHeader(header, name), name);
