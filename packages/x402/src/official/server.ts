import { encodeWith, RequestClaimsSchema, stringifyStrictJson, systemClock } from '@fourmica/core-types';
import { parsePaymentEnvelope } from '../envelope.js';
import { X402Error } from '../errors.js';
import type { JsonObject } from '../json-object.js';
import { FOUR_MICA_SCHEME } from '../scheme.js';
import type { CertificateStore } from '../server/certificate-store.js';
import { sha256 } from '../server/digest.js';
import { FacilitatorClient, type FacilitatorClientOptions } from '../server/facilitator-client.js';
import type { CertificateTrust, CertificateVisibility } from '../server/gate-config.js';
import { acceptGuarantee, receiptOf } from '../server/settle-payment.js';
import { dollarTokenOf, findDefaultAsset, type KnownAsset } from './known-assets.js';

type NetworkId = `${string}:${string}`;
/** A price in base units of an asset. */
export type AssetAmount = { asset: string; amount: string; extra?: Record<string, unknown> };
/** A price as routes of `@x402/core` write it. */
export type Price = string | number | AssetAmount;

/** Settings of {@link create4MicaCreditServer}. */
export interface OfficialServerConfig {
  /** Absolute URL where payers ask for a tab; see `createTabEndpoint` of `@fourmica/x402/server`. */
  readonly tabEndpoint: string;
  /** Tokens that are worth a dollar on networks that are not known here, by CAIP-2 id. */
  readonly dollarTokens?: Readonly<Record<string, KnownAsset>> | undefined;
}

/**
 * Creates the resource server's side of `4mica-credit` for `x402ResourceServer` of `@x402/core`.
 *
 * Use it with {@link CreditFacilitatorClient}: the official servers pass everything that a facilitator answers on to the
 * payer, and certificates are not for payers.
 */
export function create4MicaCreditServer(config: OfficialServerConfig) {
  const tokenOf = (network: string): KnownAsset | undefined =>
    config.dollarTokens?.[network] ?? dollarTokenOf(network);
  return {
    scheme: FOUR_MICA_SCHEME,
    defaultAssetTransferMethod: 'default',
    paymentFlows: {
      default: { supported: ['authorization', 'upfront'] as const, default: 'authorization' as const },
    },
    parsePrice: async (price: Price, network: NetworkId): Promise<AssetAmount> =>
      typeof price === 'object' ? price : dollarPrice(price, network, tokenOf(network)),
    getAssetDecimals: (asset: string, network: NetworkId): number | undefined =>
      (findDefaultAsset(asset, network) ?? tokenOf(network))?.decimals,
    enhancePaymentRequirements: async <Requirements extends { extra?: Record<string, unknown> }>(
      requirements: Requirements,
    ) => ({ ...requirements, extra: { ...requirements.extra, tabEndpoint: config.tabEndpoint } }),
  };
}

const DOLLARS = /^\$?(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

/** Converts dollars to base units exactly; a price that does not fit the token's decimals is refused, not rounded. */
function dollarPrice(price: string | number, network: string, token: KnownAsset | undefined): AssetAmount {
  const parts = DOLLARS.exec(String(price).trim());
  const [, whole = '', fraction = ''] = parts ?? [];
  if (parts === null) throw priceError(`expected a price such as "$0.01", got ${JSON.stringify(price)}`);
  if (token === undefined)
    throw priceError(`no dollar token of ${network} is known; give { asset, amount } in base units`);
  const digits = fraction.replace(/0+$/, '');
  if (digits.length > token.decimals) {
    throw priceError(`${price} has more than the ${token.decimals} decimals of ${token.symbol}`);
  }
  const amount = BigInt(whole + digits.padEnd(token.decimals, '0'));
  if (amount === 0n) throw priceError('expected more than nothing');
  return { asset: token.asset, amount: amount.toString() };
}

const priceError = (message: string): X402Error =>
  new X402Error('CONFIG_INVALID', `price: ${message}`, { field: 'price' });

/** Settings of a {@link CreditFacilitatorClient}. */
export interface CreditFacilitatorConfig {
  readonly facilitator: FacilitatorClient | FacilitatorClientOptions;
  /** Where certificates go before the response leaves. */
  readonly certificateStore: CertificateStore;
  /** With it, every certificate is verified here too. */
  readonly trust?: CertificateTrust | undefined;
  /** Default `auto`. */
  readonly certificateVisibility?: CertificateVisibility | undefined;
}

/** A facilitator for the official resource servers that stores certificates and keeps them from payers. */
export class CreditFacilitatorClient {
  readonly #config: CreditFacilitatorConfig;
  readonly #facilitator: FacilitatorClient;

  constructor(config: CreditFacilitatorConfig) {
    this.#config = config;
    const { facilitator } = config;
    this.#facilitator =
      facilitator instanceof FacilitatorClient ? facilitator : new FacilitatorClient(facilitator);
  }

  /** Lists what the facilitator supports. */
  async getSupported() {
    const { kinds } = await this.#facilitator.supported();
    return {
      kinds: kinds.map(({ x402Version, scheme, network }) => ({
        x402Version,
        scheme,
        network: network as NetworkId,
      })),
      extensions: [],
      signers: {},
    };
  }

  /** Checks a payment without any effect. */
  async verify(payload: object, requirements: object) {
    const { isValid, invalidReason, invalidMessage, payer, extra } = await this.#facilitator.verify(
      paymentOf(payload, requirements),
    );
    return {
      isValid,
      ...(invalidReason ? { invalidReason } : {}),
      ...(invalidMessage ? { invalidMessage } : {}),
      ...(payer ? { payer } : {}),
      ...(extra ? { extra } : {}),
    };
  }

  /**
   * Has the guarantee issued, checks and stores the certificate, and answers without it unless it may be shown.
   *
   * @throws X402Error or VerificationError when there is no certificate of this payment.
   */
  async settle(payload: object, requirements: { readonly network: NetworkId }) {
    const { network } = requirements;
    const payment = paymentOf(payload, requirements);
    const settlement = await this.#facilitator.settle(payment);
    if (!settlement.success) {
      const errorReason = settlement.errorReason ?? 'unexpected_settle_error';
      return { success: false, errorReason, transaction: '', network };
    }
    const { claims: request } = parsePaymentEnvelope(payload).payload;
    const guarantee = await acceptGuarantee(settlement, request, {
      trust: this.#config.trust,
      isRequired: true,
    });
    await this.#config.certificateStore.save({
      network,
      tabId: request.tabId,
      reqId: request.reqId,
      claimsHash: await hashOf(stringifyStrictJson(encodeWith(RequestClaimsSchema, request, 'claims'))),
      certificate: guarantee.certificate,
      request: '',
      status: 0,
      headers: [],
      bodyHash: await hashOf(''),
      body: undefined,
      settledAtMs: systemClock.nowMs(),
    });
    const visibility = this.#config.certificateVisibility ?? 'auto';
    const receipt = receiptOf({
      settlement,
      guarantee,
      request,
      network,
      visibility,
      gracePeriod: undefined,
    });
    return {
      success: true,
      transaction: '',
      network,
      payer: request.userAddress,
      extra: { ...(receipt.extra as JsonObject) },
    };
  }
}

const hashOf = (text: string) => sha256(new TextEncoder().encode(text));

const paymentOf = (payload: object, requirements: object) => ({
  x402Version: parsePaymentEnvelope(payload).x402Version,
  paymentPayload: payload,
  paymentRequirements: requirements,
});
