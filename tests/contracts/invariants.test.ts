import { toBeHex } from 'ethers';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Certificate } from './support/certificates.js';
import { Chain } from './support/chain.js';
import { deployFixture, ETH, type Fixture } from './support/fixture.js';
import { type Claim, Model, type Outcome } from './support/model.js';
import { revertOf } from './support/reverts.js';

/** Windows of a few seconds, so that random waits cross every boundary. */
const WINDOWS = {
  remunerationGrace: 10n,
  tabExpiration: 25n,
  synchronizationDelay: 5n,
  withdrawalGrace: 31n,
};
const RUNS = 25;
/** What every user has in every asset before a history begins. */
const FIRST_DEPOSIT = 60n;
const MINTED = 10n ** 12n;

let chain: Chain;
let f: Fixture;
let users: readonly string[];
let assets: readonly string[];
let restore: () => Promise<void>;
let start: bigint;

beforeAll(async () => {
  chain = await Chain.start();
  f = await deployFixture(chain);
  await f.core.sendAs(f.governance, 'setTimingParameters', [
    WINDOWS.remunerationGrace,
    WINDOWS.tabExpiration,
    WINDOWS.synchronizationDelay,
    WINDOWS.withdrawalGrace,
  ]);
  users = [f.payer, chain.account(5)];
  assets = [ETH, f.usdc.address];
  for (const user of users) {
    await f.usdc.sendAs(user, 'mint', [user, MINTED]);
    await f.usdc.sendAs(user, 'approve', [f.core.address, MINTED]);
    await f.core.sendAs(user, 'deposit', [], FIRST_DEPOSIT);
    await f.core.sendAs(user, 'depositStablecoin', [f.usdc.address, FIRST_DEPOSIT]);
  }
  start = await chain.now();
  restore = await chain.checkpoint();
});
beforeEach(() => restore());
afterAll(() => chain.stop());

