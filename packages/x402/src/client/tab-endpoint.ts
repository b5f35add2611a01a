import {
  type Address,
  ETH_ASSET,
  parseWireAddress,
  stringifyStrictJson,
  ValidationError,
} from '@fourmica/core-types';
import { X402Error } from '../errors.js';
import { type FetchLike, parseAnswer, peerMessageOf, postJson } from '../http.js';
import type { CreditOffer } from '../offer.js';
import type { X402ResourceInfo } from '../payment-required.js';
import { parseTabAnswer, type TabAnswer } from '../tab-answer.js';

/** Where a tab endpoint may be. */
export interface TabEndpointRules {
  /** URL of the resource that is paid; the tab endpoint has to be on its origin. */
  readonly resourceUrl?: string | undefined;
  /** Further origins that tab endpoints may be on, such as `https://pay.example.com`. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** True when `resourceUrl` is only the server's word: this machine is called through `allowedOrigins` only. */
  readonly isResourceUrlClaimed?: boolean | undefined;
}

/** A request to a tab endpoint. */
export interface TabRequest {
  readonly offer: CreditOffer;
  readonly userAddress: string;
  readonly resource?: X402ResourceInfo | null | undefined;
  /** Wanted life of the tab in seconds. */
  readonly ttlSeconds?: number | undefined;
  readonly rules: TabEndpointRules;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const MAX_TAB_ANSWER_BYTES = 64 * 1024;
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/;

/**
 * Checks that a tab endpoint is an absolute http(s) URL on the origin of the resource or an allowed one, and https
 * unless the machine itself is meant.
 *
 * @throws X402Error `TAB_ENDPOINT_REFUSED`
 */
export function checkTabEndpoint(endpoint: string, rules: TabEndpointRules): URL {
  if (!URL.canParse(endpoint)) {
    throw refused(`it is no absolute URL: ${JSON.stringify(endpoint.slice(0, 120))}`);
  }
  const url = new URL(endpoint);
  if (url.username !== '' || url.password !== '') throw refused('it carries credentials');
  const listed = (rules.allowedOrigins ?? []).map(parseOrigin);
  if (listed.includes(url.origin)) return url;

  const own = originOf(rules.resourceUrl);
  if (!isAcceptableScheme(url, own, rules))
    throw refused('it is not https (http is accepted on this machine only)');
  if ((own !== undefined || listed.length > 0) && url.origin !== own) {
    throw refused(
      `it is on ${url.origin}, not on the origin of the resource (${own ?? 'unknown'}); list the origin in allowedOrigins if you trust it`,
    );
  }
  return url;
}

function isAcceptableScheme(url: URL, own: string | undefined, rules: TabEndpointRules): boolean {
  const isLoopback = LOOPBACK.test(url.hostname);
  if (rules.isResourceUrlClaimed === true) return url.protocol === 'https:' && !isLoopback;
  return url.protocol === 'https:' || (url.protocol === 'http:' && (isLoopback || url.origin === own));
}

const originOf = (url: string | undefined): string | undefined =>
  url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;

function parseOrigin(origin: string): string {
  const parsed = originOf(origin);
  if (parsed !== undefined) return parsed;
  throw new ValidationError('allowedOrigins', origin, 'an origin such as https://pay.example.com');
}

const refused = (reason: string): X402Error =>
  new X402Error(
    'TAB_ENDPOINT_REFUSED',
    `the offer's tab endpoint is refused: ${reason}; nothing was signed`,
    {
      field: 'extra.tabEndpoint',
    },
  );

/**
 * Asks a tab endpoint for the payer's tab, and checks that the answer belongs to this payer and this offer.
 *
 * @throws X402Error `TAB_ENDPOINT_REFUSED`, `TAB_REQUEST_FAILED`, `TAB_ANSWER_INVALID`, or what the transport throws.
 */
export async function requestTab(fetchFn: FetchLike, request: TabRequest): Promise<TabAnswer> {
  const { offer } = request;
  const url = checkTabEndpoint(offer.tabEndpoint, request.rules);
  const { status, text } = await postJson(
    fetchFn,
    url.href,
    stringifyStrictJson(tabRequestBody(request)),
    {},
    { timeoutMs: request.timeoutMs, maxBytes: MAX_TAB_ANSWER_BYTES, signal: request.signal },
  );
  if (status < 200 || status > 299) {
    const peerMessage = peerMessageOf(text);
    throw new X402Error(
      'TAB_REQUEST_FAILED',
      `the tab endpoint answered ${status}: ${peerMessage}; nothing was signed${adviceFor(peerMessage)}`,
      { status, peerMessage },
    );
  }
  const answer = parseTabAnswer(parseAnswer(text, 'tab answer'));
  checkTabAnswer(answer, offer, request.userAddress);
  return answer;
}

/** A payer can help itself where the server only repeats the core's words. */
const adviceFor = (peerMessage: string): string =>
  /user not registered/.test(peerMessage)
    ? '. The payer needs collateral first: deposit, and wait until the block is final'
    : '';

/** The union of what existing resource servers read. */
function tabRequestBody({ offer, userAddress, resource, ttlSeconds }: TabRequest): Record<string, unknown> {
  return {
    x402Version: offer.x402Version,
    userAddress,
    erc20Token: offer.asset === ETH_ASSET ? null : offer.asset,
    ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
    paymentRequirements: offer.requirements,
    ...(resource === undefined || resource === null ? {} : { resource }),
  };
}

function checkTabAnswer(answer: TabAnswer, offer: CreditOffer, userAddress: string): void {
  const expectSame = (field: string, found: Address | undefined, expected: Address) => {
    if (found === undefined || found === expected) return;
    throw new X402Error(
      'TAB_ANSWER_INVALID',
      `${field} mismatch in paymentRequirements: found ${found}, expected ${expected}`,
      { field: `${field}Address`, tabId: answer.tabId },
    );
  };
  expectSame('user', answer.userAddress, parseWireAddress(userAddress, 'userAddress'));
  expectSame('recipient', answer.recipientAddress, offer.payTo);
  expectSame('asset', answer.assetAddress, offer.asset);
  if (answer.guaranteeVersion !== undefined && answer.guaranteeVersion !== offer.guaranteeVersion) {
    throw new X402Error(
      'TAB_ANSWER_INVALID',
      `the tab takes guarantees of version ${answer.guaranteeVersion}, but the offer needs version ${offer.guaranteeVersion}`,
      { field: 'guaranteeVersion', tabId: answer.tabId },
    );
  }
}
