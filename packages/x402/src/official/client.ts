import { encodeWith, parseU256, SignedClaimsSchema } from '@fourmica/core-types';
import {
  type HeldPayment,
  isConflictReason,
  OfferPayer,
  type OfferPayerOptions,
} from '../client/offer-payer.js';
import { parsePaymentEnvelope } from '../envelope.js';
import { X402Error } from '../errors.js';
import type { FetchLike } from '../http.js';
import { type CreditOffer, readOfferV1, readOfferV2, type X402Version } from '../offer.js';
import { parsed } from '../parsed.js';
import { PaymentRequirementsV1, PaymentRequirementsV2 } from '../requirements.js';
import { FOUR_MICA_SCHEME } from '../scheme.js';
import { findDefaultAsset } from './known-assets.js';
import { shortNamesOf } from './short-names.js';

/** The part of `x402Client` of `@x402/core` that this plug-in uses. */
export interface OfficialClient<Scheme = never> {
  register(network: `${string}:${string}`, scheme: Scheme): unknown;
  registerV1(network: string, scheme: Scheme): unknown;
}

/** Settings of {@link register4MicaCredit}. */
export interface OfficialClientConfig extends Omit<OfferPayerOptions, 'isResourceUrlClaimed'> {
  /** CAIP-2 ids or patterns; register under the same key as other schemes of the network. Default `eip155:*`. */
  readonly networks?: readonly `${string}:${string}`[] | undefined;
  readonly fetch?: FetchLike | undefined;
}

/** What `@x402/core` tells when it asks for a payment. */
export interface PaymentContext {
  readonly maxAmountPerPayment?: string | undefined;
}

/** What `@x402/core` tells before it asks for a payment. */
export interface CreationContext {
  readonly paymentRequired: { readonly resource?: { readonly url?: string } | undefined };
  readonly selectedRequirements: object;
}

/** What `@x402/core` tells of the answer to a payment. */
export interface ResponseContext {
  readonly paymentPayload: unknown;
  readonly settleResponse?:
    | { readonly success: boolean; readonly errorReason?: string | undefined }
    | undefined;
  readonly paymentRequired?: { readonly error?: string | undefined } | undefined;
}

/** A payment under way, and when it was signed. */
interface UnderWay {
  readonly held: HeldPayment;
  readonly sinceMs: number;
}

const FORGOTTEN_AFTER_MS = 2 * 60_000;
/** Not for ever: responses to payments before this one may never be reported. */
const PREDECESSOR_WAIT_MS = 5_000;

/** The payer's side of `4mica-credit` for `@x402/core`: tab, policy, signature, and recovery from reqId conflicts. */
export class FourMicaCreditClient {
  readonly scheme = FOUR_MICA_SCHEME;
  readonly findDefaultAsset = findDefaultAsset;
  readonly schemeHooks = {
    onBeforePaymentCreation: async ({
      paymentRequired,
      selectedRequirements,
    }: CreationContext): Promise<void> => {
      const url = paymentRequired.resource?.url;
      if (url !== undefined) this.#resourceUrls.set(selectedRequirements, url);
    },
    onPaymentResponse: (context: ResponseContext): Promise<undefined | { recovered: true }> =>
      this.#onResponse(context),
  };
  readonly #payer: OfferPayer;
  readonly #resourceUrls = new WeakMap<object, string>();
  readonly #underWay = new Map<string, UnderWay>();

