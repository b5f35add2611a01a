import { parseU256, parseWireAddress } from '@fourmica/core-types';
import { isSameNetwork } from '../check-payment.js';
import type { PaymentEnvelope } from '../envelope.js';
import { parsed } from '../parsed.js';
import { FOUR_MICA_SCHEME } from '../scheme.js';
import { type OfferedValidationPolicy, readValidationPolicy } from '../validation-policy.js';
import type { GateOffer, GateRoute } from './gate-config.js';

/**
 * Finds the own offer that a payment pays. Everything signed is compared with the server's configuration; the copy of
 * the offer in a version 2 payment only tells which of them the payer chose.
 */
export function matchOffer(route: GateRoute, envelope: PaymentEnvelope): GateOffer | undefined {
  return route.offers.find(
    (offer) =>
      offer.x402Versions.includes(envelope.x402Version) &&
      matchesEcho(offer, envelope) &&
      matchesClaims(offer, envelope),
  );
}

function matchesEcho(offer: GateOffer, envelope: PaymentEnvelope): boolean {
  if (envelope.x402Version === 1) {
    return envelope.scheme === FOUR_MICA_SCHEME && isSameNetwork(envelope.network, offer.network);
  }
  const { accepted } = envelope;
  return (
    accepted.scheme === FOUR_MICA_SCHEME &&
    isSameNetwork(accepted.network, offer.network) &&
    parsed(parseWireAddress, accepted.payTo) === offer.payTo &&
    parsed(parseWireAddress, accepted.asset) === offer.asset &&
    parsed(parseU256, accepted.amount) === offer.price
  );
}

function matchesClaims(offer: GateOffer, { payload: { claims } }: PaymentEnvelope): boolean {
  const isSamePayment =
    claims.recipientAddress === offer.payTo &&
    claims.assetAddress === offer.asset &&
    claims.amount === offer.price &&
    claims.version === offer.guaranteeVersion;
  if (!isSamePayment || claims.version === 1) return isSamePayment;
  return offer.policy !== undefined && isSamePolicy(offer.policy, claims);
}

export const isSamePolicy = (a: OfferedValidationPolicy, b: OfferedValidationPolicy): boolean =>
  a.validationRegistryAddress === b.validationRegistryAddress &&
  a.validationChainId === b.validationChainId &&
  a.validatorAddress === b.validatorAddress &&
  a.validatorAgentId === b.validatorAgentId &&
  a.minValidationScore === b.minValidationScore &&
  a.jobHash === b.jobHash &&
  a.requiredValidationTag === b.requiredValidationTag;

/** Reads the policy of requirements that a payer sent back; undefined when they have none, or it cannot be read. */
export const policyOfExtra = (
  extra: Readonly<Record<string, unknown>> | null | undefined,
  chainId: bigint,
): OfferedValidationPolicy | undefined => parsed(() => readValidationPolicy(extra, chainId), extra);
