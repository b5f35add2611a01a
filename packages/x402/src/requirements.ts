import { parseWith } from '@fourmica/core-types';
import * as z from 'zod/mini';
import { asMessageError } from './errors.js';

const AmountText = z.union([z.string(), z.number(), z.bigint()], {
  error: 'expected an integer in base units, as decimal or 0x text',
});
const name = z.string().check(z.minLength(1), z.maxLength(100));
const optionalText = z.optional(z.nullable(z.string()));

const common = {
  scheme: name,
  network: name,
  payTo: z.string(),
  asset: z.string(),
  maxTimeoutSeconds: z.optional(z.nullable(z.number())),
  extra: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
};

/** An offer of x402 version 1 as it stands in JSON. Unknown members are kept, because offers are echoed unchanged. */
export const PaymentRequirementsV1Schema = z.looseObject({
  ...common,
  maxAmountRequired: AmountText,
  resource: optionalText,
  description: optionalText,
  mimeType: optionalText,
  outputSchema: z.optional(z.unknown()),
});
/** An offer of x402 version 1 as it stands in JSON; the amount is in base units of the asset. */
export type PaymentRequirementsV1 = z.output<typeof PaymentRequirementsV1Schema>;

/** An offer of x402 version 2 as it stands in JSON. Unknown members are kept, because offers are echoed unchanged. */
export const PaymentRequirementsV2Schema = z.looseObject({ ...common, amount: AmountText });
/** An offer of x402 version 2 as it stands in JSON; the amount is in base units of the asset. */
export type PaymentRequirementsV2 = z.output<typeof PaymentRequirementsV2Schema>;

/** An offer of either version. */
export type PaymentRequirements = PaymentRequirementsV1 | PaymentRequirementsV2;

/**
 * Checks a value with a schema that changes nothing, and returns the value itself: with the order of its members and
 * with those that are not known, so that an echo is equal to what was received.
 */
export function checkedJson<Schema extends z.core.$ZodType>(
  schema: Schema,
  raw: unknown,
  what: string,
): z.output<Schema> {
  try {
    parseWith(schema, raw, what);
  } catch (error) {
    throw asMessageError(error);
  }
  return raw as z.output<Schema>;
}

/** Reads offers of x402 version 1. */
export const PaymentRequirementsV1 = {
  /**
   * Reads an offer from the `accepts` of a 402 body.
   *
   * @throws X402Error `MESSAGE_INVALID` naming the member that is missing or wrong.
   */
  fromRaw: (raw: unknown): PaymentRequirementsV1 =>
    checkedJson(PaymentRequirementsV1Schema, raw, 'paymentRequirements'),
};

/** Reads offers of x402 version 2. */
export const PaymentRequirementsV2 = {
  /**
   * Reads an offer from the `accepts` of a `PAYMENT-REQUIRED` header.
   *
   * @throws X402Error `MESSAGE_INVALID` naming the member that is missing or wrong.
   */
  fromRaw: (raw: unknown): PaymentRequirementsV2 =>
    checkedJson(PaymentRequirementsV2Schema, raw, 'paymentRequirements'),
};
