import { adminApiKeyOfSeed } from '@fourmica/core';
import {
  ADMIN_API_KEY_PREFIX,
  ADMIN_SCOPE_SUSPEND_USERS,
  Client,
  ConfigBuilder,
  RpcError,
} from '@fourmica/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PAYER, RECIPIENT } from './support/contract.js';
import { TestNetwork } from './support/network.js';
import { rejection } from './support/rejection.js';

const ADMIN_SEED = 'a seed that only the operator of this test knows';
const ADMIN_KEY = adminApiKeyOfSeed(ADMIN_SEED);

let network: TestNetwork;
beforeAll(async () => {
  network = await TestNetwork.start({
    authMode: 'required',
    auth: {
      jwtSecret: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      accessTtlSecs: 300,
    },
    adminSeedKey: ADMIN_SEED,
  });
});
afterAll(() => network.stop());

/** Counts the calls of the login routes. */
function watchedFetch() {
  const calls: string[] = [];
  return {
    calls,
    fetch: (url: string, init: RequestInit) => {
      const { pathname } = new URL(url);
      if (pathname.startsWith('/auth/')) calls.push(pathname);
      return fetch(url, init);
    },
  };
}

describe('a core that demands a login', () => {
  test('tells a client without auth how to enable it', async () => {
    const client = await network.client(network.config(RECIPIENT));
    const error = await rejection(client.recipient.listRecipientTabs());
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ status: 401 });
    expect(error.message).toContain('enableAuth()');
  });

  test('is logged in to by the first call, once for many at the same time', async () => {
    const { calls, fetch } = watchedFetch();
    const client = await network.client(network.config(RECIPIENT).enableAuth().fetch(fetch));
    expect(calls).toEqual([]);
    await Promise.all(Array.from({ length: 10 }, () => client.recipient.listRecipientTabs()));
    expect(calls).toEqual(['/auth/nonce', '/auth/verify']);
  });

  test('serves payer and recipient', async () => {
    const payer = await network.client(network.config(PAYER).enableAuth());
    const recipient = await network.client(network.config(RECIPIENT).enableAuth());
    await payer.user.deposit(1_000n);
    await network.until('the deposit', () =>
      payer.rpc.getUserAssetBalance(payer.user.address, `0x${'00'.repeat(20)}`),
    );
    const tab = await recipient.recipient.openTab({ userAddress: payer.user.address });
    const prepared = await payer.user.signPaymentAuto({
      recipientAddress: recipient.recipient.address,
      tabId: tab.tabId,
      reqId: tab.nextReqId,
      amount: 10n,
    });
    await recipient.recipient.issuePreparedPaymentGuarantee(prepared);
    expect(await payer.user.listTabs()).toHaveLength(1);
    await payer.user.payTab({ tabId: tab.tabId });
  });

  test('explicit login and logout', async () => {
    const { calls, fetch } = watchedFetch();
    const client = await network.client(network.config(RECIPIENT).enableAuth().fetch(fetch));
    const tokens = await client.login();
    expect(tokens).toMatchObject({ accessToken: expect.any(String), refreshToken: expect.any(String) });
    await client.recipient.listRecipientTabs();
    expect(await client.logout()).toBe(true);
    expect(await client.logout()).toBe(false);
    expect(calls).toEqual(['/auth/nonce', '/auth/verify', '/auth/logout']);
  });

  test('R-3: takes a fixed token with the word Bearer', async () => {
    const { accessToken } = await (await network.client(network.config(RECIPIENT).enableAuth())).login();
    const client = await network.client(network.config(RECIPIENT).bearerToken(`Bearer ${accessToken}`));
    expect(await client.recipient.listRecipientTabs()).toEqual(expect.any(Array));
  });

  test('T-25: a token that the core refuses is replaced and the call repeated', async () => {
    const { calls, fetch } = watchedFetch();
    // The client's clock stands still, so that it does not notice that its token has ended.
    const start = network.clock.nowMs();
    const config = network
      .config(RECIPIENT)
      .enableAuth()
      .fetch(fetch)
      .clock({ nowMs: () => start });
    const client = await network.client(config);
    await client.recipient.listRecipientTabs();
    await network.warp(400n);
    await client.recipient.listRecipientTabs();
    expect(calls).toEqual(['/auth/nonce', '/auth/verify', '/auth/refresh']);
  });

  test('a token is replaced before it ends', async () => {
    const { calls, fetch } = watchedFetch();
    const client = await network.client(network.config(RECIPIENT).authRefreshMarginSecs(100).fetch(fetch));
    await client.recipient.listRecipientTabs();
    await network.warp(150n);
    await client.recipient.listRecipientTabs();
    await network.warp(60n);
    await client.recipient.listRecipientTabs();
    expect(calls).toEqual(['/auth/nonce', '/auth/verify', '/auth/refresh']);
  });

  test('auth from the environment', async () => {
    const config = new ConfigBuilder()
      .fromEnv({
        FOURMICA_RPC_URL: network.coreUrl,
        FOURMICA_AUTH_URL: network.coreUrl,
        FOURMICA_WALLET_PRIVATE_KEY: network.chain.privateKey(RECIPIENT),
      })
      .clock(network.clock)
      .build();
    const client = await Client.new(config);
    expect(await client.recipient.listRecipientTabs()).toHaveLength(1);
    await client.aclose();
  });
});

describe('administration', () => {
  test('T-17: keys are created, listed and revoked; a key suspends a payer and lifts the suspension', async () => {
    const admin = await network.client(network.config().adminApiKey(ADMIN_KEY));
    const created = await admin.rpc.createAdminApiKey({
      name: 'support desk',
      scopes: [ADMIN_SCOPE_SUSPEND_USERS],
    });
    expect(created.apiKey.startsWith(ADMIN_API_KEY_PREFIX)).toBe(true);
    const listed = await admin.rpc.listAdminApiKeys();
    expect(listed.find(({ id }) => id === created.id)).toMatchObject({
      name: 'support desk',
      revokedAt: null,
    });

    const desk = await network.client(network.config());
    desk.rpc.withAdminApiKey(created.apiKey);
    const payer = network.chain.address(PAYER);
    expect(await desk.rpc.updateUserSuspension(payer, true)).toMatchObject({
      userAddress: payer,
      suspended: true,
    });
    const recipient = await network.client(network.config(RECIPIENT).enableAuth());
    const refused = await rejection(
      recipient.recipient.createTab({ userAddress: payer, guaranteeVersion: 2 }),
    );
    expect(refused).toMatchObject({ status: 403 });
    await desk.rpc.updateUserSuspension(payer, false);
    await recipient.recipient.createTab({ userAddress: payer, guaranteeVersion: 2 });

    await admin.rpc.revokeAdminApiKey(created.id);
    expect(await rejection(desk.rpc.updateUserSuspension(payer, true))).toBeInstanceOf(RpcError);
  });
});
