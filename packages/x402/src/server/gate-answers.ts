import { decodePaymentHeader, type PaymentEnvelope, paymentHeaderName } from '../envelope.js';
import { asMessageError, X402Error } from '../errors.js';
import { HEADERS } from '../header.js';
import { X402PaymentRequired } from '../payment-required.js';
import { encodeReceiptHeader } from '../settlement.js';
import type { GateRoute } from './gate-config.js';
import { type BufferedResponse, type GateRequest, jsonResponse } from './messages.js';
import { type OfferPlace, paymentRequiredV1, paymentRequiredV2 } from './offer-json.js';

const MISSING_PAYMENT = {
  1: `${HEADERS.xPayment} header is required`,
  2: `${HEADERS.paymentSignature} header is required`,
};

/** The payment was used before, for something else than this request. */
export const usedForSomethingElse = (): BufferedResponse =>
  jsonResponse(409, { error: 'this payment was used for another request; sign a new one' });

/** Reads the payment of a request: undefined when it has none, an error when it is malformed or ambiguous. */
export function readEnvelope({ header }: GateRequest): PaymentEnvelope | X402Error | undefined {
  const headers = [HEADERS.paymentSignature, HEADERS.xPayment].flatMap((name) => {
    const value = header(name.toLowerCase());
    return value === undefined || value === '' ? [] : [{ name, value }];
  });
  const [first, second] = headers;
  if (first === undefined) return undefined;
  if (second !== undefined) {
    return new X402Error(
      'MESSAGE_INVALID',
      `expected one payment header, got ${first.name} and ${second.name}; send the one of your x402 version`,
    );
  }
  try {
    const envelope = decodePaymentHeader(first.value, first.name);
    if (paymentHeaderName(envelope.x402Version) === first.name) return envelope;
    return new X402Error(
      'MESSAGE_INVALID',
      `${first.name}: a payment of x402 version ${envelope.x402Version} belongs into ${paymentHeaderName(envelope.x402Version)}`,
    );
  } catch (error) {
    const readable = asMessageError(error);
    if (readable instanceof X402Error) return readable;
    throw error;
  }
}

/** Writes a 402 in the versions that the route is offered in; the answer to a payment is in its version. */
export function paymentRequired(
  route: GateRoute,
  place: OfferPlace,
  reason: string | undefined,
  envelope?: PaymentEnvelope,
  more: Readonly<Record<string, string>> = {},
): BufferedResponse {
  const v1 = paymentRequiredV1(route, place, reason ?? MISSING_PAYMENT[1]);
  const v2 = paymentRequiredV2(route, place, more.details ?? reason ?? MISSING_PAYMENT[2]);
  const headers: [string, string][] = [];
  if (v2 !== undefined) headers.push([HEADERS.paymentRequired, X402PaymentRequired.toHeader(v2)]);
  if (envelope?.x402Version === 2 && more.details !== undefined) {
    const failed = {
      success: false,
      errorReason: more.details,
      transaction: '',
      network: envelope.accepted.network,
    };
    headers.push([HEADERS.paymentResponse, encodeReceiptHeader(failed)]);
  }
  const body = envelope?.x402Version === 2 || v1 === undefined ? { error: reason ?? MISSING_PAYMENT[2] } : v1;
  return jsonResponse(402, { ...body, ...more }, headers);
}
