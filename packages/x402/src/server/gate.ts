import {
  type Clock,
  encodeWith,
  FourMicaError,
  nowSeconds,
  RequestClaimsSchema,
  stringifyStrictJson,
  systemClock,
} from '@fourmica/core-types';
import { encodePaymentEnvelope, type PaymentEnvelope } from '../envelope.js';
import { X402Error } from '../errors.js';
import { encodeReceiptHeader, receiptHeaderName, type Settlement } from '../settlement.js';
import {
  type CertificateRecord,
  type CertificateStore,
  MemoryCertificateStore,
  RESPONSE_RETENTION_MS,
} from './certificate-store.js';
import { sha256 } from './digest.js';
import { FacilitatorClient, type FacilitatorPayment } from './facilitator-client.js';
import { paymentRequired, readEnvelope, usedForSomethingElse } from './gate-answers.js';
import { type GateOffer, type GateRoute, type PaymentGateConfig, parseRoutes } from './gate-config.js';
import { matchOffer } from './match-offer.js';
import { type BufferedResponse, type GateRequest, jsonResponse, withReceipt } from './messages.js';
import { type OfferPlace, requirementsOf } from './offer-json.js';
import { PaymentRecords, type PaymentUse, type PaymentWork } from './payment-records.js';
import { matchesRoute } from './route-pattern.js';
import { acceptGuarantee, CORE_UNAVAILABLE, receiptOf } from './settle-payment.js';
import { SupportedVersions } from './supported-versions.js';
import { type TabEndpoint, tabEndpoint } from './tab-endpoint.js';

/** What an adapter has to do with a request. */
export type GateDecision =
  /** Not a paid route: hand it on. */
  | { readonly kind: 'free' }
  /** Answer this; the handler does not run. */
  | { readonly kind: 'respond'; readonly response: BufferedResponse }
  /** Run the handler. */
  | { readonly kind: 'paid'; readonly payment: PaidRequest };

/** A request whose payment was accepted: the handler may run, once. */
export interface PaidRequest {
  /** Whether the money is already due (`before`) or only once the handler succeeded (`after`). */
  readonly settle: 'before' | 'after';
  /** Headers of the receipt when the payment is settled already; an adapter that streams sends them first. */
  readonly receiptHeaders: readonly (readonly [string, string])[];
  /** Largest response that may be buffered, in bytes. */
  readonly maxResponseBytes: number;
  /** Takes the handler's response, settles if that is due, stores the certificate, and returns what may leave. */
  complete(response: BufferedResponse): Promise<BufferedResponse>;
  /** Notes that a response was streamed which is too large to be kept; only when it was settled before. */
  completeStreamed(response: Omit<BufferedResponse, 'body'>): Promise<void>;
  /** The handler failed, or answered more than may be buffered: nothing is settled, and the payment stays usable. */
  abandon(): void;
}

/** The server side of x402, without a web framework. */
export interface PaymentGate {
  /** Path of the tab endpoint. */
  readonly tabPath: string;
  /** Decides about a request; never throws for what a payer sends. */
  authorize(request: GateRequest): Promise<GateDecision>;
  /** Answers a `POST` to the tab endpoint. */
  openTab(body: string): Promise<BufferedResponse>;
  /** Tells whether a request is on a paid route, so that an adapter reads the body of those only. */
  isPaidRoute(method: string, target: string): boolean;
}

/** A payment with everything that belongs to it. */
interface Payment {
  readonly route: GateRoute;
  readonly offer: GateOffer;
  readonly place: OfferPlace;
  readonly envelope: PaymentEnvelope;
  readonly use: PaymentUse;
  readonly facilitatorPayment: FacilitatorPayment;
}

/** A settlement attempt. `unknown` keeps the handler's response: the same payment may be sent again. */
type Settled =
  | {
      readonly kind: 'settled';
      readonly receipt: readonly [string, string];
      readonly record: CertificateRecord;
    }
  | { readonly kind: 'refused'; readonly response: BufferedResponse }
  | { readonly kind: 'unknown'; readonly response: BufferedResponse };

/**
 * Creates the server side of paid routes: offers, verification, single execution, settlement, certificate store.
 *
 * @throws X402Error `CONFIG_INVALID` naming the setting that is wrong.
 */
