import { stringifyStrictJson } from '@fourmica/core-types';
import * as z from 'zod/mini';
import { X402Error } from '../errors.js';
import { exchange, type FetchLike, type HttpAnswer, parseAnswer, peerMessageOf, postJson } from '../http.js';
import { checkedJson } from '../requirements.js';
import { parseSettlement, type Settlement } from '../settlement.js';
import { parseTabAnswer, type TabAnswer } from '../tab-answer.js';

/** Settings of a {@link FacilitatorClient}. */
export interface FacilitatorClientOptions {
  /** Base URL; a sub-path is kept. */
  readonly url: string;
  /** Sent as `x-api-key`; a facilitator that keeps certificates from strangers needs it. */
  readonly apiKey?: string | undefined;
  readonly fetch?: FetchLike | undefined;
  /** Limit of each call in milliseconds; default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** A payment with the requirements it has to meet, as JSON values. */
export interface FacilitatorPayment {
  readonly x402Version: 1 | 2;
  readonly paymentPayload: unknown;
  readonly paymentRequirements: unknown;
}

/** A request for a tab. */
export interface FacilitatorTabRequest {
  readonly userAddress: string;
  readonly recipientAddress: string;
  readonly network: string;
  /** Null or the zero address is ETH. */
  readonly erc20Token: string | null;
  readonly guaranteeVersion: 1 | 2;
  readonly ttlSeconds?: number | undefined;
}

/** An answer that is passed on to a payer unchanged. */
export interface PassedAnswer {
  readonly status: number;
  readonly body: unknown;
}

const nullableText = z.optional(z.nullable(z.string()));
/** An answer of `/supported`; members that are not known pass. */
export const SupportedKindsSchema = z.looseObject({
  kinds: z.array(
    z.looseObject({
      x402Version: z.number(),
      scheme: z.string(),
      network: z.string(),
      extra: z.optional(z.unknown()),
    }),
  ),
});
/** An answer of `/verify`; members that are not known pass. */
export const VerifyAnswerSchema = z.looseObject({
  isValid: z.boolean(),
  invalidReason: nullableText,
  invalidMessage: nullableText,
  payer: nullableText,
  extra: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
});

/** What a facilitator supports. */
export type SupportedKinds = z.output<typeof SupportedKindsSchema>;
/** An answer of `/verify`. */
export type VerifyAnswer = z.output<typeof VerifyAnswerSchema>;

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_BYTES = 256 * 1024;

/** Calls a facilitator: `/supported`, `/tabs`, `/verify`, `/settle`. */
export class FacilitatorClient {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fetch: FetchLike;
  readonly #timeoutMs: number;

  /** @throws X402Error `CONFIG_INVALID` when the URL is no http(s) URL. */
  constructor(options: FacilitatorClientOptions) {
    if (!URL.canParse(options.url) || !/^https?:$/.test(new URL(options.url).protocol)) {
      throw new X402Error('CONFIG_INVALID', 'facilitator.url: expected an http(s) URL', {
        field: 'facilitator.url',
      });
    }
    this.#base = options.url.replace(/\/+$/, '');
    this.#headers = options.apiKey === undefined ? {} : { 'x-api-key': options.apiKey };
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /**
   * Lists the schemes and networks of the facilitator.
   *
   * @throws X402Error `FACILITATOR_STATUS`, `MESSAGE_INVALID`, or what the transport throws; so do the other calls.
   */
  async supported(signal?: AbortSignal): Promise<SupportedKinds> {
    const init = { method: 'GET', headers: { accept: 'application/json', ...this.#headers } };
    const answer = await exchange(this.#fetch, `${this.#base}/supported`, init, this.#limits(signal));
    return checkedJson(SupportedKindsSchema, okBody(answer, 'supported'), 'supported');
  }

  /** Opens or finds the tab of a payer. */
  async openTab(request: FacilitatorTabRequest, signal?: AbortSignal): Promise<TabAnswer> {
    return parseTabAnswer(okBody(await this.#post('/tabs', request, signal), 'tab'));
  }

  /** Opens or finds the tab of a payer; the facilitator's status and body are returned as they are. */
  async openTabPassing(request: FacilitatorTabRequest, signal?: AbortSignal): Promise<PassedAnswer> {
    const { status, text } = await this.#post('/tabs', request, signal);
    const body = parseAnswer(text, 'tab');
    if (status >= 200 && status <= 299) parseTabAnswer(body);
    return { status, body };
  }

  /** Checks a payment without any effect. */
  async verify(payment: FacilitatorPayment, signal?: AbortSignal): Promise<VerifyAnswer> {
    return checkedJson(
      VerifyAnswerSchema,
      okBody(await this.#post('/verify', payment, signal), 'verify'),
      'verify',
    );
  }

  /** Has the guarantee of a payment issued. The same payment gives the same answer, however often it is sent. */
  async settle(payment: FacilitatorPayment, signal?: AbortSignal): Promise<Settlement> {
    return parseSettlement(okBody(await this.#post('/settle', payment, signal), 'settle'));
  }

  #post(path: string, body: unknown, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    return postJson(
      this.#fetch,
      this.#base + path,
      stringifyStrictJson(body),
      this.#headers,
      this.#limits(signal),
    );
  }

  #limits(signal: AbortSignal | undefined) {
    return { timeoutMs: this.#timeoutMs, maxBytes: MAX_BYTES, signal };
  }
}

function okBody({ status, text }: HttpAnswer, what: string): unknown {
  if (status >= 200 && status <= 299) return parseAnswer(text, what);
  const peerMessage = peerMessageOf(text);
  throw new X402Error('FACILITATOR_STATUS', `the facilitator answered ${status} to ${what}: ${peerMessage}`, {
    status,
    peerMessage,
  });
}
