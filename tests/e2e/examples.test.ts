import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Localnet, startLocalnet } from '@fourmica/localnet';
import { Client, ConfigBuilder } from '@fourmica/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Starts an example as a user would, with tsx, on the built packages. */
function startExample(folder: string, file: string, env: Record<string, string>) {
  const cwd = root(`examples/${folder}`);
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (text: string) => {
    output += text;
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, exited, output: () => output };
}

async function outputMatch(
  example: { output(): string; child: ChildProcess },
  pattern: RegExp,
): Promise<string> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const match = pattern.exec(example.output());
    if (match?.[1] !== undefined) return match[1];
    if (example.child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`expected ${pattern} in the output of the example:\n${example.output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('the examples of the first payment', () => {
  let localnet: Localnet;
  let payer: Client;

  beforeAll(async () => {
    localnet = await startLocalnet();
    const { privateKey } = localnet.accounts.payer;
    payer = await Client.new(
      new ConfigBuilder().rpcUrl(localnet.coreUrl).walletPrivateKey(privateKey).build(),
    );
  });

  const payerEnvironment = () => ({
    '4MICA_WALLET_PRIVATE_KEY': localnet.accounts.payer.privateKey,
    '4MICA_RPC_URL': localnet.coreUrl,
  });

  afterAll(async () => {
    await payer?.aclose();
    await localnet?.stop();
  });

  it('deposit, charge for an API and pay for it', async () => {
    const deposit = startExample('pay-an-api', 'deposit.ts', payerEnvironment());
    expect({ exitCode: await deposit.exited, output: deposit.output() }).toEqual({
      exitCode: 0,
      output: `COLLATERAL ${10n ** 18n}\n`,
    });
    const server = startExample('charge-for-an-api', 'server.ts', {
      FACILITATOR_URL: localnet.facilitatorUrl,
      RECIPIENT_ADDRESS: localnet.accounts.recipient.address,
      PORT: '0',
    });
    try {
      const port = await outputMatch(server, /"port":(\d+)/);
      for (const reqId of ['0', '1']) {
        const client = startExample('pay-an-api', 'client.ts', {
          ...payerEnvironment(),
          RESOURCE_URL: `http://127.0.0.1:${port}/premium`,
        });
        expect({ exitCode: await client.exited, output: client.output() }).toEqual({
          exitCode: 0,
          output: `PAID "${reqId}"\n200 {"forecast":"sunny"}\n`,
        });
      }
      const [tab] = await payer.user.listTabs();
      expect(tab?.totalAmount).toBe(2n * 10n ** 15n);
    } finally {
      server.child.kill('SIGTERM');
      await server.exited;
    }
  });

  it.each([['charge-for-an-api/server.ts'], ['pay-an-api/deposit.ts'], ['pay-an-api/client.ts']])(
    'the guide shows examples/%s as it is',
    (file) => {
      expect(readFileSync(root('docs/guides/first-payment.md'), 'utf8')).toContain(
        readFileSync(root(`examples/${file}`), 'utf8'),
      );
    },
  );
});
