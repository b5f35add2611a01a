import type { Hex } from '@fourmica/core-types';
import { parseStrictJson } from '@fourmica/core-types';
import { LocalAccountSigner } from '@fourmica/eip712-claims';
import { loadVectors } from '@fourmica/test-vectors';
import { describe, expect, it } from 'vitest';
import type { X402SignedPayment } from './client.js';
import {
  createPayer,
  PaymentRequirementsV1,
  PaymentRequirementsV2,
  X402Flow,
  X402PaymentRequired,
} from './client.js';
import { checkPayment, decodePaymentHeader } from './index.js';

const { vectors } = loadVectors('x402-envelopes');
type Vector = (typeof vectors)[number];

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

/** A tab endpoint that answers what the vector says and remembers what it was asked. */
function tabEndpoint(vector: Vector): {
  readonly sent: Sent[];
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
} {
  const sent: Sent[] = [];
  return {
    sent,
    fetch: async (url, init) => {
      sent.push({ url, init });
      return Response.json(vector.tabResponse);
    },
  };
}

const versionOf = (vector: Vector): 1 | 2 => (vector.paymentRequirements === undefined ? 2 : 1);
const domainOf = ({ domain }: Vector) => ({ ...domain, chainId: BigInt(domain.chainId) });

async function pay(
  vector: Vector,
  fetch: (url: string, init: RequestInit) => Promise<Response>,
): Promise<X402SignedPayment> {
  const payer = createPayer(new LocalAccountSigner(vector.privateKey), domainOf(vector));
  const clock = { nowMs: () => Number(vector.timestamp) * 1000 };
  const flow = new X402Flow(payer, fetch, { clock });
  if (versionOf(vector) === 1) {
    return flow.signPayment(PaymentRequirementsV1.fromRaw(vector.paymentRequirements), vector.userAddress);
  }
  const required = X402PaymentRequired.fromRaw(vector.paymentRequired);
  return flow.signPaymentV2(required, PaymentRequirementsV2.fromRaw(vector.accepted), vector.userAddress);
}

/** Addresses by value, numbers by value: what a peer compares. */
const normal = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, part) =>
    typeof part === 'string' && /^0x[0-9a-fA-F]*$/.test(part) ? part.toLowerCase() : part,
  );

const claimsOf = ({ claims, guaranteeVersion }: Vector): Record<string, unknown> => {
  const { user, recipient, asset, ...rest } = claims as unknown as Record<string, string>;
  return {
    version: guaranteeVersion,
    userAddress: user,
    recipientAddress: recipient,
    assetAddress: asset,
    ...rest,
  };
};
const textual = (claims: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(claims).map(([key, value]) => [key, typeof value === 'bigint' ? String(value) : value]),
  );

const valid = vectors.filter((vector) => vector.valid !== false);
const invalid = vectors.filter((vector) => vector.valid === false);

it('covers both versions, valid and invalid', () => {
  expect(new Set(valid.map(versionOf))).toEqual(new Set([1, 2]));
  expect(invalid.length).toBeGreaterThanOrEqual(3);
});

describe.each(valid.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
  it('signs the expected claims and writes the expected envelope', async () => {
    const endpoint = tabEndpoint(vector);
    const payment = await pay(vector, endpoint.fetch);
    expect(payment.signature).toBe(vector.signature);
    expect(normal(textual(payment.payload.payload.claims))).toEqual(normal(claimsOf(vector)));
    const envelope = parseStrictJson(
      new TextDecoder().decode(Uint8Array.from(atob(payment.header), (c) => c.charCodeAt(0))),
    );
    expect(normal(envelope)).toEqual(normal(JSON.parse(vector.envelope as string)));
  });

  it('asks the tab endpoint with at least the members of existing clients', async () => {
    const endpoint = tabEndpoint(vector);
    await pay(vector, endpoint.fetch);
    const [request] = endpoint.sent;
    expect(request?.url).toBe(vector.tabRequest?.url);
    expect(request?.init.method).toBe(vector.tabRequest?.method);
    expect(JSON.parse(String(request?.init.body))).toMatchObject(
      JSON.parse(vector.tabRequest?.body as string),
    );
  });

  it('is read back from the header of the existing client and from every variant', () => {
    const headers = [vector.header as string, ...(vector.variants ?? []).map(({ header }) => header)];
    for (const header of headers) {
      const { payload } = decodePaymentHeader(header);
      expect(payload.signature).toBe(vector.signature);
      expect(normal(textual(payload.claims))).toEqual(normal(claimsOf(vector)));
    }
  });

  it('passes the checks of a facilitator of its network, and of no other', async () => {
    const requirements = (vector.paymentRequirements ?? vector.accepted) as Record<string, unknown>;
    const request = { payload: JSON.parse(vector.envelope as string), requirements };
    const { chainId } = domainOf(vector);
    const context = {
      scheme: '4mica-credit',
      network: `eip155:${chainId}`,
      chainId,
      domain: domainOf(vector),
      trustedValidationRegistries: [],
      now: BigInt(vector.timestamp),
      futureToleranceSeconds: 0n,
    };
    expect(checkPayment(request, context)).toMatchObject({ ok: true });
    const elsewhere = { ...context, network: 'eip155:1', chainId: 1n };
    expect(checkPayment(request, elsewhere)).toEqual({
      ok: false,
      reason: `unsupported network eip155:${chainId}`,
    });
    const otherDomain = { ...context, domain: { ...context.domain, name: 'another core' } };
    expect(checkPayment(request, otherDomain)).toEqual({ ok: false, reason: 'Invalid signature' });
  });
});

describe.each(invalid.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
  it('is refused, and nothing is signed', async () => {
    let signed = 0;
    const signer = new LocalAccountSigner(vector.privateKey);
    const counting = {
      signPayment: async (): Promise<{ signature: Hex; scheme: 'eip712' }> => {
        signed++;
        return { signature: await signer.signMessage('x'), scheme: 'eip712' };
      },
    };
    const flow = new X402Flow(counting, tabEndpoint(vector).fetch);
    const attempt =
      vector.paymentRequirements === undefined
        ? flow.signPaymentV2(
            X402PaymentRequired.fromRaw(vector.paymentRequired),
            PaymentRequirementsV2.fromRaw(vector.accepted),
            vector.userAddress,
          )
        : flow.signPayment(PaymentRequirementsV1.fromRaw(vector.paymentRequirements), vector.userAddress);
    const code = vector.error === 'missing-next-req-id' ? 'TAB_ANSWER_INVALID' : 'VALIDATION_POLICY_INVALID';
    await expect(attempt).rejects.toMatchObject({ name: 'X402Error', code });
    expect(signed).toBe(0);
  });
});
