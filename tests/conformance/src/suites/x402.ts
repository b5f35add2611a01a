import { type Clock, type RequestClaims, stringifyStrictJson } from '@fourmica/core-types';
import { hashRequestClaims, LocalAccountSigner } from '@fourmica/eip712-claims';
import type { X402EnvelopeVector } from '@fourmica/test-vectors';
import { decodePaymentHeader, parsePaymentEnvelope } from '@fourmica/x402';
import { createPayer, X402Flow, type X402SignedPayment } from '@fourmica/x402/client';
import { requestClaimsOf } from '../claims.js';
import { type Case, type Compare, describeError } from '../report.js';

/** From payment requirements to the payment header, with the tab answer of the vector in place of a server. */
export const x402Case = (vector: X402EnvelopeVector): Case => ({
  name: vector.name,
  async run(compare) {
    if (vector.valid === false) {
      compare(`refused: ${vector.error}`, 'refused', await refusalOf(vector));
      return;
    }
    const payment = await sign(vector);
    const { version, ...claims } = requestClaimsOf({
      version: vector.guaranteeVersion,
      claims: vector.claims,
    } as Parameters<typeof requestClaimsOf>[0]);
    const expected = { version, ...claims } as RequestClaims;
    const domain = { ...vector.domain, chainId: BigInt(vector.domain.chainId) };
    compare('claims', expected, payment.payload.payload.claims);
    compare('digest', vector.digest, hashRequestClaims(domain, expected));
    compare('signature', vector.signature, payment.payload.payload.signature);
    compare(
      'envelope',
      comparable(JSON.parse(vector.envelope ?? '')),
      comparable(decodeBase64Json(payment.header)),
    );
    for (const spelling of [
      { name: 'header', header: vector.header, envelope: vector.envelope },
      ...(vector.variants ?? []),
    ]) {
      compareSpelling(compare, spelling, expected, vector);
    }
  },
});

function compareSpelling(
  compare: Compare,
  spelling: { name: string; header?: string | undefined; envelope?: string | undefined },
  expected: RequestClaims,
  vector: X402EnvelopeVector,
): void {
  const decoded = decodePaymentHeader(spelling.header ?? '');
  compare(`claims of ${spelling.name}`, expected, decoded.payload.claims);
  compare(`signature of ${spelling.name}`, vector.signature, decoded.payload.signature);
  const parsed = parsePaymentEnvelope(JSON.parse(spelling.envelope ?? ''));
  compare(`claims of the envelope of ${spelling.name}`, expected, parsed.payload.claims);
}

async function refusalOf(vector: X402EnvelopeVector): Promise<string> {
  try {
    await sign(vector);
    return 'signed';
  } catch (error) {
    return error instanceof Error && 'code' in error ? 'refused' : describeError(error);
  }
}

async function sign(vector: X402EnvelopeVector): Promise<X402SignedPayment> {
  const clock: Clock = { nowMs: () => Number(vector.timestamp) * 1000 };
  const domain = { ...vector.domain, chainId: BigInt(vector.domain.chainId) };
  const payer = createPayer(new LocalAccountSigner(vector.privateKey), domain);
  const answer = () =>
    Promise.resolve(
      new Response(stringifyStrictJson(vector.tabResponse), {
        headers: { 'content-type': 'application/json' },
      }),
    );
  const allowedOrigins = [originOfTabEndpoint(vector)];
  const flow = new X402Flow(payer, answer, { clock, allowedOrigins });
  if (vector.x402Version === 1) {
    const requirements = vector.paymentRequirements as Parameters<X402Flow['signPayment']>[0];
    return flow.signPayment(requirements, vector.userAddress);
  }
  const required = vector.paymentRequired as unknown as Parameters<X402Flow['signPaymentV2']>[0];
  const accepted = vector.accepted as Parameters<X402Flow['signPaymentV2']>[1];
  return flow.signPaymentV2(required, accepted, vector.userAddress);
}

function originOfTabEndpoint(vector: X402EnvelopeVector): string {
  const offer = (vector.accepted ?? vector.paymentRequirements) as {
    extra?: { tabEndpoint?: string; tab_endpoint?: string };
  };
  return new URL(offer.extra?.tabEndpoint ?? offer.extra?.tab_endpoint ?? '').origin;
}

const decodeBase64Json = (header: string): unknown =>
  JSON.parse(Buffer.from(header, 'base64').toString('utf8'));

/** Addresses may be written checksummed or lower case: hex text is compared by its digits. */
function comparable(value: unknown): unknown {
  if (typeof value === 'string') return /^0x[0-9a-f]*$/i.test(value) ? value.toLowerCase() : value;
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, comparable(member)]));
}
