import { decodeCertificateClaims, guaranteeDomain, loadBls, verifyCertificate } from '@fourmica/bls-cert';
import { coreConfigFromEnv, createCore, createLogger } from '@fourmica/core';
import { ETH_ASSET, hexToBytes } from '@fourmica/core-types';
import type { CoreClient } from '@fourmica/rpc-client';
import { expect } from 'vitest';
import { BLS_SECRET_KEY, CHAIN_ID, type TestChain } from './chain.js';
import type { Payer } from './payer.js';
import { type PaymentTask, sameCertificate } from './payment-task.js';
import type { Storage, TextRow } from './storage.js';

const GUARANTEES = `
  select tab_id::text, req_id::text, amount::text, total_amount::text, certificate_claims, certificate_signature
  from guarantees order by guarantees.tab_id, guarantees.req_id`;
const TABS = `
  select tab_id::text, total_amount::text, paid_amount::text, remunerated_amount::text, last_req_id::text, status
  from tabs order by tabs.tab_id`;
const BALANCES = `
  select user_address, asset_address, total::text, locked::text, pending_withdrawal::text
  from balances order by user_address`;

/** Reads the ledger past the core and compares every row with what the clients know. */
export async function auditRows(storage: Storage, tasks: readonly PaymentTask[]): Promise<void> {
  const [guarantees, tabs, balances] = await storage.query(GUARANTEES, TABS, BALANCES);
  expect(guarantees).toEqual(byTab(tasks).flatMap(expectedGuarantees));
  expect(tabs).toEqual(
    byTab(tasks).map((task) => ({
      tab_id: String(task.tabId),
      total_amount: String(task.total),
      paid_amount: String(task.paid),
      remunerated_amount: '0',
      last_req_id: String(task.receipts.length - 1),
      status: 'OPEN',
    })),
  );
  expect(balances).toEqual(
    payersOf(tasks)
      .map((payer) => ({
        user_address: payer.address.toLowerCase(),
        asset_address: ETH_ASSET,
        total: String(payer.deposited),
        locked: String(lockedOf(payer, tasks)),
        pending_withdrawal: '0',
      }))
      .sort((a, b) => (a.user_address < b.user_address ? -1 : 1)),
  );
}

function expectedGuarantees(task: PaymentTask): TextRow[] {
  let total = 0n;
  return task.receipts.map(({ request, certificate }, reqId) => {
    total += request.claims.amount;
    return {
      tab_id: String(task.tabId),
      req_id: String(reqId),
      amount: String(request.claims.amount),
      total_amount: String(total),
      certificate_claims: certificate.claims,
      certificate_signature: certificate.signature,
    };
  });
}

/** Asks the core for everything that the clients know, certificate by certificate. */
export async function auditAnswers(core: CoreClient, tasks: readonly PaymentTask[]): Promise<void> {
  for (const task of tasks) {
    const served = await core.getTabGuarantees(task.tabId);
    expect(served.map(({ reqId, certificate }) => ({ reqId, certificate }))).toEqual(
      task.receipts.map(({ request, certificate }) => ({ reqId: request.claims.reqId, certificate })),
    );
    expect(await core.getTab(task.tabId)).toMatchObject({
      totalAmount: task.total,
      paidAmount: task.paid,
      lastReqId: BigInt(task.receipts.length - 1),
    });
    for (const { request, certificate } of [...task.receipts.slice(0, 1), ...task.receipts.slice(-2)]) {
      sameCertificate([certificate, await core.issueGuarantee(request)], request);
    }
  }
  for (const payer of payersOf(tasks)) {
    const locked = lockedOf(payer, tasks);
    expect(await core.getUserAssetBalance(payer.address, ETH_ASSET)).toMatchObject({
      total: payer.deposited,
      locked,
      available: payer.deposited - locked,
    });
  }
}

/** Checks what the certificates say, and that the contract's key signed the newest of each tab. */
export async function auditCertificates(chain: TestChain, tasks: readonly PaymentTask[]): Promise<void> {
  const publicKey = (await loadBls()).publicKeyOf(hexToBytes(BLS_SECRET_KEY));
  const domains = { 1: guaranteeDomain(1, CHAIN_ID, chain.contractAddress) };
  for (const task of tasks) {
    let totalAmount = 0n;
    for (const { request, certificate } of task.receipts) {
      totalAmount += request.claims.amount;
      expect(decodeCertificateClaims(hexToBytes(certificate.claims))).toMatchObject({
        ...request.claims,
        totalAmount,
      });
    }
    const newest = task.receipts.at(-1);
    if (newest !== undefined) await verifyCertificate(newest.certificate, { publicKey, domains });
  }
}

/** Opens the ledger in this process, as an operator would, and returns the rules that do not hold. */
export async function violatedInvariants(
  environment: Readonly<Record<string, string>>,
): Promise<readonly unknown[]> {
  const config = { ...coreConfigFromEnv(environment), port: 0 };
  const core = await createCore(config, { logger: createLogger('silent') });
  try {
    return await core.checkInvariants();
  } finally {
    await core.close();
  }
}

/** Wei that a payer's open tabs lock, as the clients know it. */
export const lockedOf = (payer: Payer, tasks: readonly PaymentTask[]): bigint =>
  tasks.filter((task) => task.payer === payer).reduce((sum, task) => sum + task.total - task.paid, 0n);

export const payersOf = (tasks: readonly PaymentTask[]): Payer[] => [
  ...new Set(tasks.map(({ payer }) => payer)),
];

const byTab = (tasks: readonly PaymentTask[]): PaymentTask[] =>
  [...tasks].sort((a, b) => (a.tabId < b.tabId ? -1 : 1));