  constructor(config: OfficialClientConfig) {
    this.#payer = new OfferPayer(config.fetch ?? ((url, init) => fetch(url, init)), {
      ...config,
      // `@x402/core` does not say which URL was really requested, only which one the server names.
      isResourceUrlClaimed: true,
    });
  }

  /**
   * Resolves the tab and signs.
   *
   * @returns the whole payment for version 1, the scheme's payload for version 2, as `@x402/core` expects it.
   * @throws X402Error when the policy, the tab endpoint or its answer forbids it; nothing is signed then.
   */
  async createPaymentPayload(x402Version: number, requirements: object, context: PaymentContext = {}) {
    this.#forgetOld();
    const offer = readOffer(x402Version, requirements);
    assertBelow(offer, context.maxAmountPerPayment);
    const held = await this.#payer.sign(
      this.#payer.choose([offer]),
      this.#resourceUrlOf(offer, requirements),
    );
    this.#underWay.set(keyOf(held.slot), { held, sinceMs: Date.now() });
    const payload = encodeWith(SignedClaimsSchema, held.payment.payload.payload, 'payload') as Record<
      string,
      unknown
    >;
    if (offer.x402Version === 2) return { x402Version, payload };
    const { scheme, network } = offer.requirements;
    return { x402Version, scheme, network, payload };
  }

  #resourceUrlOf(offer: CreditOffer, requirements: object): string | undefined {
    if (offer.x402Version === 1) return offer.requirements.resource ?? undefined;
    return this.#resourceUrls.get(requirements);
  }

  /** A conflict of reqIds is worth one more attempt, which `@x402/fetch` makes with a new payload. */
  async #onResponse(context: ResponseContext): Promise<undefined | { recovered: true }> {
    const envelope = parsed(parsePaymentEnvelope, context.paymentPayload);
    if (envelope === undefined) return undefined;
    const key = keyOf(envelope.payload.claims);
    const held = this.#underWay.get(key)?.held;
    if (held === undefined) return undefined;
    this.#underWay.delete(key);
    const reason = context.settleResponse?.errorReason ?? context.paymentRequired?.error ?? '';
    if (context.settleResponse?.success === true || !isConflictReason(reason)) {
      this.#payer.finish(held, context.settleResponse?.success === true);
      return undefined;
    }
    const outcome = await this.#payer.examineConflict(held, AbortSignal.timeout(PREDECESSOR_WAIT_MS));
    if (outcome !== 'dead') this.#payer.finish(held, false);
    return outcome === 'early' ? undefined : { recovered: true };
  }

  /** Payments whose response never came back give their place on the tab back. */
  #forgetOld(): void {
    for (const [key, { held, sinceMs }] of this.#underWay) {
      if (Date.now() - sinceMs < FORGOTTEN_AFTER_MS) return;
      this.#underWay.delete(key);
      this.#payer.finish(held, false);
    }
  }
}

/**
 * Lets an `x402Client` of `@x402/core` pay offers on 4Mica credit, in both versions of x402.
 *
 * `@x402/core` refuses assets that are not worth a known number of dollars until its spend controls allow them: ETH needs
 * `setSpendControls({ allowedAssets: [...] })`. The policy given here holds in addition.
 */
export function register4MicaCredit<Client extends OfficialClient<FourMicaCreditClient>>(
  target: Client,
  config: OfficialClientConfig,
): Client {
  const scheme = new FourMicaCreditClient(config);
  const networks = config.networks ?? ['eip155:*'];
  for (const network of networks) target.register(network, scheme);
  for (const name of shortNamesOf(networks)) target.registerV1(name, scheme);
  return target;
}

function readOffer(x402Version: number, requirements: object): CreditOffer {
  const version = x402Version as X402Version;
  if (version === 1) return readOfferV1(PaymentRequirementsV1.fromRaw(requirements));
  if (version === 2) return readOfferV2(PaymentRequirementsV2.fromRaw(requirements));
  throw new X402Error('MESSAGE_INVALID', `x402Version: expected 1 or 2, got ${x402Version}`, {
    field: 'x402Version',
  });
}

function assertBelow({ amount }: CreditOffer, cap: string | undefined): void {
  if (cap === undefined) return;
  const allowed = parseU256(cap, 'maxAmountPerPayment');
  if (amount <= allowed) return;
  throw new X402Error(
    'SPENDING_POLICY',
    `${amount} base units are more than the ${cap} that the spend controls allow`,
    { field: 'maxAmountPerPayment', amount, allowed },
  );
}

const keyOf = ({ tabId, reqId }: { readonly tabId: bigint; readonly reqId: bigint }): string =>
  `${tabId}:${reqId}`;
