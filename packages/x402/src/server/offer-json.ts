import type { X402Version } from '../offer.js';
import type { PaymentRequiredV1, X402PaymentRequired } from '../payment-required.js';
import type { PaymentRequirements, PaymentRequirementsV1, PaymentRequirementsV2 } from '../requirements.js';
import { FOUR_MICA_SCHEME } from '../scheme.js';
import type { GateOffer, GateRoute } from './gate-config.js';

/** Where a request came in. */
export interface OfferPlace {
  readonly resourceUrl: string;
  readonly tabEndpoint: string;
}

function extraOf({ policy }: GateOffer, { tabEndpoint }: OfferPlace): Record<string, unknown> {
  if (policy === undefined) return { tabEndpoint };
  return {
    tabEndpoint,
    validationRegistryAddress: policy.validationRegistryAddress,
    validationChainId: Number(policy.validationChainId),
    validatorAddress: policy.validatorAddress,
    validatorAgentId: policy.validatorAgentId.toString(),
    minValidationScore: policy.minValidationScore,
    jobHash: policy.jobHash,
    ...(policy.requiredValidationTag === '' ? {} : { requiredValidationTag: policy.requiredValidationTag }),
  };
}

function requirementsV1(route: GateRoute, offer: GateOffer, place: OfferPlace): PaymentRequirementsV1 {
  return {
    scheme: FOUR_MICA_SCHEME,
    network: offer.network,
    maxAmountRequired: offer.price.toString(),
    resource: place.resourceUrl,
    description: route.description,
    mimeType: route.mimeType,
    payTo: offer.payTo,
    maxTimeoutSeconds: offer.maxTimeoutSeconds,
    asset: offer.asset,
    extra: extraOf(offer, place),
  };
}

const requirementsV2 = (offer: GateOffer, place: OfferPlace): PaymentRequirementsV2 => ({
  scheme: FOUR_MICA_SCHEME,
  network: offer.network,
  amount: offer.price.toString(),
  asset: offer.asset,
  payTo: offer.payTo,
  maxTimeoutSeconds: offer.maxTimeoutSeconds,
  extra: extraOf(offer, place),
});

/** Writes an offer as it stands in a 402 of this version. */
export const requirementsOf = (
  version: X402Version,
  route: GateRoute,
  offer: GateOffer,
  place: OfferPlace,
): PaymentRequirements =>
  version === 1 ? requirementsV1(route, offer, place) : requirementsV2(offer, place);

const offersIn = (route: GateRoute, version: X402Version): readonly GateOffer[] =>
  route.offers.filter(({ x402Versions }) => x402Versions.includes(version));

/** Writes the 402 body of version 1; undefined when the route is not offered in it. */
export function paymentRequiredV1(
  route: GateRoute,
  place: OfferPlace,
  error: string,
): PaymentRequiredV1 | undefined {
  const accepts = offersIn(route, 1).map((offer) => requirementsV1(route, offer, place));
  return accepts.length === 0 ? undefined : { x402Version: 1, error, accepts };
}

/** Writes what the 402 header of version 2 says; undefined when the route is not offered in it. */
export function paymentRequiredV2(
  route: GateRoute,
  place: OfferPlace,
  error: string,
): X402PaymentRequired | undefined {
  const accepts = offersIn(route, 2).map((offer) => requirementsV2(offer, place));
  if (accepts.length === 0) return undefined;
  const { description, mimeType } = route;
  return { x402Version: 2, error, resource: { url: place.resourceUrl, description, mimeType }, accepts };
}
