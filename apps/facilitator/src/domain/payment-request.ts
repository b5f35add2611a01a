import { FourMicaError, parseStrictJson } from '@fourmica/core-types';
import { decodeBase64, isJsonObject, type JsonObject, MAX_HEADER_LENGTH } from '@fourmica/x402';

/** The body of `/verify` and `/settle`, with the payment decoded. */
export interface PaymentRequest {
  /** Top-level version; undefined when the caller leaves it out. */
  readonly x402Version: unknown;
  readonly payload: JsonObject;
  readonly requirements: JsonObject;
}

/** A body that is well-formed JSON, but no payment request. */
export interface ShapeProblem {
  readonly reason: string;
}

const hasProblem = (value: object): value is ShapeProblem => 'reason' in value;

/** Reads the body of `/verify` and `/settle`: the payment comes as `paymentPayload`, as `paymentHeader`, or as both. */
export function readPaymentRequest(body: unknown): PaymentRequest | ShapeProblem {
  if (!isJsonObject(body)) return { reason: 'body: expected a JSON object' };
  const { x402Version, paymentRequirements: requirements } = body;
  const payload = readPayload(body);
  if (hasProblem(payload)) return payload;
  if (!isJsonObject(requirements)) return { reason: 'paymentRequirements: expected an object' };
  for (const member of ['scheme', 'network', 'payTo', 'asset']) {
    if (typeof requirements[member] !== 'string')
      return { reason: `paymentRequirements.${member}: expected text` };
  }
  return { x402Version: x402Version ?? undefined, payload: payload.value, requirements };
}

function readPayload(body: JsonObject): { readonly value: JsonObject } | ShapeProblem {
  const payload = body.paymentPayload ?? undefined;
  const header = body.paymentHeader ?? undefined;
  if (payload === undefined && header === undefined)
    return { reason: 'paymentHeader or paymentPayload is required' };
  if (payload !== undefined && !isJsonObject(payload))
    return { reason: 'paymentPayload: expected an object' };
  if (header === undefined) return { value: payload as JsonObject };
  const decoded = decodeHeader(header, body.x402Version);
  if (hasProblem(decoded) || payload === undefined) return decoded;
  return isSameJson(decoded.value, payload)
    ? { value: payload }
    : { reason: 'paymentHeader does not match paymentPayload' };
}

function decodeHeader(header: unknown, x402Version: unknown): { readonly value: JsonObject } | ShapeProblem {
  if (typeof header !== 'string') return { reason: 'paymentHeader: expected text' };
  if (header.length > MAX_HEADER_LENGTH) {
    return { reason: `paymentHeader: expected at most ${MAX_HEADER_LENGTH} characters` };
  }
  const json = attempt(() => decodeBase64(header, 'paymentHeader'));
  if ('problem' in json) return { reason: `failed to base64 decode payment header: ${json.problem}` };
  const value = attempt(() => parseStrictJson(json.value, 'paymentHeader'));
  if ('problem' in value) return { reason: `failed to deserialize payment header: ${value.problem}` };
  if (!isJsonObject(value.value)) {
    return { reason: 'failed to deserialize payment header: expected a JSON object' };
  }
  const { x402Version: inner } = value.value;
  if (typeof x402Version === 'number' && x402Version !== inner) {
    return {
      reason: `payment header x402Version ${String(inner)} does not match request x402Version ${x402Version}`,
    };
  }
  return { value: value.value };
}

function attempt<T>(read: () => T): { readonly value: T } | { readonly problem: string } {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof FourMicaError) return { problem: error.message };
    throw error;
  }
}

/** Compares two JSON values; the order of members does not matter. Their depth was bounded when they were parsed. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => isSameJson(item, b[index]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSameJson(a[key], b[key]))
  );
}
