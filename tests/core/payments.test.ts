import { core4MicaAbi } from '@fourmica/contracts/abi';
import { ETH_ASSET, encodePaymentMemo } from '@fourmica/core-types';
import { CoreClient } from '@fourmica/rpc-client';
import { Contract, hexlify, toQuantity, toUtf8Bytes, Wallet } from 'ethers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startChain, type TestChain } from './support/chain.js';
import { startCore, type TestCore } from './support/core.js';
import { DATABASES, useDatabase } from './support/database.js';
import { get, partsOf } from './support/http.js';
import { caughtUp, newRecipient, Payer, readTab } from './support/payer.js';
import { until } from './support/wait.js';

const METRICS_TOKEN = 'm'.repeat(32);

describe.each(DATABASES)('on %s', (kind) => {
  const database = useDatabase(kind);
  let chain: TestChain;
  let core: TestCore;

  beforeAll(async () => {
    chain = await startChain();
    core = await startCore(chain, {
      database: database.config,
      metricsToken: METRICS_TOKEN,
      recordFeeBumpMs: 1_500,
      recordAlarmSecs: 0,
      // What the account has before it pays for its first record.
      operatorMinBalance: 10_000n * 10n ** 18n,
    });
  });

  afterEach(async () => {
    expect(await core.service.checkInvariants()).toEqual([]);
  });

  afterAll(async () => {
    await core?.service.close();
    await chain?.stop();
  });

  /** Opens a tab of a new payer with one guarantee on it. */
  async function owingTab(amount: bigint, collateral = 1_000n) {
    const payer = await Payer.withCollateral(chain, core.url, collateral);
    const recipient = newRecipient();
    const tab = await payer.openTab(core.url, recipient);
    if (amount > 0n) await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount, recipient });
    return { payer, recipient, tabId: tab.id };
  }

  const locked = async (payer: Payer): Promise<bigint> =>
    BigInt((await payer.balance(core.url))?.locked ?? 0);

  const settled = (tabId: string) =>
    until(
      () => readTab(core.url, tabId),
      ({ settlement_status }) => settlement_status === 'SETTLED',
      'the settled tab',
    );

  const recordsOf = async (tabId: string) => {
    const contract = new Contract(chain.contractAddress, core4MicaAbi, chain.provider);
    return contract
      .queryFilter(contract.getEvent('PaymentRecordedById'), 0)
      .then((events) =>
        events.flatMap((event) =>
          'args' in event && event.args.tabId === BigInt(tabId) ? [event.args] : [],
        ),
      );
  };

  describe('a payment in ETH', () => {
    it('C-28: is found, recorded once under its transaction hash, unlocks and settles the tab; it is dated in milliseconds', async () => {
      const startMs = Date.now();
      const { payer, recipient, tabId } = await owingTab(300n);
      expect(await locked(payer)).toBe(300n);
      const { transactionHash } = await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 300n, recipient });

      expect(await settled(tabId)).toMatchObject({ paid_amount: '0x12c', total_amount: '0x12c' });
      expect(await locked(payer)).toBe(0n);
      const records = await recordsOf(tabId);
      expect(records.map(({ paymentId, amount }) => [paymentId, amount])).toEqual([[transactionHash, 300n]]);
      const { body: payments } = await get<unknown[]>(`${core.url}/core/recipients/${recipient}/payments`);
      expect(payments).toEqual([
        {
          user_address: payer.address.toLowerCase(),
          recipient_address: recipient.toLowerCase(),
          tx_hash: transactionHash,
          amount: '0x12c',
          verified: true,
          finalized: true,
          failed: false,
          created_at: expect.any(Number),
        },
      ]);
      const [typed] = await new CoreClient({ baseUrl: core.url }).listRecipientPayments(recipient);
      expect(typed?.createdAtMs).toBeGreaterThanOrEqual(startMs);
      expect(typed?.createdAtMs).toBeLessThanOrEqual(Date.now());
      const { body: events } = await get<{ event_type: string; tx_id: string; amount: string }[]>(
        `${core.url}/core/tabs/${tabId}/collateral-events`,
      );
      expect(events.map(({ event_type, tx_id, amount }) => [event_type, tx_id, amount])).toEqual([
        ['UNLOCK', transactionHash, '0x12c'],
      ]);
      const answer = await payer.issue(core.url, { tabId, reqId: 1, amount: 1, recipient });
      expect(answer).toEqual({ status: 409, body: { error: 'tab already closed' } });
      expect((await payer.openTab(core.url, recipient)).id).not.toBe(tabId);
    });

    it('in part keeps the rest locked', async () => {
      const { payer, recipient, tabId } = await owingTab(300n);
      await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 100n, recipient });
      await until(
        () => readTab(core.url, tabId),
        ({ paid_amount }) => paid_amount === '0x64',
        'the counted payment',
      );
      expect(await readTab(core.url, tabId)).toMatchObject({ settlement_status: 'PENDING' });
      expect(await locked(payer)).toBe(200n);
      await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 200n, recipient });
      await settled(tabId);
      expect(await locked(payer)).toBe(0n);
    });

    it('C-6: above the open amount settles the tab and unlocks what was open', async () => {
      const { payer, recipient, tabId } = await owingTab(300n);
      await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 5_000n, recipient });
      expect(await settled(tabId)).toMatchObject({ paid_amount: '0x12c' });
      expect(await locked(payer)).toBe(0n);
    });

    it('C-5: on an unused tab unlocks nothing of other tabs', async () => {
      const { payer, tabId: owing } = await owingTab(300n);
      const accomplice = newRecipient();
      const unused = await payer.openTab(core.url, accomplice);
      await payer.gateway.payTabEth({ tabId: unused.id, reqId: 0, amount: 300n, recipient: accomplice });
      await until(
        () => get<{ finalized: boolean }[]>(`${core.url}/core/recipients/${accomplice}/payments`),
        ({ body }) => body[0]?.finalized === true,
        'the final payment',
      );
      expect(await locked(payer)).toBe(300n);
      expect(await readTab(core.url, unused.id)).toMatchObject({ paid_amount: '0x0', status: 'PENDING' });
      expect(await readTab(core.url, owing)).toMatchObject({ paid_amount: '0x0' });
    });

    it('C-2: is found in any of many blocks that become final at once', async () => {
      const { payer, recipient, tabId } = await owingTab(300n);
      await chain.mine(40);
      await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 300n, recipient });
      await chain.mine(150);
      await settled(tabId);
      expect(await recordsOf(tabId)).toHaveLength(1);
    });

    it('C-10: counts only when payer, recipient, value and success are right', async () => {
      const { payer, recipient, tabId } = await owingTab(300n);
      const memo = toUtf8Bytes(encodePaymentMemo({ tabId: BigInt(tabId), reqId: 0n }));
      const stranger = await chain.fundedWallet();
      const own = new Wallet(payer.privateKey, chain.provider);
      const send = async (from: Wallet, tx: object) =>
        (await from.sendTransaction(tx)).wait().catch(() => null);
      await send(stranger, { to: recipient, value: 300n, data: memo });
      await send(own, { to: newRecipient(), value: 300n, data: memo });
      await send(own, { to: recipient, value: 0n, data: memo });
      await send(own, { to: recipient, value: 300n, data: toUtf8Bytes('tab_id:;req_id:0') });
      // The contract refuses direct transfers: right parties cannot be had here, but the failed receipt can.
      const failing = await owingTab(0n);
      await send(new Wallet(failing.payer.privateKey, chain.provider), {
        to: chain.contractAddress,
        value: 1n,
        data: memo,
        gasLimit: 100_000n,
      });
      await caughtUp(chain, core.url);
      expect(await locked(payer)).toBe(300n);
      expect(await readTab(core.url, tabId)).toMatchObject({ paid_amount: '0x0' });
      expect((await get(`${core.url}/core/recipients/${recipient}/payments`)).body).toEqual([]);
    });

    it('C-45: lists are read in parts that fit together, and say what cannot be asked for', async () => {
      const { payer, recipient, tabId } = await owingTab(100n);
      await payer.openTab(core.url, newRecipient());
      const other = await Payer.withCollateral(chain, core.url, 100n);
      await other.openTab(core.url, recipient);
      for (const reqId of [1, 2]) await payer.issue(core.url, { tabId, reqId, amount: 100n, recipient });
      for (const amount of [10n, 20n]) await payer.gateway.payTabEth({ tabId, reqId: 0, amount, recipient });
      await until(
        () => readTab(core.url, tabId),
        ({ paid_amount }) => paid_amount === '0x1e',
        'the counted payments',
      );

      const [ofTab, ofRecipient] = [`/core/tabs/${tabId}`, `/core/recipients/${recipient}`];
      for (const [path, length] of [
        [`${ofTab}/guarantees`, 3],
        [`${ofTab}/collateral-events`, 2],
        [`${ofRecipient}/tabs?settlement_status=pending&settlement_status=settled`, 2],
        [`${ofRecipient}/settled-tabs`, 0],
        [`${ofRecipient}/pending-remunerations`, 2],
        [`${ofRecipient}/payments`, 2],
        [`/core/users/${payer.address}/tabs`, 2],
      ] as const) {
        const { body: whole } = await get<unknown[]>(core.url + path);
        expect([path, whole]).toEqual([path, expect.objectContaining({ length })]);
        const limited = `${core.url}${path}${path.includes('?') ? '&' : '?'}limit=1`;
        const parts = await partsOf(limited);
        expect(parts.map((part) => part.length)).toEqual(length === 0 ? [0] : whole.map(() => 1));
        expect(parts.flat()).toEqual(whole);
      }

      const client = new CoreClient({ baseUrl: core.url });
      const page = await client.getTabGuarantees(tabId, { limit: 2 });
      expect(page.map(({ reqId }) => reqId)).toEqual([0n, 1n]);
      const rest = await client.getTabGuarantees(tabId, { after: page.next });
      expect([rest.map(({ reqId }) => reqId), rest.next]).toEqual([[2n], undefined]);

      const bounds = 'query.limit: expected a whole number from 1 to 1000';
      const position = 'query.after: expected what a Link header of this list says';
      for (const [query, error] of [
        ['limit=0', `${bounds}, got 0`],
        ['limit=1001', `${bounds}, got 1001`],
        ['limit=1.5', `${bounds}, got "1.5"`],
        ['limit=1&limit=2', `${bounds}, got an array`],
        ['after=', `${position}, got ""`],
        ["after=1.1'--", `${position}, got "1.1'--"`],
        ['after=1.1&after=1.2', 'query.after: expected one text, got an array'],
      ]) {
        expect(await get(`${core.url}${ofRecipient}/tabs?${query}`)).toEqual({
          status: 400,
          body: { error },
        });
      }
    });

    it('C-44: a record that is stuck gets a higher fee and holds up no other, with an alarm meanwhile', async () => {
      const operator = new Wallet(chain.operatorKey).address;
      const ofOperator = (pool: object) =>
        Object.entries(pool).find(([address]) => address.toLowerCase() === operator.toLowerCase())?.[1];
      const metric = async (name: string) => {
        const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
        const text = await (await fetch(`${core.url}/metrics`, { headers })).text();
        return new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1];
      };
      const becomes = (name: string, value: string) =>
        until(
          () => metric(name),
          (now) => now === value,
          `${name} ${value}`,
        );
      /** What the records in the pool pay per gas at most, by nonce. */
      const offers = async () => {
        const { pending, queued } = await chain.provider.send('txpool_content', []);
        const records: Record<string, { maxFeePerGas: string }> = {
          ...ofOperator(pending),
          ...ofOperator(queued),
        };
        return Object.entries(records).map(([nonce, { maxFeePerGas }]) => [
          Number(nonce),
          BigInt(maxFeePerGas),
        ]);
      };
      const [first, second] = [await owingTab(300n), await owingTab(300n)];
      const dear = 100n * ((await chain.provider.getFeeData()).maxFeePerGas ?? 0n);
      const mineDearBlock = async () => {
        await chain.provider.send('anvil_setNextBlockBaseFeePerGas', [toQuantity(dear)]);
        await chain.mine(1);
      };
      const pay = ({ payer, recipient, tabId }: typeof first) =>
        new Wallet(payer.privateKey, chain.provider).sendTransaction({
          to: recipient,
          value: 300n,
          data: hexlify(toUtf8Bytes(encodePaymentMemo({ tabId: BigInt(tabId), reqId: 0n }))),
          gasLimit: 100_000n,
          maxFeePerGas: 2n * dear,
          maxPriorityFeePerGas: 1n,
        });
      await chain.provider.send('evm_setAutomine', [false]);
      try {
        await pay(first);
        await chain.mine(1);
        const [stuck] = await until(offers, ({ length }) => length === 1, 'the first record');
        await pay(second);
        await mineDearBlock();
        const nonce = Number(stuck?.[0]);
        const both = await until(
          offers,
          (now) => now.length === 2 && now.every(([, offer = 0n]) => offer >= dear),
          'two records that pay enough',
        );
        expect(both.map(([nonce]) => nonce)).toEqual([nonce, nonce + 1]);
        await becomes('core_unrecorded_payments', '2');
        await mineDearBlock();
        await settled(first.tabId);
        await settled(second.tabId);
      } finally {
        await chain.provider.send('evm_setAutomine', [true]);
      }
      expect(await recordsOf(first.tabId)).toHaveLength(1);
      expect(await recordsOf(second.tabId)).toHaveLength(1);
      await becomes('core_unrecorded_payments', '0');
      expect(await metric('core_operator_balance_low')).toBe('1');
    });

    it('S-5: several in one block are each counted once', async () => {
      const tabs = await Promise.all(Array.from({ length: 4 }, () => owingTab(300n)));
      await Promise.all(
        tabs.map(({ payer, recipient, tabId }) =>
          payer.gateway.payTabEth({ tabId, reqId: 0, amount: 300n, recipient }),
        ),
      );
      for (const { tabId } of tabs) {
        await settled(tabId);
        expect(await recordsOf(tabId)).toHaveLength(1);
      }
      const status = await tabs[0]?.payer.gateway.getTabPaymentStatus(BigInt(tabs[0].tabId));
      expect(status).toEqual({ paid: 300n, remunerated: false, asset: ETH_ASSET });
    });
  });
});
