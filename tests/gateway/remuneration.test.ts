import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { guaranteeDomain, loadBls, signCertificate } from '@fourmica/bls-cert';
import { deployCore4Mica } from '@fourmica/contracts';
import { legacyCore4MicaArtifact } from '@fourmica/contracts/test-artifacts';
import { type BLSCert, ETH_ASSET, parseAddress } from '@fourmica/core-types';
import { Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BLS_SECRET_KEY,
  Chain,
  DEPLOYER,
  OPERATOR,
  PAYER,
  RECIPIENT,
  rejection,
  TIMING,
  VERIFICATION_KEY,
} from './support/chain.js';

let chain: Chain;
beforeAll(async () => {
  chain = await Chain.start();
  await (await chain.gateway(PAYER)).deposit(10_000n);
});
afterAll(() => chain.stop());

/** Certifies a request of the payer to the recipient at the chain's present time. */
async function certify(tabId: bigint, reqId: bigint, amount: bigint, totalAmount: bigint): Promise<BLSCert> {
  const contract = parseAddress(chain.contractAddress);
  return signCertificate(BLS_SECRET_KEY, {
    version: 1,
    domain: guaranteeDomain(1, 31337n, contract),
    tabId,
    reqId,
    userAddress: parseAddress(chain.address(PAYER)),
    recipientAddress: parseAddress(chain.address(RECIPIENT)),
    amount,
    totalAmount,
    assetAddress: ETH_ASSET,
    timestamp: await (await chain.gateway(PAYER)).blockTimestamp(),
  });
}

const wordsOf = async ({ signature }: BLSCert) => (await loadBls()).signatureToWords(signature);

test('a certificate pays in its window, says before and after when that is, and pays the difference of a later one', async () => {
  const gateway = await chain.gateway(RECIPIENT);
  const start = await gateway.blockTimestamp();
  const first = await certify(1n, 0n, 100n, 100n);
  const second = await certify(1n, 1n, 250n, 350n);

  const early = await rejection(gateway.remunerate(first.claims, await wordsOf(first)));
  const notBefore = start + TIMING.remunerationGracePeriod;
  expect(early).toMatchObject({
    code: 'TAB_NOT_YET_OVERDUE',
    errorName: 'TabNotYetOverdue',
    transactionHash: undefined,
    context: { notBefore, notAfter: start + TIMING.tabExpirationTime },
  });
  expect(early.message).toContain(new Date(Number(notBefore) * 1000).toISOString());

  await chain.warp(TIMING.remunerationGracePeriod);
  const before = await chain.provider.getBalance(chain.address(RECIPIENT));
  const payer = await chain.gateway(PAYER);
  await payer.remunerate(first.claims, await wordsOf(first));
  expect(await chain.provider.getBalance(chain.address(RECIPIENT))).toBe(before + 100n);
  await payer.remunerate(second.claims, await wordsOf(second));
  expect(await chain.provider.getBalance(chain.address(RECIPIENT))).toBe(before + 350n);
  expect(await gateway.remuneratedAmount(1n)).toBe(350n);
  expect(await gateway.getTabPaymentStatus(1n)).toEqual({ paid: 0n, remunerated: true, asset: ETH_ASSET });

  const again = await rejection(gateway.simulateRemunerate(second.claims, await wordsOf(second)));
  expect(again).toMatchObject({
    code: 'TAB_PREVIOUSLY_REMUNERATED',
    context: { totalAmount: 350n, remunerated: 350n, due: 0n },
  });

  await chain.warp(TIMING.tabExpirationTime);
  const late = await rejection(gateway.remunerate(first.claims, await wordsOf(first)));
  expect(late).toMatchObject({
    code: 'TAB_EXPIRED',
    context: { notAfter: start + TIMING.tabExpirationTime },
  });
});

