import { FourMicaError } from '@fourmica/core-types';
import { asMessageError, X402Error } from '../errors.js';
import { HEADERS } from '../header.js';
import { parseAnswer, readText } from '../http.js';
import { type CreditOffer, readOfferV1, readOfferV2 } from '../offer.js';
import { readPaymentRequiredBody, X402PaymentRequired } from '../payment-required.js';
import { isFourMicaScheme } from '../scheme.js';
import type { EchoedContext } from './sign-offer.js';

/** The 4Mica offers of a 402. */
export interface ReadOffers {
  readonly offers: readonly CreditOffer[];
  /** Why other 4Mica offers cannot be used. */
  readonly problems: readonly X402Error[];
  /** What a version 2 payment has to echo. */
  readonly echoed: EchoedContext;
  /** The server's words. */
  readonly error: string | undefined;
}

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Reads the offers of a 402 response: the `PAYMENT-REQUIRED` header first, the body of version 1 when the header is
 * absent or has no offer of ours. The response itself is not consumed.
 *
 * @returns undefined when it is no 402 of x402, or has no offer on 4Mica credit.
 */
export async function readOffers(response: Response): Promise<ReadOffers | undefined> {
  const header = response.headers.get(HEADERS.paymentRequired);
  const fromHeader = header === null ? undefined : attempt(() => readHeader(header));
  return fromHeader ?? (await readBody(response));
}

function readHeader(header: string): ReadOffers | undefined {
  const required = X402PaymentRequired.fromHeader(header);
  const { resource, extensions } = required;
  return collect(required.accepts, readOfferV2, required.error, { resource, extensions });
}

async function readBody(response: Response): Promise<ReadOffers | undefined> {
  let text: string;
  try {
    text = await readText(response.clone(), MAX_BODY_BYTES, response.url);
  } catch (error) {
    if (error instanceof X402Error) return undefined;
    throw error;
  }
  return attempt(() => {
    const required = readPaymentRequiredBody(parseAnswer(text, 'body'));
    return required && collect(required.accepts, readOfferV1, required.error, {});
  });
}

/** A 402 that is none of x402 is an ordinary response of the server, not an error of the payer. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof X402Error) return undefined;
    throw error;
  }
}

function collect<Requirements extends { readonly scheme: string }>(
  accepts: readonly Requirements[],
  read: (requirements: Requirements) => CreditOffer,
  error: string | null | undefined,
  echoed: EchoedContext,
): ReadOffers | undefined {
  const offers: CreditOffer[] = [];
  const problems: X402Error[] = [];
  for (const requirements of accepts.filter(({ scheme }) => isFourMicaScheme(scheme))) {
    try {
      offers.push(read(requirements));
    } catch (cause) {
      if (!(cause instanceof FourMicaError)) throw cause;
      problems.push(asMessageError(cause) as X402Error);
    }
  }
  return offers.length + problems.length === 0
    ? undefined
    : { offers, problems, echoed, error: error ?? undefined };
}
