import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Client, PaymentGuaranteeRequestClaims } from '@fourmica/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PAYER, RECIPIENT, VALIDATOR } from './support/contract.js';
import { TestNetwork } from './support/network.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let network: TestNetwork;
let observer: Client;
let base: Record<string, string>;

beforeAll(async () => {
  network = await TestNetwork.start();
  const payer = await network.client(network.config(PAYER));
  await payer.user.deposit(10n ** 18n);
  await network.until('the deposit', () =>
    payer.rpc.getUserAssetBalance(payer.user.address, `0x${'00'.repeat(20)}`),
  );
  observer = await network.client(network.config(RECIPIENT));
  base = {
    FOURMICA_RPC_URL: network.coreUrl,
    RECIPIENT_KEY: network.chain.privateKey(RECIPIENT),
    PAYER_KEY: network.chain.privateKey(PAYER),
    USER_ADDRESS: network.chain.address(PAYER),
    RECIPIENT_ADDRESS: network.chain.address(RECIPIENT),
  };
});
afterAll(() => network.stop());

/** Runs an example as a user would and reads the `NAME= value` lines that it prints. */
async function run(example: string, environment: Record<string, string>): Promise<Record<string, string>> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', `examples/${example}/main.ts`], {
    cwd: ROOT,
    env: { PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(output);
  return Object.fromEntries([...output.matchAll(/^(\w+)= (.*)$/gm)].map(([, name, value]) => [name, value]));
}

describe('the quick starts', () => {
  test('version 1: the recipient opens a tab, the payer signs twice, each gets its certificate', async () => {
    for (const [reqId, total] of [
      ['0', 25n * 10n ** 16n],
      ['1', 50n * 10n ** 16n],
    ] as const) {
      const opened = await run('recipient-quickstart', { ...base, AMOUNT_WEI: '250000000000000000' });
      expect(opened).toMatchObject({
        REQ_ID: reqId,
        AMOUNT_WEI: '250000000000000000',
        ASSET_ADDRESS: `0x${'00'.repeat(20)}`,
        ACCEPTED_GUARANTEE_VERSIONS: '[1,2]',
        TRUSTED_VALIDATION_REGISTRIES: JSON.stringify([network.registry]),
        GUARANTEE_VERSION: '1',
      });
      const paid = await run('payer-quickstart', { ...base, ...opened });
      expect(paid).toMatchObject({ AMOUNT_WEI: '250000000000000000', COLLATERAL_TOTAL: String(10n ** 18n) });
      const claims = JSON.parse(paid.CLAIMS_JSON ?? '');
      expect(PaymentGuaranteeRequestClaims.new({ ...claims, erc20Token: claims.assetAddress })).toMatchObject(
        {
          tabId: BigInt(opened.TAB_ID ?? ''),
          reqId: BigInt(reqId),
        },
      );
      const certificate = { claims: paid.CERT_CLAIMS, signature: paid.CERT_SIGNATURE } as never;
      expect(await observer.recipient.verifyPaymentGuarantee(certificate)).toMatchObject({
        totalAmount: total,
      });
    }
  });

  test('version 2: the payment depends on a validation', async () => {
    const opened = await run('recipient-quickstart', { ...base, GUARANTEE_VERSION: '2', AMOUNT_WEI: '1000' });
    const paid = await run('payer-quickstart', {
      ...base,
      ...opened,
      VALIDATION_REGISTRY_ADDRESS: network.registry,
      VALIDATOR_ADDRESS: network.chain.address(VALIDATOR),
      VALIDATOR_AGENT_ID: '7',
      MIN_VALIDATION_SCORE: '80',
      REQUIRED_VALIDATION_TAG: 'hard-finality',
      JOB_HASH: `0x${'5a'.repeat(32)}`,
    });
    const certificate = { claims: paid.CERT_CLAIMS, signature: paid.CERT_SIGNATURE } as never;
    expect(await observer.recipient.verifyPaymentGuarantee(certificate)).toMatchObject({
      version: 2,
      minValidationScore: 80,
      requiredValidationTag: 'hard-finality',
    });
  });

  test('a missing variable is named', async () => {
    const { PAYER_KEY: _, ...incomplete } = base;
    await expect(run('payer-quickstart', incomplete)).rejects.toThrow(
      /set the environment variable PAYER_KEY/,
    );
  });
});
