import { encodeCertificateClaims } from '@fourmica/bls-cert';
import { bytesToHex, ETH_ASSET, type RequestClaimsV1, ZERO_BYTES32 } from '@fourmica/core-types';
import { createRequestClaims, LocalAccountSigner, signRequestClaims } from '@fourmica/eip712-claims';
import { encodePaymentHeader, parsePaymentEnvelope } from '../envelope.js';

export const RECIPIENT = '0xabCDEF1234567890ABcDEF1234567890aBCDeF12';
export const OFFER = { network: 'eip155:31337', payTo: RECIPIENT, price: 100n };
const SIGNER = new LocalAccountSigner(`0x${'01'.repeat(32)}`);

/** An answer, or a transport that fails. */
type Answer = () => Response | Promise<Response>;

/** A facilitator in the place of the network: valid unless told otherwise. */
export interface FakeFacilitator {
  readonly calls: string[];
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Answers the next call of a path with this. */
  next(path: string, answer: Answer): void;
}

export function fakeFacilitator(): FakeFacilitator {
  const calls: string[] = [];
  const planned: { path: string; answer: Answer }[] = [];
  return {
    calls,
    next: (path, answer) => planned.push({ path, answer }),
    fetch: async (url, init) => {
      const { pathname } = new URL(url);
      if (pathname === '/supported')
        return Response.json({ kinds: [1, 2].map(kindOf), extensions: [], signers: {} });
      calls.push(pathname);
      const index = planned.findIndex(({ path }) => path === pathname);
      if (index >= 0) return (planned.splice(index, 1)[0] as { answer: Answer }).answer();
      const body = JSON.parse(String(init.body));
      if (pathname === '/tabs') return Response.json({ tabId: '0x1', nextReqId: '0x0', ...body });
      if (pathname === '/verify') return Response.json({ isValid: true });
      return Response.json({
        success: true,
        network: 'eip155:31337',
        certificate: certificateFor(body.paymentPayload),
      });
    },
  };
}

const kindOf = (x402Version: number) => ({ scheme: '4mica-credit', network: 'eip155:31337', x402Version });

/** A certificate for a payment, without a signature that anybody could verify. */
export function certificateFor(payload: unknown) {
  const claims = parsePaymentEnvelope(payload).payload.claims as RequestClaimsV1;
  const encoded = encodeCertificateClaims({ ...claims, domain: ZERO_BYTES32, totalAmount: claims.amount });
  return { claims: bytesToHex(encoded), signature: `0x${'ab'.repeat(96)}` };
}

/** Signs a payment of {@link OFFER}. */
export async function signedHeader(
  parts: { readonly reqId?: bigint; readonly timestamp?: bigint } = {},
): Promise<string> {
  const claims = createRequestClaims({
    userAddress: SIGNER.address,
    recipientAddress: RECIPIENT,
    tabId: 1n,
    reqId: parts.reqId ?? 0n,
    amount: 100n,
    timestamp: parts.timestamp ?? 1_700_000_000n,
    assetAddress: ETH_ASSET,
  });
  const domain = { name: '4mica', version: '1', chainId: 31337n };
  const payload = { claims, ...(await signRequestClaims(SIGNER, domain, claims)) };
  return encodePaymentHeader({ x402Version: 1, scheme: '4mica-credit', network: 'eip155:31337', payload });
}
