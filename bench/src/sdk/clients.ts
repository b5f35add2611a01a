import { Client, ConfigBuilder, ETH_ASSET } from '@fourmica/sdk';
import type { Result } from '../report.js';
import { runInTurn } from './child.js';
import { beside } from './facts.js';
import { type LocalnetProcess, startLocalnetProcess } from './localnet-process.js';
import type { Peer } from './peer.js';

const ROUNDS = 3;
const COLLATERAL_WEI = 10n ** 18n;

/** Time to create a client, and from claims to the certificate, with a whole network in another process. */
export async function measureClients(peer: Peer | undefined): Promise<Result[]> {
  const network = await startLocalnetProcess();
  try {
    await deposit(network);
    const { coreUrl, accounts } = network;
    const settings = { coreUrl, payer: accounts.payer, recipient: accounts.recipient };
    const ours = { ...settings, module: import.meta.resolve('@fourmica/sdk') };
    const figures = await runInTurn<'verified' | 'unverified' | 'peer'>(
      'client.mjs',
      {
        verified: { ...ours, sdk: 'ours' },
        unverified: { ...ours, sdk: 'ours, without verifying' },
        ...(peer === undefined ? {} : { peer: { ...settings, module: peer.module, sdk: 'peer' } }),
      },
      ROUNDS,
    );
    const of = (contender: 'verified' | 'unverified', figure: 'create' | 'certificate') => ({
      unit: 'ms' as const,
      ours: figures[contender]?.[figure] ?? Number.NaN,
      peer: figures.peer?.[figure],
    });
    return [
      beside({ what: 'Client.new (ours checks core against contract)', ...of('verified', 'create') }),
      beside({ what: 'sign to certificate, as the core answers it', ...of('unverified', 'certificate') }),
      beside({
        what: 'sign to certificate, verified (the peer does not verify)',
        ...of('verified', 'certificate'),
      }),
    ];
  } finally {
    await network.stop();
  }
}

async function deposit({ coreUrl, accounts }: LocalnetProcess): Promise<void> {
  const config = new ConfigBuilder().rpcUrl(coreUrl).walletPrivateKey(accounts.payer.privateKey).build();
  await using client = await Client.new(config);
  await client.user.deposit(COLLATERAL_WEI);
  const deadline = Date.now() + 30_000;
  while ((await client.rpc.getUserAssetBalance(client.user.address, ETH_ASSET)) === null) {
    if (Date.now() > deadline) throw new Error('the core did not see the deposit within 30 seconds');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
