import { adminApiKeyOfSeed, type CoreService, createLogger } from '@fourmica/core';
import { type Address, ETH_ASSET, parseAddress } from '@fourmica/core-types';
import { expect } from 'vitest';
import { startChain, type TestChain } from '../support/chain.js';
import { MovableClock } from '../support/clock.js';
import { startCore, type TestCore } from '../support/core.js';
import type { TestDatabase } from '../support/database.js';
import { Payer, readTab } from '../support/payer.js';
import { until } from '../support/wait.js';
import { type LedgerModel, totalOf } from './ledger-model.js';

const WARP_SECS = 3_660;
/** Each window ends half an hour away from any number of warps. */
const TIMING = {
  remunerationGracePeriod: 1_800n,
  tabExpirationTime: 16_200n,
  synchronizationDelay: 1_800n,
  withdrawalGracePeriod: 19_800n,
};
const TTL_SECS = 16_200;
const ADMIN_SEED = 'a seed of the model test, public';

/** The real parts: a chain with the contract, payers with accounts, and a core that may be started again. */
export class World {
  readonly chain: TestChain;
  readonly payers: readonly Payer[];
  readonly recipients: readonly Address[];
  readonly #database: TestDatabase;
  readonly #clock = new MovableClock();
  #core: TestCore | undefined;

  private constructor(
    chain: TestChain,
    payers: readonly Payer[],
    recipients: readonly Address[],
    database: TestDatabase,
  ) {
    this.chain = chain;
    this.payers = payers;
    this.recipients = recipients;
    this.#database = database;
  }

  static async open(database: TestDatabase, payers: number, recipients: number): Promise<World> {
    const chain = await startChain({ timing: TIMING });
    const world = new World(
      chain,
      await Promise.all(Array.from({ length: payers }, () => Payer.create(chain))),
      Array.from({ length: recipients }, (_, i) => parseAddress(`0x${String(i + 1).padStart(40, '7')}`)),
      database,
    );
    await world.restart();
    return world;
  }

  async close(): Promise<void> {
    await this.#core?.service.close();
    await this.chain.stop();
    await this.#database.remove();
  }

  get url(): string {
    return this.#running.url;
  }

  get #running(): TestCore {
    if (this.#core === undefined) throw new Error('the core does not run');
    return this.#core;
  }

  /** Ends the core and starts another one on the same database. */
  async restart(): Promise<void> {
    await this.#core?.service.close();
    this.#core = await startCore(
      this.chain,
      { database: this.#database.config, expirySafetyMarginSecs: 0, adminSeedKey: ADMIN_SEED },
      { clock: this.#clock, logger: createLogger('silent') },
    );
  }

  payer(index: number): Payer {
    const payer = this.payers[index];
    if (payer === undefined) throw new RangeError(`no payer ${index}`);
    return payer;
  }

  recipient(index: number): Address {
    const recipient = this.recipients[index];
    if (recipient === undefined) throw new RangeError(`no recipient ${index}`);
    return recipient;
  }

  now(): bigint {
    return BigInt(Math.floor(this.#clock.nowMs() / 1000));
  }

  openTab(payer: number, recipient: number): Promise<Response> {
    return this.#post('/core/payment-tabs', {
      user_address: this.payer(payer).address,
      recipient_address: this.recipient(recipient),
      ttl: TTL_SECS,
    });
  }

  async suspend(payer: number, suspended: boolean): Promise<void> {
    const path = `/core/users/${this.payer(payer).address}/suspension`;
    const answer = await this.#post(path, { suspended }, { 'x-api-key': adminApiKeyOfSeed(ADMIN_SEED) });
    expect(answer.status).toBe(200);
  }

  async warp(): Promise<void> {
    this.#clock.advance(WARP_SECS);
    await this.chain.warp(WARP_SECS);
  }

  /** Waits until the core says what the model says, then checks the invariants. */
  async agreesWith(model: LedgerModel): Promise<void> {
    const expected = expectedView(model);
    await until(
      () => this.#view(model),
      (view) => JSON.stringify(view) === JSON.stringify(expected),
      `the view ${JSON.stringify(expected)}`,
    );
    const service: CoreService = this.#running.service;
    // The chain may just be ahead of the ledger by a block that changes nothing.
    await until(
      () => service.checkInvariants(),
      (violations) => violations.length === 0,
      'the invariants',
    );
  }

  async #view(model: LedgerModel): Promise<unknown> {
    const balances = await Promise.all(this.payers.map((payer) => payer.balance(this.url, ETH_ASSET)));
    const tabs = await Promise.all(model.tabs.map(({ id }) => readTab(this.url, id)));
    return {
      balances: balances.map((balance) =>
        ['total', 'locked', 'pending_withdrawal', 'available'].map((name) =>
          String(BigInt(balance?.[name as keyof typeof balance] ?? 0)),
        ),
      ),
      tabs: tabs.map((tab) => [
        ...[tab.total_amount, tab.paid_amount, tab.remunerated_amount].map((amount) =>
          String(BigInt(amount)),
        ),
        tab.settlement_status,
        tab.last_req_id === null ? 0 : Number(BigInt(tab.last_req_id)) + 1,
      ]),
    };
  }

  async #post(
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }
}

function expectedView(model: LedgerModel): unknown {
  const { payers, tabs } = model;
  return {
    balances: payers.map(({ collateral, withdrawal }, i) => {
      const free = model.free(i);
      return [collateral, model.locked(i), withdrawal?.amount ?? 0n, free > 0n ? free : 0n].map(String);
    }),
    tabs: tabs.map((tab) => [
      ...[totalOf(tab), tab.paid, tab.remunerated].map(String),
      tab.settlement,
      tab.guarantees.length,
    ]),
  };
}
