import { parseAddress } from '@fourmica/core-types';
import {
  type Client,
  ConfigBuilder,
  fromViem,
  LocalAccountSigner,
  type ViemWalletClient,
} from '@fourmica/sdk';
import { JsonRpcProvider, toQuantity, Wallet } from 'ethers';
import { createWalletClient, custom, http } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RECIPIENT } from './support/contract.js';
import { TestNetwork } from './support/network.js';
import { rejection } from './support/rejection.js';

let network: TestNetwork;
let recipient: Client;
beforeAll(async () => {
  network = await TestNetwork.start();
  recipient = await network.client(network.config(RECIPIENT));
});
afterAll(() => network.stop());

/** Deposits, signs and gets a certificate: everything a payer needs its signer for. */
async function payWith(client: Client): Promise<void> {
  await client.user.deposit(1_000n);
  const { address } = client.user;
  await network.until('the deposit', () => client.rpc.getUserAssetBalance(address, `0x${'00'.repeat(20)}`));
  const tab = await recipient.recipient.openTab({ userAddress: address });
  const prepared = await client.user.signPaymentAuto({
    recipientAddress: recipient.recipient.address,
    tabId: tab.tabId,
    reqId: tab.nextReqId,
    amount: 10n,
  });
  await recipient.recipient.issuePreparedPaymentGuarantee(prepared);
  await client.user.payTab({ tabId: tab.tabId });
}

const viemKey = (account: number) => network.chain.privateKey(account) as `0x${string}`;

describe('a custom signer alone is enough', () => {
  test.each<[string, number, (account: number) => ConfigBuilder | Promise<ConfigBuilder>]>([
    ['an ethers wallet', 5, (n) => network.config().evmSigner(new Wallet(network.chain.privateKey(n)))],
    [
      'an ethers signer inside a node, as a browser wallet is',
      6,
      async (n) => {
        const provider = new JsonRpcProvider(network.chain.rpcUrl, 31337, { staticNetwork: true });
        return network.config().evmSigner(await provider.getSigner(n));
      },
    ],
    ['a viem account', 7, (n) => network.config().viemAccount(privateKeyToAccount(viemKey(n)))],
    [
      'a viem wallet client of an injected wallet',
      8,
      (n) => {
        const transport = custom({
          request: ({ method, params }) => network.chain.provider.send(method, params ?? []),
        });
        return network
          .config()
          .viemWalletClient(createWalletClient({ account: network.chain.address(n), transport }));
      },
    ],
  ])('%s deposits, signs and pays', async (_, account, configure) => {
    const client = await network.client(await configure(account));
    expect(client.user.address).toBe(network.chain.address(account));
    expect(client.gateway.signerAddress).toBe(network.chain.address(account));
    await payWith(client);
  });
});

test('a viem wallet client with a key that the node does not know deposits, signs and pays', async () => {
  const account = privateKeyToAccount(generatePrivateKey());
  await network.chain.provider.send('anvil_setBalance', [account.address, toQuantity(10n ** 18n)]);
  const wallet = createWalletClient({ account, transport: http(network.chain.rpcUrl) });
  const client = await network.client(network.config().viemWalletClient(wallet));
  expect(client.user.address).toBe(account.address);
  await payWith(client);
});

describe('a signer that cannot send transactions', () => {
  test.each([
    ['of this library', (key: string) => new LocalAccountSigner(key)],
    ['of viem', (key: string) => fromViem(privateKeyToAccount(key as `0x${string}`))],
  ])('%s signs payments, and writes on chain say what is missing', async (_, create) => {
    const client = await network.client(network.config().evmSigner(create(network.chain.privateKey(4))));
    expect(client.user.address).toBe(network.chain.address(4));
    const prepared = await client.user.signPaymentAuto({
      recipientAddress: recipient.recipient.address,
      tabId: 1,
      reqId: 0,
      amount: 1,
    });
    expect(prepared.signature).toHaveLength(132);
    const writes = [
      () => client.user.deposit(1),
      () => client.user.approveErc20(network.usdc, 1),
      () => client.user.payTab(1, 0, 1, recipient.recipient.address),
      () => client.user.requestWithdrawal(1),
      () => client.user.cancelWithdrawal(),
      () => client.user.finalizeWithdrawal(),
    ];
    for (const write of writes) {
      expect(await rejection(write())).toMatchObject({ name: 'ContractError', code: 'SIGNER_REQUIRED' });
    }
    expect(await client.user.getUser()).toHaveLength(3);
  });
});

test('signing with one account and paying with another is refused where it would lose money', async () => {
  const client = await network.client(
    network.config(5).evmSigner(new LocalAccountSigner(network.chain.privateKey(4))),
  );
  const writes = [
    () => client.user.deposit(1),
    () => client.user.payTab(1, 0, 1, recipient.recipient.address),
  ];
  for (const write of writes) {
    expect(await rejection(write())).toMatchObject({ name: 'ConfigError', code: 'SIGNERS_DIFFER' });
  }
});

test('a signer for other claims is refused before the wallet is asked', async () => {
  const client = await network.client(network.config(5));
  const other = await network.client(network.config(6));
  const { claims } = await client.user.signPaymentAuto({
    recipientAddress: parseAddress(recipient.recipient.address),
    tabId: 1,
    reqId: 0,
    amount: 1,
  });
  expect(await rejection(other.user.signPayment(claims))).toMatchObject({
    name: 'SigningError',
    code: 'SIGNER_ADDRESS_MISMATCH',
  });
});

test('a viem wallet client without account is refused', () => {
  const client = createWalletClient({ transport: http(network.chain.rpcUrl) });
  expect(() => new ConfigBuilder().viemWalletClient(client as unknown as ViemWalletClient)).toThrow(
    'expected a viem wallet client with an account',
  );
});
