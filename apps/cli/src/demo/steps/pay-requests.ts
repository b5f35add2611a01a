import type { Address } from '@fourmica/core-types';
import { type CertifiedPayment, verifiedPayments } from '../certified-payments.js';
import { money, shortId } from '../format.js';
import { type PaidRoute, PRICES } from '../paid-api.js';
import { DemoStepError, expectEqual } from '../timeline.js';
import type { World } from '../world.js';

/** A tab with the payments that were made on it. */
export interface PaidTab {
  readonly tabId: bigint;
  readonly asset: Address;
  readonly x402Version: number;
  readonly payments: readonly CertifiedPayment[];
  /** Running total in base units, as the last certificate says. */
  readonly totalAmount: bigint;
}

/** The payer asks for the price without paying. */
export async function askForPrice({ api }: World): Promise<string> {
  const response = await fetch(api.urlOf('premium'));
  expectEqual('status of an unpaid request', response.status, 402);
  expectEqual('handler runs', api.handlerRuns(), 0);
  await response.body?.cancel();
  return `402 Payment Required, ${money(PRICES.premium)} a request`;
}

/** Pays requests in order; the tab is opened, or found, through the API's tab endpoint. */
export async function payRequests(world: World, route: PaidRoute, count: number): Promise<PaidTab> {
  const runsBefore = world.api.handlerRuns();
  for (let i = 0; i < count; i++) {
    const response = await world.pay(world.api.urlOf(route));
    expectEqual('status of a paid request', response.status, 200);
    expectEqual('answer of the API', ((await response.json()) as { answer?: number }).answer ?? 0, 42);
  }
  expectEqual('handler runs', world.api.handlerRuns() - runsBefore, count);

  const { payload } = lastExchange(world).payment;
  const { tabId } = payload.payload.claims;
  const payments = await verifiedPayments(world, tabId, count);
  const newest = newestPayment(payments);
  expectEqual('running total', newest.claims.totalAmount, PRICES[route] * BigInt(count));
  for (const { claims, certificate } of payments) {
    const kept = await world.api.certificates.find(world.localnet.network, tabId, claims.reqId);
    expectEqual('certificate kept by the API', kept?.certificate?.signature ?? 'none', certificate.signature);
  }
  const { assetAddress: asset, totalAmount } = newest.claims;
  return { tabId, asset, x402Version: payload.x402Version, payments, totalAmount };
}

/** The newest paid exchange. */
export function lastExchange({ exchanges }: World) {
  const exchange = exchanges.at(-1);
  if (exchange === undefined) throw new DemoStepError('a paid request', 'none');
  return exchange;
}

/** The certificate that covers the whole tab. */
export function newestPayment(payments: readonly CertifiedPayment[]): CertifiedPayment {
  const newest = payments.at(-1);
  if (newest === undefined) throw new DemoStepError('a newest certificate', 'none');
  return newest;
}

export const describePaidTab = ({ tabId, asset, payments, totalAmount, x402Version }: PaidTab): string =>
  `x402 version ${x402Version}, tab ${shortId(tabId)}, reqIds ${payments.map(({ claims }) => claims.reqId).join(', ')}, ` +
  `certificates verified, running total ${money(totalAmount, asset)}`;