const index = fc.nat({ max: 1 });
const amount = fc.bigInt({ min: 0n, max: 40n });
const wait = fc.bigInt({ min: 1n, max: 12n });
// Tabs and their users are independent here: the contract has to hold even if the operator signs nonsense.
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('deposit' as const), wait, user: index, asset: index, amount }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('remunerate' as const),
      wait,
      user: index,
      asset: index,
      tab: index,
      total: fc.bigInt({ min: 0n, max: 90n }),
      age: fc.bigInt({ min: 7n, max: 27n }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('record' as const),
      wait,
      asset: index,
      tab: index,
      amount: fc.bigInt({ min: 0n, max: 12n }),
      id: fc.nat({ max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('request' as const), wait, user: index, asset: index, amount }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('cancel' as const), wait, user: index, asset: index }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('finalize' as const),
      wait: fc.bigInt({ min: 1n, max: 45n }),
      user: index,
      asset: index,
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const at = <T>(list: readonly T[], position: number): T => {
  const value = list[position];
  if (value === undefined) throw new RangeError(`nothing at ${position}`);
  return value;
};

const certificates = new Map<string, Certificate>();

/** Signing is the slow part, so equal claims are signed once. */
function certificateOf({ tab, user, asset, total, timestamp }: Claim): Certificate {
  const key = [tab, user, asset, total, timestamp].join();
  const known = certificates.get(key);
  if (known !== undefined) return known;
  const fresh = f.certificate({ tabId: tab, client: user, asset, amount: 1n, totalAmount: total, timestamp });
  certificates.set(key, fresh);
  return fresh;
}

/** Takes the step on the chain and in the model; returns both outcomes. */
async function take(
  step: Step,
  now: bigint,
  model: Model,
): Promise<readonly [chain: Outcome, model: Outcome]> {
  const { core } = f;
  const asset = at(assets, step.asset);
  const actual = async (call: Promise<unknown>) => String((await revertOf(call))[0]);
  switch (step.do) {
    case 'deposit': {
      const user = at(users, step.user);
      const call =
        asset === ETH
          ? core.sendAs(user, 'deposit', [], step.amount)
          : core.sendAs(user, 'depositStablecoin', [asset, step.amount]);
      return [await actual(call), model.deposit(user, asset, step.amount)];
    }
    case 'request': {
      const user = at(users, step.user);
      const call = core.sendAs(user, 'requestWithdrawal(address,uint256)', [asset, step.amount]);
      return [await actual(call), model.requestWithdrawal(now, user, asset, step.amount)];
    }
    case 'cancel': {
      const user = at(users, step.user);
      return [
        await actual(core.sendAs(user, 'cancelWithdrawal(address)', [asset])),
        model.cancelWithdrawal(user, asset),
      ];
    }
    case 'finalize': {
      const user = at(users, step.user);
      return [
        await actual(core.sendAs(user, 'finalizeWithdrawal(address)', [asset])),
        model.finalizeWithdrawal(now, user, asset),
      ];
    }
    case 'record': {
      const [id, tab] = [BigInt(step.id), BigInt(step.tab)];
      const call = core.sendAs(f.operator, 'recordPaymentById', [toBeHex(id, 32), tab, asset, step.amount]);
      return [await actual(call), model.recordPayment(id, tab, asset, step.amount)];
    }
    case 'remunerate': {
      const claim = {
        tab: BigInt(step.tab),
        user: at(users, step.user),
        asset,
        total: step.total,
        timestamp: now - step.age,
      };
      const call = core.sendAs(f.outsider, 'remunerate', certificateOf(claim));
      return [await actual(call), model.remunerate(now, claim)];
    }
  }
}

async function expectSameState(model: Model): Promise<void> {
  for (const asset of assets) {
    let owed = 0n;
    for (const user of users) {
      const { at: requestedAt, amount } = model.pending(user, asset);
      const expected = [model.collateral(user, asset), requestedAt, amount];
      expect((await f.core.read('getUser(address,address)', user, asset)).toArray()).toEqual(expected);
      owed += model.collateral(user, asset);
    }
    const held =
      asset === ETH ? await chain.balanceOf(f.core.address) : await f.usdc.get('balanceOf', f.core.address);
    expect(held, 'collateral of all users equals what the contract holds').toBe(owed);
  }
  for (const id of [0n, 1n]) {
    const tab = model.tab(id);
    const [paid, remunerated] = await f.core.read('getPaymentStatus', id);
    const collected = (await f.core.get('remuneratedAmount', id)) as bigint;
    expect([paid, remunerated, collected]).toEqual([tab.paid, tab.collected > 0n, tab.collected]);
    expect(collected, 'never beyond the largest certificate').toBeLessThanOrEqual(model.largestTotalOf(id));
  }
}

it('keeps every wei in its place over random histories', { timeout: 300_000 }, async () => {
  const outcomes = new Map<string, number>();
  const recipientEth = await chain.balanceOf(f.recipient);
  await fc.assert(
    fc
      .asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
        const model = new Model(WINDOWS);
        for (const user of users) for (const asset of assets) model.deposit(user, asset, FIRST_DEPOSIT);
        let now = start;
        for (const step of steps) {
          now += step.wait;
          await chain.nextBlockAt(now);
          const paidBefore = 'tab' in step ? model.tab(BigInt(step.tab)).paid : 0n;
          const [actual, expected] = await take(step, now, model);
          expect(actual, `${step.do} at ${now}`).toBe(expected);
          if (step.do === 'remunerate' && actual === 'success') {
            const { collected } = model.tab(BigInt(step.tab));
            expect(paidBefore + collected, 'paid and remunerated make up the certificate').toBe(step.total);
          }
          const label = `${step.do}: ${actual}`;
          outcomes.set(label, (outcomes.get(label) ?? 0) + 1);
        }
        await expectSameState(model);
        expect(await chain.balanceOf(f.recipient)).toBe(recipientEth + model.collectedIn(ETH));
        expect(await f.usdc.get('balanceOf', f.recipient)).toBe(model.collectedIn(f.usdc.address));
      })
      .beforeEach(() => restore()),
    { numRuns: RUNS, endOnFailure: true },
  );
  // Histories in which nothing ever succeeds would prove nothing.
  for (const label of [
    'deposit: success',
    'remunerate: success',
    'record: success',
    'request: success',
    'finalize: success',
  ]) {
    expect(outcomes.get(label) ?? 0, label).toBeGreaterThan(0);
  }
});
