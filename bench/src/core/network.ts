import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { loadBls } from '@fourmica/bls-cert';
import { deployCore4Mica } from '@fourmica/contracts';
import { type Address, bytesToHex, parseAddress } from '@fourmica/core-types';
import { LocalAccountSigner } from '@fourmica/eip712-claims';
import { AuthSession } from '@fourmica/rpc-client';
import { freePort, startAnvil, startPostgres } from '@fourmica/test-support';
import { JsonRpcProvider, Wallet } from 'ethers';

export const CHAIN_ID = 31_337n;
const START_TIMEOUT_MS = 60_000;
/** Longer than any run, so that a token lasts. */
const ACCESS_TTL_SECS = 86_400;

/** A core as an operator runs it: a process of its own, logins required, on Postgres that syncs to disk. */
export interface Network {
  readonly coreUrl: string;
  readonly databaseUrl: string;
  readonly contractAddress: Address;
  readonly provider: JsonRpcProvider;
  readonly blsPublicKey: Uint8Array;
  /** Bearer token of a facilitator. */
  readonly token: string;
  /** Resident memory of the core's process in bytes. */
  coreMemory(): Promise<number>;
  /** Ends everything, last started first. */
  stop(): Promise<void>;
}

export async function startNetwork(): Promise<Network> {
  const endings: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    const postgres = await startPostgres();
    endings.push(() => postgres.stop());
    const anvil = await startAnvil();
    endings.push(() => anvil.stop());
    const provider = new JsonRpcProvider(anvil.rpcUrl, Number(CHAIN_ID), {
      staticNetwork: true,
      cacheTimeout: -1,
      pollingInterval: 100,
    });
    endings.push(() => provider.destroy());

    const bls = await loadBls();
    const blsSecretKey = randomBytes(32).fill(1, 0, 1);
    const blsPublicKey = bls.publicKeyOf(blsSecretKey);
    const [deployer, operator] = anvil.accounts;
    if (deployer === undefined || operator === undefined) throw new Error('anvil has no accounts');
    const deployed = await deployCore4Mica({
      signer: new Wallet(deployer.privateKey, provider),
      verificationKey: bls.publicKeyToWords(blsPublicKey),
      operator: operator.address,
    });
    const contractAddress = parseAddress(deployed.contractAddress);

    const facilitator = new LocalAccountSigner(Wallet.createRandom().privateKey);
    const databaseUrl = await postgres.createDatabase();
    const port = await freePort();
    const coreUrl = `http://127.0.0.1:${port}`;
    const child = await startCore(coreUrl, {
      SERVER_PORT: String(port),
      ETHEREUM_CHAIN_ID: String(CHAIN_ID),
      ETHEREUM_HTTP_RPC_URL: anvil.rpcUrl,
      ETHEREUM_CONTRACT_ADDRESS: contractAddress,
      CONTRACT_DEPLOY_BLOCK: String(deployed.deployBlock),
      ETHEREUM_PRIVATE_KEY: operator.privateKey,
      BLS_PRIVATE_KEY: bytesToHex(blsSecretKey),
      AUTH_JWT_SECRET: randomBytes(32).toString('hex'),
      AUTH_ACCESS_TTL_SECS: String(ACCESS_TTL_SECS),
      AUTH_FACILITATOR_ADDRESSES: facilitator.address,
      CONFIRMATION_MODE: 'depth',
      NUMBER_OF_BLOCKS_TO_CONFIRM: '0',
      CHAIN_SCAN_INTERVAL_MS: '1000',
      DATABASE_URL: databaseUrl,
    });
    endings.push(() => end(child));
    const session = new AuthSession({ authUrl: coreUrl, signer: facilitator });
    return {
      coreUrl,
      databaseUrl,
      contractAddress,
      provider,
      blsPublicKey,
      token: await session.accessToken(),
      coreMemory: () => residentMemory(child),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startCore(url: string, settings: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const manifest = createRequire(import.meta.url).resolve('@fourmica/core/package.json');
  const child = spawn(process.execPath, [join(dirname(manifest), 'bin/4mica-core.mjs')], {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'warn', ...settings },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the core ended with ${child.exitCode}`);
    const isServing = await fetch(`${url}/core/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (isServing) return child;
    if (Date.now() > deadline) {
      await end(child);
      throw new Error('the core did not start');
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

async function residentMemory(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error('the resident memory of the core cannot be read');
  return Number(kilobytes) * 1024;
}
