import { startLocalnet } from '@fourmica/localnet';
import type { Command } from '../command.js';
import { parsePort } from '../options.js';

/** `4mica localnet`: runs a whole network until it is interrupted. */
export const localnetCommand: Command = {
  name: 'localnet',
  summary: 'run a whole 4Mica network on this machine: anvil, contracts, core, facilitator',
  options: [
    ['--rpc-port <port>', 'port of the Ethereum node', '8545'],
    ['--core-port <port>', 'port of the core', '3000'],
    ['--facilitator-port <port>', 'port of the facilitator', '8080'],
    ['--json', 'print the addresses as one JSON object'],
  ],
  examples: ['4mica localnet', '4mica localnet --core-port 0 --json'],
  async run(options, io) {
    const localnet = await startLocalnet({
      ports: {
        rpc: parsePort(options.rpcPort, '--rpc-port'),
        core: parsePort(options.corePort, '--core-port'),
        facilitator: parsePort(options.facilitatorPort, '--facilitator-port'),
      },
    });
    const { chainId, network, rpcUrl, coreUrl, facilitatorUrl, contractAddress, accounts } = localnet;
    if (options.json === true) {
      io.print(
        JSON.stringify({
          chainId: String(chainId),
          network,
          rpcUrl,
          coreUrl,
          facilitatorUrl,
          contractAddress,
          accounts,
        }),
      );
    } else {
      io.print(`Ethereum node  ${rpcUrl}  (chain ${chainId}, a block each second)`);
      io.print(`core           ${coreUrl}`);
      io.print(`facilitator    ${facilitatorUrl}`);
      io.print(`contract       ${contractAddress}`);
      io.print('');
      io.print('Funded accounts. Their keys are public: use them nowhere else.');
      for (const [role, { address, privateKey }] of Object.entries(accounts)) {
        io.print(`  ${role.padEnd(12)} ${address}  ${privateKey}`);
      }
      io.print('');
      io.print('Ctrl-C stops everything.');
    }
    try {
      await Promise.race([interruption(io.interrupted), localnet.died]);
    } finally {
      await localnet.stop();
    }
    return 0;
  },
};

const interruption = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
