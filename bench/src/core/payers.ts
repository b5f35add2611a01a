import { core4MicaAbi } from '@fourmica/contracts/abi';
import { ETH_ASSET, uintToHex } from '@fourmica/core-types';
import { Interface, toQuantity, Wallet } from 'ethers';
import type { Network } from './network.js';

/** A tab that payments are sent on, with the key that signs them. */
export interface BenchTab {
  readonly tabId: string;
  readonly payerKey: string;
  readonly recipient: string;
  nextReqId: number;
}

const DEPOSIT = 10n ** 21n;
const FUNDS = 2n * DEPOSIT;
const TTL_SECONDS = 86_400;
const PARALLEL = 8;

/** Creates payers with collateral on chain and gives each the same number of tabs, each with another recipient. */
export async function openTabs(network: Network, payers: number, tabsPerPayer: number): Promise<BenchTab[]> {
  const wallets = Array.from({ length: payers }, () => Wallet.createRandom());
  await deposit(network, wallets);
  const tabs: BenchTab[] = [];
  const waiting = wallets.flatMap((wallet) => Array.from({ length: tabsPerPayer }, () => wallet));
  const work = async () => {
    for (let wallet = waiting.pop(); wallet !== undefined; wallet = waiting.pop()) {
      tabs.push(await openTab(network, wallet));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return tabs;
}

async function deposit(network: Network, wallets: readonly { address: string }[]): Promise<void> {
  const { provider, contractAddress: to } = network;
  await provider.send('anvil_autoImpersonateAccount', [true]);
  const data = new Interface(core4MicaAbi).encodeFunctionData('deposit', []);
  for (const { address: from } of wallets) {
    await provider.send('anvil_setBalance', [from, toQuantity(FUNDS)]);
    await provider.send('eth_sendTransaction', [{ from, to, data, value: toQuantity(DEPOSIT) }]);
  }
  const last = wallets.at(-1);
  if (last === undefined) return;
  const path = `/core/users/${last.address}/assets/${ETH_ASSET}`;
  const deadline = Date.now() + 60_000;
  for (;;) {
    const balance = (await call(network, path)) as { readonly total: string } | null;
    if (balance !== null && BigInt(balance.total) > 0n) return;
    if (Date.now() > deadline) throw new Error('the core did not see the deposits');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function openTab(network: Network, payer: { address: string; privateKey: string }): Promise<BenchTab> {
  const recipient = Wallet.createRandom().address.toLowerCase();
  const body = { user_address: payer.address, recipient_address: recipient, ttl: TTL_SECONDS };
  const opened = (await call(network, '/core/payment-tabs', body)) as { readonly id: string };
  return { tabId: uintToHex(BigInt(opened.id)), payerKey: payer.privateKey, recipient, nextReqId: 0 };
}

async function call(network: Network, path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${network.token}`, 'content-type': 'application/json' };
  const response = await fetch(network.coreUrl + path, {
    headers,
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  if (response.ok) return response.json();
  throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
}
