import {
  type Clock,
  encodeWith,
  nowSeconds,
  RequestClaimsSchema,
  stringifyStrictJson,
  systemClock,
} from '@fourmica/core-types';
import { encodePaymentEnvelope } from '../envelope.js';
import { X402Error } from '../errors.js';
import { type CertificateStore, MemoryCertificateStore, RESPONSE_RETENTION_MS } from './certificate-store.js';
import { sha256 } from './digest.js';
import { FacilitatorClient } from './facilitator-client.js';
import { paymentRequired, readEnvelope, usedForSomethingElse } from './gate-answers.js';
import { type GateRoute, type PaymentGateConfig, parseRoutes } from './gate-config.js';
import type { GateDecision, PaidRequest, PaymentGate } from './gate-decision.js';
import { matchOffer } from './match-offer.js';
import { type BufferedResponse, type GateRequest, jsonResponse, withReceipt } from './messages.js';
import { type OfferPlace, requirementsOf } from './offer-json.js';
import { PaymentRecords, type PaymentWork } from './payment-records.js';
import { matchesRoute } from './route-pattern.js';
import { CORE_UNAVAILABLE } from './settle-payment.js';
import { badGateway, type GatePayment, NOTHING_SERVED, Settler } from './settler.js';
import { SupportedVersions } from './supported-versions.js';
import { type TabEndpoint, tabEndpoint } from './tab-endpoint.js';

export type { GateDecision, PaidRequest, PaymentGate } from './gate-decision.js';

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
  readonly #settler: Settler;
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
    const nowMs = () => this.#clock.nowMs();
    this.#records = new PaymentRecords(nowMs);
    this.#settler = new Settler(this.#facilitator, this.#store, config, nowMs);
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

  async #authorizePayment(payment: GatePayment): Promise<GateDecision> {
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
  async #knownUse({ envelope, offer, use }: GatePayment): Promise<BufferedResponse | undefined> {
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

  async #start(payment: GatePayment, work: PaymentWork): Promise<GateDecision> {
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
  async #verify(payment: GatePayment): Promise<BufferedResponse | undefined> {
    let answer: Awaited<ReturnType<FacilitatorClient['verify']>>;
    try {
      answer = await this.#facilitator.verify(payment.facilitatorPayment);
    } catch (error) {
      return badGateway(error, 'the payment could not be verified', this.#config);
    }
    if (!answer.isValid) {
      const reason = answer.invalidReason ?? answer.invalidMessage ?? 'the payment is not valid';
      return reason === CORE_UNAVAILABLE
        ? jsonResponse(502, { error: answer.invalidMessage ?? reason })
        : paymentRequired(payment.route, payment.place, reason, payment.envelope);
    }
    if (answer.extra?.alreadyIssued === true && this.#mayBeForgotten(payment)) {
      return jsonResponse(409, {
        error: 'this payment was settled before the server started, which does not remember what it was for',
      });
    }
    return undefined;
  }

  /** A store that ends with the process does not know what a payment from before was for. */
  #mayBeForgotten({ envelope }: GatePayment): boolean {
    return !this.#store.isDurable && envelope.payload.claims.timestamp < this.#startedAt;
  }

  #paidAfter(payment: GatePayment, work: PaymentWork): PaidRequest {
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
    payment: GatePayment,
    work: PaymentWork,
    handled: BufferedResponse,
  ): Promise<BufferedResponse> {
    const settled = await this.#settler.settle(payment, handled);
    if (settled.kind === 'settled') {
      const response = withReceipt(handled, [settled.receipt]);
      work.finish(response);
      return response;
    }
    if (settled.kind === 'refused') work.finish(settled.response);
    else work.finish(settled.response, { unsettled: handled });
    return settled.response;
  }

  /**
   * Settles first. Until the handler answers with a status below 500 the same request may be repeated with the same
   * payment: the settlement gives the same certificate, and the handler runs again.
   */
  async #startSettled(payment: GatePayment, work: PaymentWork): Promise<GateDecision> {
    const refusal = this.#mayBeForgotten(payment) ? await this.#verify(payment) : undefined;
    if (refusal !== undefined) {
      work.finish(refusal);
      return respond(refusal);
    }
    const settled = await this.#settler.settle(payment, NOTHING_SERVED);
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
        if (response.status < 500) await this.#settler.noteServed(settled.record, served);
        work.finish(served);
        return served;
      },
      completeStreamed: async ({ status, headers }) => {
        const served = { ...NOTHING_SERVED, status, headers };
        if (status < 500) await this.#settler.noteServed(settled.record, served, false);
        work.abandon();
      },
      abandon: () => work.abandon(),
    };
    return { kind: 'paid', payment: paid };
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
    parts: Pick<GatePayment, 'route' | 'place' | 'envelope' | 'offer'>,
    request: GateRequest,
  ): Promise<GatePayment> {
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
}

const respond = (response: BufferedResponse): GateDecision => ({ kind: 'respond', response });
