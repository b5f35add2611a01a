import { type Clock, nowSeconds, stringifyStrictJson, systemClock } from '@fourmica/core-types';
import { encodePaymentEnvelope } from '../envelope.js';
import { X402Error } from '../errors.js';
import { type FetchLike, parseAnswer, peerMessageOf, postJson } from '../http.js';
import { type CreditOffer, readOfferV1, readOfferV2 } from '../offer.js';
import type { X402PaymentRequired } from '../payment-required.js';
import type { PaymentRequirements, PaymentRequirementsV1, PaymentRequirementsV2 } from '../requirements.js';
import type { PayingClient, PaymentSigner } from './payment-signer.js';
import { assertSignerNetwork, type EchoedContext, signOffer, type X402SignedPayment } from './sign-offer.js';
import { requestTab, type TabEndpointRules } from './tab-endpoint.js';

/** Settings of an {@link X402Flow}. */
export interface X402FlowOptions extends Pick<TabEndpointRules, 'allowedOrigins'> {
  /** Limit of each HTTP exchange in milliseconds; default 20,000. */
  readonly timeoutMs?: number | undefined;
  /** Source of the claims' timestamps. */
  readonly clock?: Clock | undefined;
}

/** Settings of one signature. */
export interface SignPaymentOptions extends TabEndpointRules {
  /** Wanted life of the tab in seconds. */
  readonly ttlSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A settled payment. */
export interface X402SettledPayment {
  readonly payment: X402SignedPayment;
  /** The facilitator's answer as it came. */
  readonly settlement: unknown;
}

const DEFAULT_TIMEOUT_MS = 20_000;
const MAX_SETTLE_ANSWER_BYTES = 256 * 1024;

/**
 * Turns the offers of a 402 into payment headers, one step at a time. `payingFetch` does the whole exchange and keeps
 * a spending policy; this class signs whatever it is told to.
 */
export class X402Flow {
  readonly #signer: PaymentSigner;
  readonly #fetch: FetchLike;
  readonly #options: X402FlowOptions;

  constructor(
    signer: PaymentSigner,
    fetchFn: FetchLike = (url, init) => fetch(url, init),
    options: X402FlowOptions = {},
  ) {
    this.#signer = signer;
    this.#fetch = fetchFn;
    this.#options = options;
  }

  /** Creates a flow that signs with `client.user`, for the client's network only. */
  static fromClient(client: PayingClient, options: X402FlowOptions = {}): X402Flow {
    const signer: PaymentSigner = {
      chainId: client.params?.chainId,
      signPayment: (claims, scheme) => client.user.signPayment(claims, scheme),
    };
    return new X402Flow(signer, undefined, options);
  }

  /**
   * Asks the offer's tab endpoint for the tab and signs the offer for x402 version 1.
   *
   * @param requirements - an entry of the `accepts` of a 402 body.
   * @param userAddress - the payer.
   * @param options - `resourceUrl` binds the tab endpoint to the origin of the resource; by default the offer's own
   * `resource` does.
   * @returns the value of the `X-PAYMENT` header, what it says, and the signature.
   * @throws X402Error when the offer, the tab endpoint or its answer is not acceptable; nothing is signed then.
   */
  async signPayment(
    requirements: PaymentRequirementsV1,
    userAddress: string,
    options: SignPaymentOptions = {},
  ): Promise<X402SignedPayment> {
    const resourceUrl = options.resourceUrl ?? requirements.resource ?? undefined;
    return this.#sign(readOfferV1(requirements), userAddress, { ...options, resourceUrl });
  }

  /**
   * Asks the offer's tab endpoint for the tab and signs the offer for x402 version 2. The claims are of version 2
   * exactly when the offer has a validation policy.
   *
   * @param required - the decoded `PAYMENT-REQUIRED` header; its resource and extensions are echoed.
   * @param accepted - the chosen entry of its `accepts`; it is echoed unchanged.
   * @param userAddress - the payer.
   * @returns the value of the `PAYMENT-SIGNATURE` header, what it says, and the signature.
   * @throws X402Error when the offer, the tab endpoint or its answer is not acceptable; nothing is signed then.
   */
  async signPaymentV2(
    required: X402PaymentRequired,
    accepted: PaymentRequirementsV2,
    userAddress: string,
    options: SignPaymentOptions = {},
  ): Promise<X402SignedPayment> {
    const resourceUrl = options.resourceUrl ?? required.resource.url;
    const echoed = { resource: required.resource, extensions: required.extensions };
    return this.#sign(readOfferV2(accepted), userAddress, { ...options, resourceUrl }, echoed);
  }

  /**
   * Sends a signed payment to a facilitator's `/settle`. A resource server should call `/verify` first.
   *
   * @throws X402Error `FACILITATOR_STATUS` for an answer other than 2xx, or what the transport throws.
   */
  async settlePayment(
    payment: X402SignedPayment,
    requirements: PaymentRequirements,
    facilitatorUrl: string,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<X402SettledPayment> {
    const body = {
      x402Version: payment.payload.x402Version,
      paymentHeader: payment.header,
      paymentPayload: encodePaymentEnvelope(payment.payload),
      paymentRequirements: requirements,
    };
    const { status, text } = await postJson(
      this.#fetch,
      `${facilitatorUrl.replace(/\/+$/, '')}/settle`,
      stringifyStrictJson(body),
      {},
      { timeoutMs: this.#timeoutMs, maxBytes: MAX_SETTLE_ANSWER_BYTES, signal: options.signal },
    );
    if (status < 200 || status > 299) {
      const peerMessage = peerMessageOf(text);
      throw new X402Error('FACILITATOR_STATUS', `the facilitator answered ${status}: ${peerMessage}`, {
        status,
        peerMessage,
      });
    }
    return { payment, settlement: parseAnswer(text, 'settlement') };
  }

  get #timeoutMs(): number {
    return this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  async #sign(
    offer: CreditOffer,
    userAddress: string,
    options: SignPaymentOptions,
    echoed: EchoedContext = {},
  ): Promise<X402SignedPayment> {
    assertSignerNetwork(this.#signer, offer);
    const allowedOrigins = [...(this.#options.allowedOrigins ?? []), ...(options.allowedOrigins ?? [])];
    const { tabId, nextReqId } = await requestTab(this.#fetch, {
      offer,
      userAddress,
      resource: echoed.resource,
      ttlSeconds: options.ttlSeconds,
      rules: { resourceUrl: options.resourceUrl, allowedOrigins },
      timeoutMs: this.#timeoutMs,
      signal: options.signal,
    });
    const timestamp = nowSeconds(this.#options.clock ?? systemClock);
    return signOffer(this.#signer, offer, { userAddress, tabId, reqId: nextReqId, timestamp }, echoed);
  }
}
