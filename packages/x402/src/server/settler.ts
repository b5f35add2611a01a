import { FourMicaError } from '@fourmica/core-types';
import type { PaymentEnvelope } from '../envelope.js';
import { encodeReceiptHeader, receiptHeaderName, type Settlement } from '../settlement.js';
import type { CertificateRecord, CertificateStore } from './certificate-store.js';
import { sha256 } from './digest.js';
import type { FacilitatorClient, FacilitatorPayment } from './facilitator-client.js';
import { paymentRequired } from './gate-answers.js';
import type { GateOffer, GateRoute, PaymentGateConfig } from './gate-config.js';
import { type BufferedResponse, jsonResponse, withReceipt } from './messages.js';
import type { OfferPlace } from './offer-json.js';
import type { PaymentUse } from './payment-records.js';
import { acceptGuarantee, CORE_UNAVAILABLE, receiptOf } from './settle-payment.js';

/** A payment with everything that belongs to it. */
export interface GatePayment {
  readonly route: GateRoute;
  readonly offer: GateOffer;
  readonly place: OfferPlace;
  readonly envelope: PaymentEnvelope;
  readonly use: PaymentUse;
  readonly facilitatorPayment: FacilitatorPayment;
}

/** A settlement attempt. `unknown` keeps the handler's response: the same payment may be sent again. */
export type Settled =
  | {
      readonly kind: 'settled';
      readonly receipt: readonly [string, string];
      readonly record: CertificateRecord;
    }
  | { readonly kind: 'refused'; readonly response: BufferedResponse }
  | { readonly kind: 'unknown'; readonly response: BufferedResponse };

/** Stands for the response of a payment that was settled before its handler ran. */
export const NOTHING_SERVED: BufferedResponse = { status: 0, headers: [], body: new Uint8Array() };

/** What settlement takes from the configuration of a gate. */
export type SettlementRules = Pick<
  PaymentGateConfig,
  'trust' | 'requireCertificate' | 'certificateVisibility' | 'remunerationGracePeriod' | 'onError'
>;

/** Trades payments for certificates at the facilitator, and stores them. */
export class Settler {
  readonly #facilitator: FacilitatorClient;
  readonly #store: CertificateStore;
  readonly #rules: SettlementRules;
  readonly #nowMs: () => number;

  constructor(
    facilitator: FacilitatorClient,
    store: CertificateStore,
    rules: SettlementRules,
    nowMs: () => number,
  ) {
    this.#facilitator = facilitator;
    this.#store = store;
    this.#rules = rules;
    this.#nowMs = nowMs;
  }

  /** Settles a payment and stores its certificate with the response that it pays; the same payment may be settled again. */
  async settle(payment: GatePayment, response: BufferedResponse): Promise<Settled> {
    try {
      const settlement = await this.#facilitator.settle(payment.facilitatorPayment);
      return settlement.success
        ? await this.#accept(payment, settlement, response)
        : settlementFailed(payment, settlement);
    } catch (error) {
      return {
        kind: 'unknown',
        response: badGateway(error, 'the payment could not be settled', this.#rules),
      };
    }
  }

  /** Notes what a settled payment was served with. The certificate is safe: a failure concerns only repetitions. */
  async noteServed(record: CertificateRecord, response: BufferedResponse, keepBody = true): Promise<void> {
    const served = await servedRecord(record, response);
    try {
      await this.#store.save(keepBody ? served : { ...served, body: undefined });
    } catch (error) {
      if (!(error instanceof FourMicaError)) throw error;
      this.#rules.onError?.(error);
    }
  }

  async #accept(
    { envelope, offer, use }: GatePayment,
    settlement: Settlement,
    response: BufferedResponse,
  ): Promise<Settled> {
    const request = envelope.payload.claims;
    const guarantee = await acceptGuarantee(settlement, request, {
      trust: this.#rules.trust,
      isRequired: this.#rules.requireCertificate ?? true,
    });
    const receiptJson = receiptOf({
      settlement,
      guarantee,
      request,
      network: envelope.x402Version === 1 ? envelope.network : envelope.accepted.network,
      visibility: this.#rules.certificateVisibility ?? 'auto',
      gracePeriod: this.#rules.remunerationGracePeriod,
    });
    const receipt = [receiptHeaderName(envelope.x402Version), encodeReceiptHeader(receiptJson)] as const;
    const record = await servedRecord(
      {
        network: offer.network,
        tabId: request.tabId,
        reqId: request.reqId,
        claimsHash: use.claimsHash,
        certificate: guarantee.certificate,
        request: use.request,
        settledAtMs: this.#nowMs(),
      },
      withReceipt(response, [receipt]),
    );
    await this.#store.save(record);
    return { kind: 'settled', receipt, record };
  }
}

/** The payment came before an earlier one of its tab: the work is kept until it is sent again. */
const IS_EARLY = /req_id not valid/i;

function settlementFailed({ route, place, envelope }: GatePayment, settlement: Settlement): Settled {
  const reason = settlement.errorReason ?? 'the facilitator gives no reason';
  if (reason === CORE_UNAVAILABLE) {
    return { kind: 'unknown', response: jsonResponse(502, { error: reason }) };
  }
  const response = paymentRequired(route, place, 'Settlement failed', envelope, { details: reason });
  return { kind: IS_EARLY.test(reason) ? 'unknown' : 'refused', response };
}

async function servedRecord(
  settled: Omit<CertificateRecord, 'status' | 'headers' | 'body' | 'bodyHash'>,
  { status, headers, body }: BufferedResponse,
): Promise<CertificateRecord> {
  return { ...settled, status, headers, body, bodyHash: await sha256(body) };
}

/**
 * Writes the answer to a failure between server and facilitator, and reports it.
 *
 * @throws the error itself when it is a defect of the program.
 */
export function badGateway(
  error: unknown,
  what: string,
  { onError }: Pick<PaymentGateConfig, 'onError'>,
): BufferedResponse {
  if (!(error instanceof FourMicaError)) throw error;
  onError?.(error);
  return jsonResponse(502, { error: `${what}: ${reasonForPayers(error)}` });
}

/** Addresses inside the server's own network are none of the payer's business. */
const reasonForPayers = (error: FourMicaError): string =>
  error.code.startsWith('HTTP_') ? 'the facilitator does not answer' : error.message;
