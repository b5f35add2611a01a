import { type RequestClaims, type SignedClaims, SigningScheme } from '@fourmica/core-types';
import { createRequestClaims, createValidatedRequestClaims } from '@fourmica/eip712-claims';
import { encodePaymentHeader, type PaymentEnvelope } from '../envelope.js';
import { X402Error } from '../errors.js';
import type { CreditOffer } from '../offer.js';
import type { X402ResourceInfo } from '../payment-required.js';
import type { PaymentSigner } from './payment-signer.js';

/** A payment that is ready to be sent. */
export interface X402SignedPayment {
  /** Value of the `X-PAYMENT` (version 1) or `PAYMENT-SIGNATURE` (version 2) header. */
  readonly header: string;
  /** What the header says. */
  readonly payload: PaymentEnvelope;
  /** The payer's signature, 65 bytes as `0x` hex. */
  readonly signature: string;
}

/** Where on which tab a payment goes. */
export interface TabPosition {
  readonly userAddress: string;
  readonly tabId: bigint;
  readonly reqId: bigint;
  /** Unix seconds. */
  readonly timestamp: bigint;
}

/** What a version 2 payment echoes of the server's offers. */
export interface EchoedContext {
  readonly resource?: X402ResourceInfo | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * Refuses offers of another chain than the signer signs for.
 *
 * @throws X402Error `NETWORK_MISMATCH`
 */
export function assertSignerNetwork(signer: PaymentSigner, offer: CreditOffer): void {
  if (signer.chainId === undefined || signer.chainId === offer.chainId) return;
  throw new X402Error(
    'NETWORK_MISMATCH',
    `the offer is on ${offer.network}, but the signer signs for chain ${signer.chainId}; use a client of that network`,
    { field: 'network' },
  );
}

/** Builds the claims that pay an offer: version 2 exactly when the offer has a validation policy. */
export function claimsForOffer(offer: CreditOffer, position: TabPosition): RequestClaims {
  const payment = {
    userAddress: position.userAddress,
    recipientAddress: offer.payTo,
    tabId: position.tabId,
    reqId: position.reqId,
    amount: offer.amount,
    timestamp: position.timestamp,
    assetAddress: offer.asset,
  };
  return offer.policy === undefined
    ? createRequestClaims(payment)
    : createValidatedRequestClaims(payment, offer.policy);
}

/** Signs an offer with EIP-712 and writes the payment header. */
export async function signOffer(
  signer: PaymentSigner,
  offer: CreditOffer,
  position: TabPosition,
  echoed: EchoedContext = {},
): Promise<X402SignedPayment> {
  assertSignerNetwork(signer, offer);
  const claims = claimsForOffer(offer, position);
  const { signature } = await signer.signPayment(claims, SigningScheme.EIP712);
  const payload = envelopeOf(offer, { claims, signature, scheme: SigningScheme.EIP712 }, echoed);
  return { header: encodePaymentHeader(payload), payload, signature };
}

function envelopeOf(offer: CreditOffer, payload: SignedClaims, echoed: EchoedContext): PaymentEnvelope {
  if (offer.x402Version === 2) {
    return { x402Version: 2, accepted: offer.requirements, payload, ...echoed };
  }
  const { scheme, network } = offer.requirements;
  return { x402Version: 1, scheme, network, payload };
}
