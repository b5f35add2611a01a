import { type CertifiedPayment, verifiedPayments } from '../certified-payments.js';
import { eth, shortId } from '../format.js';
import { PREMIUM_PRICE } from '../paid-api.js';
import { DemoStepError, expectEqual } from '../timeline.js';
import type { World } from '../world.js';

/** Requests that are paid on each tab. */
export const REQUESTS_PER_TAB = 3;

/** A tab with the payments that were made on it. */
export interface PaidTab {
  readonly tabId: bigint;
  readonly payments: readonly CertifiedPayment[];
  /** Running total in wei, as the last certificate says. */
  readonly totalAmount: bigint;
}

/** The payer asks for the offer without paying. */
export async function askForOffer({ api }: World): Promise<string> {
  const response = await fetch(api.premiumUrl);
  expectEqual('status of an unpaid request', response.status, 402);
  expectEqual('handler runs', api.handlerRuns(), 0);
  await response.body?.cancel();
  return `402 Payment Required, ${eth(PREMIUM_PRICE)} a request`;
}

/** Pays requests in order; the tab is opened, or found, through the API's tab endpoint. */
export async function payRequests(world: World): Promise<PaidTab> {
  const runsBefore = world.api.handlerRuns();
  for (let i = 0; i < REQUESTS_PER_TAB; i++) {
    const response = await world.pay(world.api.premiumUrl);
    expectEqual('status of a paid request', response.status, 200);
    expectEqual('answer of the API', ((await response.json()) as { answer?: number }).answer ?? 0, 42);
  }
  expectEqual('handler runs', world.api.handlerRuns() - runsBefore, REQUESTS_PER_TAB);

  const tabId = lastExchange(world).payment.payload.payload.claims.tabId;
  const payments = await verifiedPayments(world, tabId, REQUESTS_PER_TAB);
  const totalAmount = payments.at(-1)?.claims.totalAmount ?? 0n;
  expectEqual('running total', totalAmount, PREMIUM_PRICE * BigInt(REQUESTS_PER_TAB));
  for (const { claims, certificate } of payments) {
    const stored = await world.api.certificates.find(world.localnet.network, tabId, claims.reqId);
    expectEqual(
      'certificate kept by the API',
      stored?.certificate?.signature ?? 'none',
      certificate.signature,
    );
  }
  return { tabId, payments, totalAmount };
}

/** The newest paid exchange. */
export function lastExchange({ exchanges }: World) {
  const exchange = exchanges.at(-1);
  if (exchange === undefined) throw new DemoStepError('a paid request', 'none');
  return exchange;
}

export const describePaidTab = ({ tabId, payments, totalAmount }: PaidTab): string =>
  `tab ${shortId(tabId)}, reqIds ${payments.map(({ claims }) => claims.reqId).join(', ')}, ` +
  `${payments.length} certificates verified, running total ${eth(totalAmount)}`;
