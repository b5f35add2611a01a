import { type Client, PaymentGuaranteeRequestClaims } from '@fourmica/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PAYER, RECIPIENT } from './support/contract.js';
import { TestNetwork } from './support/network.js';

const ETH = `0x${'00'.repeat(20)}`;

let network: TestNetwork;
let payer: Client;
let recipient: Client;
beforeAll(async () => {
  network = await TestNetwork.start();
  payer = await network.client(network.config(PAYER));
  recipient = await network.client(network.config(RECIPIENT));
  await payer.user.deposit(1_000_000n);
  await network.until('the deposit', () => payer.rpc.getUserAssetBalance(payer.user.address, ETH));
});
afterAll(() => network.stop());

/** Signs and certifies one request. */
async function pay(tabId: bigint, reqId: number, amount: bigint): Promise<bigint> {
  const claims = PaymentGuaranteeRequestClaims.new({
    userAddress: payer.user.address,
    recipientAddress: recipient.recipient.address,
    tabId,
    reqId,
    amount,
    timestamp: Math.floor(network.clock.nowMs() / 1000),
  });
  const signature = await payer.user.signPayment(claims);
  const certificate = await recipient.recipient.issuePaymentGuarantee(claims, signature);
  return (await recipient.recipient.verifyPaymentGuarantee(certificate)).totalAmount;
}

test('requests of one tab at the same time all get their certificate, in the order of their ids', async () => {
  const tabId = await recipient.recipient.createTab({ userAddress: payer.user.address });
  const reqIds = Array.from({ length: 12 }, (_, reqId) => reqId);
  // The first id goes out last, so that all others have to wait for it.
  const lastFirst = [...reqIds].reverse();
  const totals = await Promise.all(lastFirst.map((reqId) => pay(tabId, reqId, BigInt(reqId + 1))));
  const expected = reqIds.map((reqId) => (BigInt(reqId + 1) * BigInt(reqId + 2)) / 2n);
  expect(totals.reverse()).toEqual(expected);
  const guarantees = await recipient.recipient.getTabGuarantees(tabId);
  expect(guarantees.map(({ reqId }) => Number(reqId))).toEqual(reqIds);
  expect((await recipient.recipient.getTab(tabId))?.totalAmount).toBe(expected.at(-1));
});

test('payments of several tabs from many tasks of one client are all made, once', async () => {
  const recipients = await Promise.all(
    [4, 5, 6, 7].map((account) => network.client(network.config(account))),
  );
  const before = await Promise.all(
    recipients.map(({ recipient: r }) => network.chain.provider.getBalance(r.address)),
  );
  await Promise.all(
    recipients.flatMap((_, tab) =>
      Array.from({ length: 5 }, (_, i) =>
        payer.user.payTab(tab + 1, i, 10n + BigInt(i), network.chain.address(4 + tab)),
      ),
    ),
  );
  const after = await Promise.all(
    recipients.map(({ recipient: r }) => network.chain.provider.getBalance(r.address)),
  );
  expect(after.map((balance, i) => balance - (before[i] ?? 0n))).toEqual([60n, 60n, 60n, 60n]);
});