export function createPaymentGate(config: PaymentGateConfig): PaymentGate {
  return new Gate(config);
}

const DEFAULT_TAB_PATH = '/x402/tab';

class Gate implements PaymentGate {
  readonly tabPath: string;
  readonly #config: PaymentGateConfig;
  readonly #routes: readonly GateRoute[];
  readonly #facilitator: FacilitatorClient;
  readonly #store: CertificateStore;
  readonly #records: PaymentRecords;
  readonly #clock: Clock;
  readonly #startedAt: bigint;
  readonly #versions: SupportedVersions;
  readonly #openTab: TabEndpoint;

  constructor(config: PaymentGateConfig) {
    this.#config = config;
    this.tabPath = config.tabPath ?? DEFAULT_TAB_PATH;
    this.#routes = parseRoutes(config.routes);
    this.#facilitator =
      config.facilitator instanceof FacilitatorClient
        ? config.facilitator
        : new FacilitatorClient(config.facilitator);
    this.#store = config.certificateStore ?? new MemoryCertificateStore();
    this.#clock = config.clock ?? systemClock;
    this.#records = new PaymentRecords(() => this.#clock.nowMs());
    this.#startedAt = nowSeconds(this.#clock);
    this.#openTab = tabEndpoint(
      this.#facilitator,
      this.#routes.flatMap((route) => route.offers),
      config.onError,
    );
    this.#versions = new SupportedVersions(this.#facilitator, this.#clock, (error) =>
      config.onError?.(error),
    );
  }

  isPaidRoute(method: string, target: string): boolean {
    return this.#routeOf(method, target) !== undefined;
  }

  openTab(body: string): Promise<BufferedResponse> {
    return this.#openTab(body);
  }

  async authorize(request: GateRequest): Promise<GateDecision> {
    const configured = this.#routeOf(request.method, request.target);
    if (configured === undefined) return { kind: 'free' };
    const route = await this.#withSupportedVersions(configured);
    const place = this.#placeOf(request);
    const read = readEnvelope(request);
    if (read === undefined) return respond(paymentRequired(route, place, undefined));
    if (read instanceof X402Error) return respond(jsonResponse(400, { error: read.message }));
    const offer = matchOffer(route, read);
    if (offer === undefined) {
      return respond(
        paymentRequired(route, place, 'the payment does not match an offer of this resource', read),
      );
    }
    return this.#authorizePayment(await this.#paymentOf({ route, place, envelope: read, offer }, request));
  }

  async #authorizePayment(payment: Payment): Promise<GateDecision> {
    for (;;) {
      const known = await this.#knownUse(payment);
      if (known !== undefined) return respond(known);
      const claim = this.#records.claim(payment.use);
      if (claim.kind === 'conflict') return respond(usedForSomethingElse());
      if (claim.kind === 'work') return this.#start(payment, claim.work);
      const response = await claim.response;
      if (response !== undefined) return respond(response);
    }
  }

  /** Answers a payment that was served before: the stored response, or 409. */
  async #knownUse({ envelope, offer, use }: Payment): Promise<BufferedResponse | undefined> {
    const { tabId, reqId } = envelope.payload.claims;
    const record = await this.#store.find(offer.network, tabId, reqId);
    if (record === undefined || record.claimsHash !== use.claimsHash) return undefined;
    if (record.request !== use.request) return usedForSomethingElse();
    if (record.status === NOTHING_SERVED.status) return undefined;
    const isKept = this.#clock.nowMs() - record.settledAtMs <= RESPONSE_RETENTION_MS;
    if (record.body === undefined || !isKept) {
      return jsonResponse(409, {
        error: 'this payment was served already, and its response is no longer kept',
        status: record.status,
        bodyHash: record.bodyHash,
      });
    }
    return { status: record.status, headers: record.headers, body: record.body };
  }

  async #start(payment: Payment, work: PaymentWork): Promise<GateDecision> {
    try {
      if (work.handled !== undefined) return respond(await this.#settleHandled(payment, work, work.handled));
      if (payment.route.settle === 'before') return await this.#startSettled(payment, work);
      const refusal = await this.#verify(payment);
      if (refusal === undefined) return { kind: 'paid', payment: this.#paidAfter(payment, work) };
      work.finish(refusal);
      return respond(refusal);
    } catch (error) {
      work.abandon();
      throw error;
    }
  }

  /** Asks the facilitator; undefined when the payment is good. */
  async #verify(payment: Payment): Promise<BufferedResponse | undefined> {
    let answer: Awaited<ReturnType<FacilitatorClient['verify']>>;
    try {
      answer = await this.#facilitator.verify(payment.facilitatorPayment);
    } catch (error) {
      return this.#badGateway(error, 'the payment could not be verified');
    }
    if (!answer.isValid) {
      const reason = answer.invalidReason ?? answer.invalidMessage ?? 'the payment is not valid';
      return reason === CORE_UNAVAILABLE
        ? jsonResponse(502, { error: answer.invalidMessage ?? reason })
        : paymentRequired(payment.route, payment.place, reason, payment.envelope);
    }
    const isOld = payment.envelope.payload.claims.timestamp < this.#startedAt;
    if (answer.extra?.alreadyIssued === true && isOld && !this.#store.isDurable) {
      return jsonResponse(409, {
        error: 'this payment was settled before the server started, which does not remember what it was for',
      });
    }
    return undefined;
  }

  #paidAfter(payment: Payment, work: PaymentWork): PaidRequest {
    return {
      settle: 'after',
      receiptHeaders: [],
      maxResponseBytes: payment.route.maxResponseBytes,
      complete: async (response) => {
        if (response.status >= 400) {
          work.finish(response);
          return response;
        }
        try {
          return await this.#settleHandled(payment, work, response);
        } catch (error) {
          work.abandon();
          throw error;
        }
      },
      completeStreamed: () =>
        Promise.reject(new X402Error('CONFIG_INVALID', 'a response that streams needs settle: "before"')),
      abandon: () => work.abandon(),
    };
  }

  /** Settles a payment whose handler ran, stores the certificate, and only then lets the response go. */
  async #settleHandled(
    payment: Payment,
    work: PaymentWork,
    handled: BufferedResponse,
  ): Promise<BufferedResponse> {
    const settled = await this.#settle(payment, handled);
    if (settled.kind === 'settled') {
      const response = withReceipt(handled, [settled.receipt]);
      work.finish(response);
      return response;
    }
    if (settled.kind === 'refused') work.finish(settled.response);
    else work.finish(settled.response, { unsettled: handled });
    return settled.response;
  }

  async #startSettled(payment: Payment, work: PaymentWork): Promise<GateDecision> {
    const settled = await this.#settle(payment, NOTHING_SERVED);
    if (settled.kind !== 'settled') {
      work.finish(settled.response);
      return respond(settled.response);
    }
    const paid: PaidRequest = {
      settle: 'before',
      receiptHeaders: [settled.receipt],
      maxResponseBytes: payment.route.maxResponseBytes,
      complete: async (response) => {
        const served = withReceipt(response, [settled.receipt]);
        if (response.status < 500) await this.#noteServed(await servedRecord(settled.record, served));
        work.finish(served);
        return served;
      },
      completeStreamed: async ({ status, headers }) => {
        const record = await servedRecord(settled.record, { status, headers, body: NOTHING_SERVED.body });
        await this.#noteServed({ ...record, body: undefined });
        work.abandon();
      },
      abandon: () => work.abandon(),
    };
    return { kind: 'paid', payment: paid };
  }

  /** The certificate is stored already and the response is on its way: a failure here concerns only repetitions. */
  async #noteServed(record: CertificateRecord): Promise<void> {
    try {
      await this.#store.save(record);
    } catch (error) {
      if (!(error instanceof FourMicaError)) throw error;
      this.#config.onError?.(error);
    }
  }

  async #settle(payment: Payment, response: BufferedResponse): Promise<Settled> {
    const { envelope, offer } = payment;
    const request = envelope.payload.claims;
    try {
      const settlement = await this.#facilitator.settle(payment.facilitatorPayment);
      if (!settlement.success) return this.#settlementFailed(payment, settlement);
      const guarantee = await acceptGuarantee(settlement, request, {
        trust: this.#config.trust,
        isRequired: this.#config.requireCertificate ?? true,
      });
      const receipt = receiptOf({
        settlement,
        guarantee,
        request,
        network: envelope.x402Version === 1 ? envelope.network : envelope.accepted.network,
        visibility: this.#config.certificateVisibility ?? 'auto',
        gracePeriod: this.#config.remunerationGracePeriod,
      });
      const receiptHeader = [receiptHeaderName(envelope.x402Version), encodeReceiptHeader(receipt)] as const;
      const record = await servedRecord(
        {
          network: offer.network,
          tabId: request.tabId,
          reqId: request.reqId,
          claimsHash: payment.use.claimsHash,
          certificate: guarantee.certificate,
          request: payment.use.request,
          settledAtMs: this.#clock.nowMs(),
        },
        withReceipt(response, [receiptHeader]),
      );
      await this.#store.save(record);
      return { kind: 'settled', receipt: receiptHeader, record };
    } catch (error) {
      return { kind: 'unknown', response: this.#badGateway(error, 'the payment could not be settled') };
    }
  }

  #settlementFailed(payment: Payment, settlement: Settlement): Settled {
    const reason = settlement.errorReason ?? 'the facilitator gives no reason';
    if (reason === CORE_UNAVAILABLE) {
      return { kind: 'unknown', response: jsonResponse(502, { error: reason }) };
    }
    const { route, place, envelope } = payment;
    const response = paymentRequired(route, place, 'Settlement failed', envelope, { details: reason });
    return { kind: IS_EARLY.test(reason) ? 'unknown' : 'refused', response };
  }

  async #withSupportedVersions(route: GateRoute): Promise<GateRoute> {
    if (!route.offers.some(({ isVersionOpen }) => isVersionOpen)) return route;
    const offers = await Promise.all(
      route.offers.map(async (offer) =>
        offer.isVersionOpen ? { ...offer, x402Versions: await this.#versions.of(offer.network) } : offer,
      ),
    );
    return { ...route, offers };
  }

  #routeOf(method: string, target: string): GateRoute | undefined {
    return this.#routes.find(({ pattern }) => matchesRoute(pattern, method, target));
  }

  #placeOf({ origin, target }: GateRequest): OfferPlace {
    const base = (this.#config.publicUrl ?? origin).replace(/\/+$/, '');
    return { resourceUrl: base + target, tabEndpoint: base + this.tabPath };
  }

  async #paymentOf(
    parts: Pick<Payment, 'route' | 'place' | 'envelope' | 'offer'>,
    request: GateRequest,
  ): Promise<Payment> {
    const { route, place, envelope, offer } = parts;
    const { claims } = envelope.payload;
    const canonical = stringifyStrictJson(encodeWith(RequestClaimsSchema, claims, 'claims'));
    return {
      ...parts,
      use: {
        key: `${offer.network} ${claims.tabId} ${claims.reqId}`,
        claimsHash: await sha256(new TextEncoder().encode(canonical)),
        request: `${request.method.toUpperCase()} ${request.target} ${await sha256(request.body)}`,
      },
      facilitatorPayment: {
        x402Version: envelope.x402Version,
        paymentPayload: encodePaymentEnvelope(envelope),
        paymentRequirements: requirementsOf(envelope.x402Version, route, offer, place),
      },
    };
  }

  #badGateway(error: unknown, what: string): BufferedResponse {
    if (!(error instanceof FourMicaError)) throw error;
    this.#config.onError?.(error);
    return jsonResponse(502, { error: `${what}: ${reasonForPayers(error)}` });
  }
}

/** Stands for the response of a payment that was settled before its handler ran. */
const NOTHING_SERVED: BufferedResponse = { status: 0, headers: [], body: new Uint8Array() };

/** The payment came before an earlier one of its tab: the work is kept until it is sent again. */
const IS_EARLY = /req_id not valid/i;

const respond = (response: BufferedResponse): GateDecision => ({ kind: 'respond', response });

/** Addresses inside the server's own network are none of the payer's business. */
const reasonForPayers = (error: FourMicaError): string =>
  error.code.startsWith('HTTP_') ? 'the facilitator does not answer' : error.message;

async function servedRecord(
  settled: Pick<
    CertificateRecord,
    'network' | 'tabId' | 'reqId' | 'claimsHash' | 'certificate' | 'request' | 'settledAtMs'
  >,
  { status, headers, body }: BufferedResponse,
): Promise<CertificateRecord> {
  return { ...settled, status, headers, body, bodyHash: await sha256(body) };
}
