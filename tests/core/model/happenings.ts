import { loadBls } from '@fourmica/bls-cert';
import type { Hex } from '@fourmica/core-types';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { forkHere } from '../support/branches.js';
import type { OpenedTab } from '../support/payer.js';
import { type LedgerModel, type ModelTab, openAmount, totalOf } from './ledger-model.js';
import type { World } from './world.js';

/** Something that happens; it changes chain or core, and says in the model what should come of it. */
export interface Happening {
  readonly name: string;
  isPossible(model: LedgerModel): boolean;
  happen(model: LedgerModel, world: World): Promise<void>;
}

const payers = fc.nat(2);
const recipients = fc.nat(1);
const amounts = fc.bigInt({ min: 1n, max: 400n });
const deposits = fc.bigInt({ min: 1n, max: 2_000n });
const always = () => true;

const deposit = fc.tuple(payers, deposits).map(
  ([p, amount]): Happening => ({
    name: `payer ${p} deposits ${amount}`,
    isPossible: always,
    happen: async (model, world) => {
      await world.payer(p).gateway.deposit(amount);
      model.payer(p).collateral += amount;
      model.payer(p).isKnown = true;
    },
  }),
);

const pay = fc.tuple(payers, recipients, amounts).map(
  ([p, r, amount]): Happening => ({
    name: `payer ${p} promises ${amount} to recipient ${r}`,
    isPossible: always,
    happen: (model, world) => promise(model, world, p, r, amount),
  }),
);

async function promise(model: LedgerModel, world: World, p: number, r: number, amount: bigint) {
  const answer = await world.openTab(p, r);
  const payer = model.payer(p);
  if (!payer.isKnown || payer.isSuspended) {
    expect(answer.status).toBe(payer.isKnown ? 403 : 400);
    return;
  }
  expect(answer.status).toBe(200);
  const opened = (await answer.json()) as OpenedTab;
  let tab = model.activeTab(p, r);
  expect(opened.id === tab?.id).toBe(tab !== undefined);
  if (tab === undefined) {
    tab = {
      id: opened.id,
      payer: p,
      recipient: r,
      openedAt: model.now,
      startedAt: undefined,
      lastAt: undefined,
      guarantees: [],
      paid: 0n,
      remunerated: 0n,
      settlement: 'PENDING',
      isReleased: false,
    };
    model.tabs.push(tab);
  }
  const timestamp = world.now();
  const reqId = tab.guarantees.length;
  const isCovered = amount <= model.free(p);
  const request = { tabId: tab.id, reqId, amount, timestamp, recipient: world.recipient(r) };
  const { status, body } = await world.payer(p).issue(world.url, request);
  expect({ status, error: body.error }).toEqual(
    isCovered ? { status: 200 } : { status: 400, error: 'Not enough free collateral' },
  );
  if (!isCovered) return;
  tab.guarantees.push({ amount, timestamp, totalAmount: totalOf(tab) + amount, certificate: body });
  tab.startedAt ??= model.now;
  tab.lastAt = model.now;
}

/** Chooses one of the tabs for which something can be done. */
const chosen = (tabs: readonly ModelTab[], choice: number): ModelTab | undefined =>
  tabs[choice % Math.max(1, tabs.length)];

const withGuarantees = ({ tabs }: LedgerModel) => tabs.filter(({ guarantees }) => guarantees.length > 0);

const repeat = fc.tuple(fc.nat(), fc.nat()).map(
  ([t, g]): Happening => ({
    name: `a request is repeated (${t}, ${g})`,
    isPossible: (model) => withGuarantees(model).length > 0,
    happen: async (model, world) => {
      const tab = chosen(withGuarantees(model), t);
      if (tab === undefined) return;
      const reqId = g % tab.guarantees.length;
      const guarantee = tab.guarantees[reqId];
      if (guarantee === undefined) return;
      const { amount, timestamp, certificate } = guarantee;
      const recipient = world.recipient(tab.recipient);
      const again = { tabId: tab.id, reqId, amount, timestamp, recipient };
      expect(await world.payer(tab.payer).issue(world.url, again)).toEqual({
        status: 200,
        body: certificate,
      });
    },
  }),
);

const owed = ({ tabs }: LedgerModel) => tabs.filter((tab) => openAmount(tab) > 0n);

const settle = fc.tuple(fc.nat(), amounts, fc.boolean()).map(
  ([t, part, inFull]): Happening => ({
    name: `a tab is paid ${inFull ? 'in full' : `up to ${part}`} (${t})`,
    isPossible: (model) => owed(model).length > 0,
    happen: async (model, world) => {
      const tab = chosen(owed(model), t);
      if (tab === undefined) return;
      const open = openAmount(tab);
      const amount = inFull || part > open ? open : part;
      const recipient = world.recipient(tab.recipient);
      await world.payer(tab.payer).gateway.payTabEth({ tabId: tab.id, reqId: 0n, amount, recipient });
      model.pay(tab, amount);
    },
  }),
);

