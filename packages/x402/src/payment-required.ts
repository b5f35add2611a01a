import * as z from 'zod/mini';
import { decodeHeader, encodeHeader, HEADERS } from './header.js';
import { isJsonObject } from './json-object.js';
import {
  checkedJson,
  PaymentRequirementsV1,
  PaymentRequirementsV1Schema,
  PaymentRequirementsV2,
  PaymentRequirementsV2Schema,
} from './requirements.js';
import { isFourMicaScheme } from './scheme.js';

const optionalText = z.optional(z.nullable(z.string()));
const MAX_OFFERS = 64;

/** What is sold, in x402 version 2. Unknown members are kept. */
export const ResourceInfoSchema = z.looseObject({
  url: z.string().check(z.minLength(1)),
  description: optionalText,
  mimeType: optionalText,
});
/** What is sold, in x402 version 2. */
export type X402ResourceInfo = z.output<typeof ResourceInfoSchema>;

const Accepts = z
  .array(z.record(z.string(), z.unknown()))
  .check(z.minLength(1), z.maxLength(MAX_OFFERS, `expected at most ${MAX_OFFERS} offers`));

const RequiredV1 = z.looseObject({
  x402Version: z.literal(1),
  error: optionalText,
  accepts: Accepts,
});

const RequiredV2 = z.looseObject({
  x402Version: z.literal(2),
  error: optionalText,
  resource: ResourceInfoSchema,
  accepts: Accepts,
  extensions: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
});

/** The body of a 402 of x402 version 1. */
export interface PaymentRequiredV1 {
  readonly x402Version: 1;
  readonly error?: string | null | undefined;
  readonly accepts: readonly PaymentRequirementsV1[];
}

/** The `PAYMENT-REQUIRED` header of x402 version 2. */
export interface X402PaymentRequired {
  readonly x402Version: 2;
  readonly error?: string | null | undefined;
  readonly resource: X402ResourceInfo;
  readonly accepts: readonly PaymentRequirementsV2[];
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Offers of other schemes need not have the members of ours: those that do not are left out. */
function readableOffers<Offer>(
  accepts: readonly unknown[],
  schema: z.core.$ZodType,
  read: (raw: unknown) => Offer,
): Offer[] {
  return accepts
    .filter(
      (raw) =>
        (isJsonObject(raw) && typeof raw.scheme === 'string' && isFourMicaScheme(raw.scheme)) ||
        z.safeParse(schema, raw).success,
    )
    .map(read);
}

/**
 * Reads the body of a 402 of x402 version 1.
 *
 * @throws X402Error `MESSAGE_INVALID` naming the member that is missing or wrong.
 */
export function parsePaymentRequiredV1(raw: unknown): PaymentRequiredV1 {
  const { error, accepts } = checkedJson(RequiredV1, raw, 'paymentRequired');
  return {
    x402Version: 1,
    error,
    accepts: readableOffers(accepts, PaymentRequirementsV1Schema, PaymentRequirementsV1.fromRaw),
  };
}

/** Reads and writes what a 402 of x402 version 2 says. */
export const X402PaymentRequired = {
  /**
   * Reads the JSON value of a `PAYMENT-REQUIRED` header.
   *
   * @throws X402Error `MESSAGE_INVALID` naming the member that is missing or wrong.
   */
  fromRaw(raw: unknown): X402PaymentRequired {
    const { error, resource, accepts, extensions } = checkedJson(RequiredV2, raw, 'paymentRequired');
    return {
      x402Version: 2,
      error,
      resource,
      accepts: readableOffers(accepts, PaymentRequirementsV2Schema, PaymentRequirementsV2.fromRaw),
      extensions,
    };
  },

  /**
   * Reads a `PAYMENT-REQUIRED` header.
   *
   * @throws X402Error `MESSAGE_INVALID`
   */
  fromHeader: (header: string): X402PaymentRequired =>
    X402PaymentRequired.fromRaw(decodeHeader(header, HEADERS.paymentRequired)),

  /** Writes a `PAYMENT-REQUIRED` header. */
  toHeader: (required: X402PaymentRequired): string => encodeHeader(required),
};

/**
 * Reads the body of a 402, which may be any JSON of any server.
 *
 * @returns undefined when it does not say to be a body of x402 version 1.
 * @throws X402Error `MESSAGE_INVALID` when it says so and is not.
 */
export const readPaymentRequiredBody = (body: unknown): PaymentRequiredV1 | undefined =>
  isJsonObject(body) && body.x402Version === 1 ? parsePaymentRequiredV1(body) : undefined;