test('more than the collateral holds, another key and another domain are refused by name', async () => {
  const gateway = await chain.gateway(RECIPIENT);
  const tooMuch = await certify(2n, 0n, 1_000_000n, 1_000_000n);
  const altered = await certify(3n, 0n, 5n, 5n);
  const foreign = await signCertificate(BLS_SECRET_KEY, {
    version: 1,
    domain: `0x${'12'.repeat(32)}`,
    tabId: 4n,
    reqId: 0n,
    userAddress: parseAddress(chain.address(PAYER)),
    recipientAddress: parseAddress(chain.address(RECIPIENT)),
    amount: 1n,
    totalAmount: 1n,
    assetAddress: ETH_ASSET,
    timestamp: 1n,
  });
  await chain.warp(TIMING.remunerationGracePeriod);
  const { collateral } = await gateway.remunerationDue(tooMuch.claims, await wordsOf(tooMuch));
  expect(await rejection(gateway.remunerate(tooMuch.claims, await wordsOf(tooMuch)))).toMatchObject({
    context: { collateral, due: 1_000_000n },
    message: expect.stringContaining(`collateral of ${collateral} does not cover what is due (1000000)`),
  });
  const refusals: [BLSCert, BLSCert, string][] = [
    [tooMuch, tooMuch, 'DOUBLE_SPENDING_DETECTED'],
    [altered, tooMuch, 'INVALID_SIGNATURE'],
    [foreign, foreign, 'INVALID_GUARANTEE_DOMAIN'],
  ];
  for (const [claims, signature, code] of refusals) {
    const error = await rejection(gateway.remunerate(claims.claims, await wordsOf(signature)));
    expect(error).toMatchObject({ code });
  }
});

describe('the operator records payments', () => {
  const paymentId = `0x${'ab'.repeat(32)}` as const;

  test('once per id, and a tab that is paid cannot be claimed', async () => {
    const operator = await chain.gateway(OPERATOR);
    const certificate = await certify(7n, 0n, 40n, 40n);
    await operator.recordPaymentById(paymentId, 7n, ETH_ASSET, 40n);
    await operator.recordPaymentById(paymentId, 7n, ETH_ASSET, 40n);
    expect(await operator.getTabPaymentStatus(7n)).toMatchObject({ paid: 40n, remunerated: false });
    const conflict = await rejection(operator.recordPaymentById(paymentId, 7n, ETH_ASSET, 41n));
    expect(conflict).toMatchObject({ code: 'PAYMENT_RECORD_CONFLICT', args: { paymentId } });
    await chain.warp(TIMING.remunerationGracePeriod);
    const error = await rejection(operator.remunerate(certificate.claims, await wordsOf(certificate)));
    expect(error).toMatchObject({ code: 'TAB_ALREADY_PAID', context: { paid: 40n, totalAmount: 40n } });
  });

  test('and nobody else does', async () => {
    const gateway = await chain.gateway(RECIPIENT);
    const error = await rejection(gateway.recordPaymentById(`0x${'cd'.repeat(32)}`, 8n, ETH_ASSET, 1n));
    expect(error).toMatchObject({
      code: 'ACCESS_MANAGED_UNAUTHORIZED',
      args: { caller: chain.address(RECIPIENT) },
    });
  });
});

test('incremental payment is told from a contract without it, and an unreachable node counts as without', async () => {
  expect(await (await chain.gateway(RECIPIENT)).paysIncrementally()).toBe(true);

  const legacy = await deployCore4Mica({
    signer: new Wallet(chain.privateKey(DEPLOYER), chain.provider),
    verificationKey: VERIFICATION_KEY,
    operator: chain.address(OPERATOR),
    artifact: legacyCore4MicaArtifact,
  });
  const { contractAddress } = legacy;
  expect(await (await chain.gateway(RECIPIENT, { contractAddress })).paysIncrementally()).toBe(false);

  const node = await createSwitch(chain.anvil.rpcUrl);
  const gateway = await chain.gateway(RECIPIENT, { rpcUrl: node.url, requestTimeoutMs: 1_000 });
  node.isOn = false;
  expect(await gateway.paysIncrementally()).toBe(false);
  node.isOn = true;
  expect(await gateway.paysIncrementally()).toBe(true);
  node.close();
});

/** A node that can be switched off. */
async function createSwitch(target: string) {
  const state = { isOn: true };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (!state.isOn) return void request.socket.destroy();
    const answer = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.concat(chunks),
    });
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, { url: `http://127.0.0.1:${port}`, close: () => server.close() });
}
