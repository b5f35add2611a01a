import {
  chainIdOfNetwork,
  ETH_ASSET,
  type FourMicaError,
  parseU256,
  parseWireAddress,
} from '@fourmica/core-types';
import { isSameNetwork } from '../check-payment.js';
import { X402Error } from '../errors.js';
import { isJsonObject, type JsonObject, memberOf } from '../json-object.js';
import { parsed } from '../parsed.js';
import { FOUR_MICA_SCHEME } from '../scheme.js';
import { hasPolicyMember } from '../validation-policy.js';
import type { FacilitatorTabRequest } from './facilitator-client.js';
import type { GateOffer } from './gate-config.js';
import { isSamePolicy, policyOfExtra } from './match-offer.js';

/**
 * Turns the body of a payer's tab request into a request for the facilitator. What the payer sends only chooses among
 * the server's own offers: recipient, asset, network and guarantee version come from the configuration.
 *
 * @throws X402Error `MESSAGE_INVALID` when the payer is missing, or no own offer, or more than one, is meant.
 */
export function facilitatorTabRequest(body: unknown, offers: readonly GateOffer[]): FacilitatorTabRequest {
  if (!isJsonObject(body)) throw invalid('body', 'expected a JSON object');
  const userAddress = parsed(parseWireAddress, memberOf(body, 'userAddress', 'user_address'));
  if (userAddress === undefined) throw invalid('userAddress', 'expected an address: 0x and 40 hex digits');
  const offer = chooseOffer(body, offers);
  const ttlSeconds = offer.ttlSeconds ?? wantedTtl(body);
  return {
    userAddress,
    recipientAddress: offer.payTo,
    network: offer.network,
    erc20Token: offer.asset === ETH_ASSET ? null : offer.asset,
    guaranteeVersion: offer.guaranteeVersion,
    ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
  };
}

function wantedTtl(body: JsonObject): number | undefined {
  const ttl = memberOf(body, 'ttlSeconds', 'ttl_seconds');
  if (ttl === undefined) return undefined;
  if (typeof ttl === 'number' && Number.isSafeInteger(ttl) && ttl > 0) return ttl;
  throw invalid('ttlSeconds', 'expected a whole number of seconds above 0');
}

function chooseOffer(body: JsonObject, offers: readonly GateOffer[]): GateOffer {
  const requirements = memberOf(body, 'paymentRequirements', 'payment_requirements');
  const matching = isJsonObject(requirements)
    ? offers.filter((offer) => matchesRequirements(offer, requirements))
    : offers.filter((offer) => matchesShortForm(offer, body));
  const [first, ...others] = distinctTabs(matching);
  if (first === undefined) {
    throw invalid(
      'paymentRequirements',
      'expected scheme, network, asset and payTo of an offer of this server',
    );
  }
  if (others.length > 0) {
    throw invalid('paymentRequirements', 'expected the chosen offer, because this server has several');
  }
  return first;
}

function matchesRequirements(offer: GateOffer, requirements: JsonObject): boolean {
  if (requirements.scheme !== FOUR_MICA_SCHEME || !isSameNetwork(requirements.network, offer.network))
    return false;
  if (parsed(parseWireAddress, requirements.asset) !== offer.asset) return false;
  const payTo = memberOf(requirements, 'payTo', 'pay_to');
  if (payTo !== undefined && parsed(parseWireAddress, payTo) !== offer.payTo) return false;
  const amount = memberOf(requirements, 'amount', 'maxAmountRequired');
  if (amount !== undefined && parsed(parseU256, amount) !== offer.price) return false;
  const { extra } = requirements;
  if (!isJsonObject(extra) || !hasPolicyMember(extra)) return offer.policy === undefined;
  const policy = policyOfExtra(extra, chainIdOfNetwork(offer.network));
  return policy !== undefined && offer.policy !== undefined && isSamePolicy(policy, offer.policy);
}

/** The form without requirements: token (absent = ETH) and x402 version. */
function matchesShortForm(offer: GateOffer, body: JsonObject): boolean {
  const token = memberOf(body, 'erc20Token', 'erc20_token', 'assetAddress', 'asset_address');
  const asset = token === undefined ? ETH_ASSET : parsed(parseWireAddress, token);
  const version = memberOf(body, 'x402Version', 'x402_version');
  return (
    asset === offer.asset && (version === undefined || offer.x402Versions.some((known) => known === version))
  );
}

/** Offers that differ in price alone share their tab. */
function distinctTabs(offers: readonly GateOffer[]): GateOffer[] {
  const byTab = new Map<string, GateOffer>();
  for (const offer of offers) {
    const key = [offer.network, offer.payTo, offer.asset, offer.guaranteeVersion].join(' ');
    if (!byTab.has(key)) byTab.set(key, offer);
  }
  return [...byTab.values()];
}

const invalid = (field: string, expected: string): X402Error =>
  new X402Error('MESSAGE_INVALID', `${field}: ${expected}`, { field });

/** Tells whether an error is the payer's fault. */
export const isPayerMistake = (error: unknown): error is FourMicaError =>
  error instanceof X402Error && error.code === 'MESSAGE_INVALID';
