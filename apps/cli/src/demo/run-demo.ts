import { reportPayment } from './certified-payments.js';
import type { DemoReport, ReportedPayment, ReportedRemuneration } from './report.js';
import { DEPOSIT, deposit } from './steps/deposit.js';
import { askForOffer, describePaidTab, type PaidTab, payRequests } from './steps/pay-requests.js';
import { payTab } from './steps/pay-tab.js';
import { exceedCollateral, forgeSignature, repeatPayment } from './steps/refusals.js';
import { claimRest, closeTabCheaply, compareLedgers, openWindow } from './steps/remunerate.js';
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
  const story = new Story(timeline);
  try {
    await story.run();
  } catch (error) {
    if (timeline.ok) throw error;
  } finally {
    await story.world?.close();
  }
  return {
    ok: timeline.ok,
    chainId: String(story.world?.localnet.chainId ?? 0),
    contract: story.world?.localnet.contractAddress ?? '',
    steps: timeline.steps,
    payments: story.payments,
    remuneration: story.remuneration,
    durationMs: Math.round(performance.now() - start),
  };
}

class Story {
  world: World | undefined;
  remuneration: ReportedRemuneration | null = null;
  readonly payments: ReportedPayment[] = [];
  readonly #timeline: Timeline;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  async run(): Promise<void> {
    const { step } = this;
    await step('start the network', async () => {
      this.world = await createWorld();
      const { rpcUrl, coreUrl, facilitatorUrl } = this.world.localnet;
      return `Ethereum node ${rpcUrl}, core ${coreUrl}, facilitator ${facilitatorUrl}`;
    });
    const world = this.world as World;
    await step('deposit collateral', () => deposit(world));
    await step('ask for the price', () => askForOffer(world));
    const first = await this.#payThree(world, 'pay three requests');
    await step('repeat a payment', () => repeatPayment(world, first));
    await step('forge a signature', () => forgeSignature(world, first));
    await step('exceed the collateral', () => exceedCollateral(world));
    await step('pay the tab on chain', () => payTab(world, first));
    const second = await this.#payThree(world, 'pay three requests on a second tab');
    await step('wait until it is overdue', () => openWindow(world, second));
    await step('close the tab cheaply', () => closeTabCheaply(world, second));
    await step('claim the rest from collateral', async () => {
      const [detail, remuneration] = await claimRest(world, second);
      this.remuneration = remuneration;
      return detail;
    });
    await step('compare the ledgers', () => compareLedgers(world, DEPOSIT - second.totalAmount));
  }

  readonly step = (name: string, act: () => Promise<string>): Promise<void> => this.#timeline.step(name, act);

  async #payThree(world: World, name: string): Promise<PaidTab> {
    let tab: PaidTab | undefined;
    await this.step(name, async () => {
      tab = await payRequests(world);
      for (const payment of tab.payments) this.payments.push(await reportPayment(world, payment));
      return describePaidTab(tab);
    });
    return tab as unknown as PaidTab;
  }
}
