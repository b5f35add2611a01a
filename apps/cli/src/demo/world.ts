import { ETH_ASSET } from '@fourmica/core-types';
import { type Localnet, startLocalnet } from '@fourmica/localnet';
import { Client, ConfigBuilder } from '@fourmica/sdk';
import { type PaidExchange, type PayingFetch, payerOfClient, payingFetch } from '@fourmica/x402/client';
import { type PaidApi, PRICES, startPaidApi } from './paid-api.js';

/** Everything that the steps of the demo act on. */
export interface World {
  readonly localnet: Localnet;
  readonly payer: Client;
  readonly recipient: Client;
  readonly api: PaidApi;
  /** `fetch` that pays as the payer, within the demo's budget. */
  readonly pay: PayingFetch;
  /** What has been paid and answered, oldest first. */
  readonly exchanges: readonly PaidExchange[];
  /** Stops everything, the last part started first. */
  close(): Promise<void>;
}

/** Starts the network, with login required, and the clients and the paid API. */
export async function createWorld(): Promise<World> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closePart of closers.splice(0).reverse()) await closePart();
  };
  try {
    const localnet = await startLocalnet({ authMode: 'required' });
    closers.push(localnet.stop);
    const payer = await connect(localnet, localnet.accounts.payer.privateKey);
    closers.push(() => payer.aclose());
    const recipient = await connect(localnet, localnet.accounts.recipient.privateKey);
    closers.push(() => recipient.aclose());
    const api = await startPaidApi(localnet, recipient.recipient.address, localnet.clock);
    closers.push(api.close);

    const exchanges: PaidExchange[] = [];
    const pay = payingFetch(fetch, {
      payer: payerOfClient(payer),
      policy: {
        assets: [
          { asset: ETH_ASSET, maxPerRequest: PRICES.expensive },
          { asset: localnet.tokens.usdc, maxPerRequest: PRICES.validated },
        ],
      },
      clock: localnet.clock,
      onPaid: (exchange) => exchanges.push(exchange),
    });
    return { localnet, payer, recipient, api, pay, exchanges, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const connect = (localnet: Localnet, privateKey: string): Promise<Client> =>
  Client.new(
    new ConfigBuilder()
      .network(localnet.network)
      .rpcUrl(localnet.coreUrl)
      .walletPrivateKey(privateKey)
      .enableAuth()
      .clock(localnet.clock)
      .build(),
  );