/** Tabs whose certificate with this position claims something that the payer's collateral covers. */
const claimable = (model: LedgerModel, position: -1 | 0) =>
  model.tabs.filter((tab) => {
    const certified = tab.guarantees.at(position)?.totalAmount ?? 0n;
    const due = certified - tab.paid - tab.remunerated;
    return model.isClaimable(tab) && due > 0n && due <= model.payer(tab.payer).collateral;
  });

const remunerate = fc.tuple(fc.nat(), fc.constantFrom(-1 as const, 0 as const)).map(
  ([t, position]): Happening => ({
    name: `a recipient claims collateral with the ${position === 0 ? 'first' : 'last'} certificate (${t})`,
    isPossible: (model) => claimable(model, position).length > 0,
    happen: async (model, world) => {
      const tab = chosen(claimable(model, position), t);
      const guarantee = tab?.guarantees.at(position);
      if (tab === undefined || guarantee === undefined) return;
      const { claims, signature } = guarantee.certificate;
      const bls = await loadBls();
      await world
        .payer(tab.payer)
        .gateway.remunerate(`0x${claims}` as Hex, bls.signatureToWords(`0x${signature}`));
      model.remunerate(tab, guarantee.totalAmount);
    },
  }),
);

const requestWithdrawal = fc.tuple(payers, amounts).map(
  ([p, amount]): Happening => ({
    name: `payer ${p} asks for ${amount} back`,
    isPossible: (model) => model.payer(p).collateral >= amount,
    happen: async (model, world) => {
      await world.payer(p).gateway.requestWithdrawal(amount);
      model.payer(p).withdrawal = { amount, at: model.now };
    },
  }),
);

const cancelWithdrawal = payers.map(
  (p): Happening => ({
    name: `payer ${p} cancels the withdrawal`,
    isPossible: (model) => model.payer(p).withdrawal !== undefined,
    happen: async (model, world) => {
      await world.payer(p).gateway.cancelWithdrawal();
      model.payer(p).withdrawal = undefined;
    },
  }),
);

const finalizeWithdrawal = payers.map(
  (p): Happening => ({
    name: `payer ${p} takes the withdrawal`,
    isPossible: (model) => model.isWithdrawable(model.payer(p)),
    happen: async (model, world) => {
      await world.payer(p).gateway.finalizeWithdrawal();
      const payer = model.payer(p);
      const amount = payer.withdrawal?.amount ?? 0n;
      payer.collateral -= amount < payer.collateral ? amount : payer.collateral;
      payer.withdrawal = undefined;
    },
  }),
);

const suspend = fc.tuple(payers, fc.boolean()).map(
  ([p, isSuspended]): Happening => ({
    name: `payer ${p} is ${isSuspended ? 'suspended' : 'active again'}`,
    isPossible: (model) => model.payer(p).isSuspended !== isSuspended,
    happen: async (model, world) => {
      await world.suspend(p, isSuspended);
      model.payer(p).isSuspended = isSuspended;
      model.payer(p).isKnown = true;
    },
  }),
);

const warp = fc.integer({ min: 1, max: 6 }).map(
  (times): Happening => ({
    name: `${times} hours pass`,
    isPossible: always,
    happen: async (model, world) => {
      for (let i = 0; i < times; i++) {
        await world.warp();
        model.warp();
      }
    },
  }),
);

const restart = fc.constant<Happening>({
  name: 'the core is started again',
  isPossible: always,
  happen: (_, world) => world.restart(),
});

const onOneBranch = [
  deposit,
  pay,
  settle,
  remunerate,
  requestWithdrawal,
  cancelWithdrawal,
  finalizeWithdrawal,
];

/** The chain takes another way after some things happened: those on the chain did not, those in the core did. */
const reorganise = fc.array(fc.oneof(...onOneBranch), { minLength: 1, maxLength: 6 }).map(
  (abandoned): Happening => ({
    name: `abandoned blocks [${abandoned.map(({ name }) => name).join(', ')}]`,
    isPossible: always,
    happen: async (model, world) => {
      const before = model.chainState();
      const fork = await forkHere(world.chain);
      for (const happening of abandoned) {
        if (!happening.isPossible(model)) continue;
        await happening.happen(model, world);
        await world.agreesWith(model);
      }
      await fork.abandon();
      model.restore(before);
    },
  }),
);

/** Everything that happens, in a mix in which most promises are covered. */
export const happenings: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 2, arbitrary: deposit },
  { weight: 4, arbitrary: pay },
  { weight: 1, arbitrary: repeat },
  { weight: 2, arbitrary: settle },
  { weight: 2, arbitrary: remunerate },
  { weight: 1, arbitrary: requestWithdrawal },
  { weight: 1, arbitrary: cancelWithdrawal },
  { weight: 2, arbitrary: finalizeWithdrawal },
  { weight: 1, arbitrary: suspend },
  { weight: 1, arbitrary: warp },
  { weight: 1, arbitrary: restart },
  { weight: 2, arbitrary: reorganise },
);
