import { ETH_ASSET } from '@fourmica/core-types';
import { reportPayment } from './certified-payments.js';
import type { PaidRoute } from './paid-api.js';
import type { DemoReport, ReportedPayment, ReportedRemuneration } from './report.js';
import { depositEth, depositTokens, ETH_DEPOSIT, TOKEN_DEPOSIT } from './steps/deposit.js';
import { askForPrice, describePaidTab, type PaidTab, payRequests } from './steps/pay-requests.js';
import { payTab } from './steps/pay-tab.js';
import { exceedCollateral, forgeSignature, repeatPayment } from './steps/refusals.js';
import {
  claimRest,
  claimValidated,
  closeTabCheaply,
  compareLedgers,
  openWindow,
} from './steps/remunerate.js';
import { finaliseRest, requestRest } from './steps/withdraw.js';
import { type Step, Timeline } from './timeline.js';
import { createWorld, type World } from './world.js';

/**
 * Runs the whole story on a network of its own and reports it. A step that fails ends the story; the report then says
 * which one and why.
 *
 * @param onStep - told of each step as soon as it is done.
 */
export async function runDemo(onStep: (step: Step) => void): Promise<DemoReport> {
  const start = performance.now();
  const timeline = new Timeline(onStep);
  const payments: ReportedPayment[] = [];
  let world: World | undefined;
  let remuneration: ReportedRemuneration | null = null;
  try {
    await timeline.step('start the network', async () => {
      world = await createWorld();
      const { rpcUrl, coreUrl, facilitatorUrl } = world.localnet;
      return `Ethereum node ${rpcUrl}, core ${coreUrl} (login required), facilitator ${facilitatorUrl}`;
    });
    remuneration = await tellStory(world as unknown as World, timeline, payments);
  } catch (error) {
    if (timeline.ok) throw error;
  } finally {
    await world?.close();
  }
  return {
    ok: timeline.ok,
    chainId: String(world?.localnet.chainId ?? ''),
    contract: world?.localnet.contractAddress ?? '',
    steps: timeline.steps,
    payments,
    remuneration,
    durationMs: Math.round(performance.now() - start),
  };
}

async function tellStory(
  world: World,
  timeline: Timeline,
  payments: ReportedPayment[],
): Promise<ReportedRemuneration> {
  const { usdc } = world.localnet.tokens;
  const step = <T>(name: string, act: () => Promise<readonly [string, T]>): Promise<T> =>
    timeline.stepWith(name, act);
  const pay = (name: string, route: PaidRoute, count: number): Promise<PaidTab> =>
    step(name, async () => {
      const tab = await payRequests(world, route, count);
      for (const payment of tab.payments) payments.push(await reportPayment(world, tab.x402Version, payment));
      return [describePaidTab(tab), tab];
    });

  await timeline.step('deposit ETH', () => depositEth(world));
  await timeline.step('deposit tokens', () => depositTokens(world));
  await timeline.step('ask for the price', () => askForPrice(world));
  const first = await pay('pay three requests in ETH', 'premium', 3);
  await timeline.step('repeat a payment', () => repeatPayment(world, first));
  await timeline.step('forge a signature', () => forgeSignature(world, first));
  await timeline.step('exceed the collateral', () => exceedCollateral(world));
  await timeline.step('pay the tab in ETH', () => payTab(world, first));

  const inTokens = await pay('pay five requests in tokens', 'token', 5);
  await timeline.step('pay the tab in tokens', () => payTab(world, inTokens));
  const validated = await pay('pay for work to be validated', 'validated', 1);
  const unpaid = await pay('pay three requests on a second tab', 'premium', 3);

  await timeline.step('wait until it is overdue', () => openWindow(world, unpaid));
  await timeline.step('claim validated work', () => claimValidated(world, validated));
  await timeline.step('close the tab cheaply', () => closeTabCheaply(world, unpaid));
  const remuneration = await step('claim the rest from collateral', () => claimRest(world, unpaid));
  await timeline.step('compare the ledgers', () =>
    compareLedgers(world, [
      [ETH_ASSET, ETH_DEPOSIT - unpaid.totalAmount],
      [usdc, TOKEN_DEPOSIT - validated.totalAmount],
    ]),
  );
  await timeline.step('ask for the rest back', () => requestRest(world, [ETH_ASSET, usdc]));
  await timeline.step('receive the rest', () => finaliseRest(world, [ETH_ASSET, usdc]));
  return remuneration;
}
