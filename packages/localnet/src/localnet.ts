import { randomBytes } from 'node:crypto';
import { adminApiKeyOfSeed, createCore } from '@fourmica/core';
import { type Address, caip2OfChainId, ValidationError } from '@fourmica/core-types';
import { createFacilitator } from '@fourmica/facilitator';
import { JsonRpcProvider } from 'ethers';
import { destination, type Logger, pino } from 'pino';
import { LOCAL_BLS_SECRET_KEY, type LocalAccounts, localAccounts } from './accounts.js';
import { startAnvil } from './anvil.js';
import { deployContracts, type LocalContracts } from './deploy.js';
import { createMovableClock, type MovableClock } from './movable-clock.js';

/** Windows of the contract, in seconds. */
export interface LocalnetTiming {
  /** Time the payer has before collateral can be taken. */
  readonly remunerationGracePeriod: bigint;
  /** End of validity of a certificate, and the longest life of a tab. */
  readonly tabExpirationTime: bigint;
  /** The core's allowance to notice withdrawal requests. */
  readonly synchronizationDelay: bigint;
  /** Wait before collateral leaves; above the sum of the two before. */
  readonly withdrawalGracePeriod: bigint;
}

/** Windows of seconds and minutes where a hosted network has days and weeks. */
export const LOCAL_TIMING: LocalnetTiming = {
  remunerationGracePeriod: 60n,
  tabExpirationTime: 600n,
  synchronizationDelay: 20n,
  withdrawalGracePeriod: 660n,
};

/** Settings of a local network; all of them have defaults. */
export interface LocalnetOptions {
  /** Default 31337. */
  readonly chainId?: number | undefined;
  /** Ports on the loopback interface; absent or 0 takes a free one. */
  readonly ports?:
    | {
        readonly rpc?: number | undefined;
        readonly core?: number | undefined;
        readonly facilitator?: number | undefined;
      }
    | undefined;
  /** Default {@link LOCAL_TIMING}. */
  readonly timing?: LocalnetTiming | undefined;
  /** `required` makes everybody log in; default `optional`. */
  readonly authMode?: 'required' | 'optional' | undefined;
  /** Takes what core and facilitator log; default writes warnings and errors to standard error. */
  readonly logger?: Logger | undefined;
}

/** A running network: Ethereum node, contract, core and facilitator, all on this machine. */
export interface Localnet {
  readonly chainId: number;
  /** CAIP-2 id. */
  readonly network: string;
  readonly rpcUrl: string;
  readonly coreUrl: string;
  readonly facilitatorUrl: string;
  readonly contractAddress: Address;
  readonly tokens: LocalContracts['tokens'];
  readonly validationRegistry: Address;
  readonly accounts: LocalAccounts;
  /** Key of the core's administrator, new at every start: suspends users and manages further keys. */
  readonly adminApiKey: string;
  readonly timing: LocalnetTiming;
  /** The clock of the services; hand it to payers that sign, so that `warp` moves them too. */
  readonly clock: MovableClock;
  /** Rejects when the Ethereum node ends although nobody stopped it. */
  readonly died: Promise<never>;
  /** Moves the chain and the clocks of the services forward by whole seconds. */
  warp(seconds: number): Promise<void>;
  /** Stops every part, the last one started first; may be called more than once. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Blocks after which the local network takes a block as final. */
const FINAL_AFTER_BLOCKS = 2;
const SECONDS_PER_BLOCK = 1;
const SCAN_INTERVAL_MS = 250;
const RECEIPT_POLLING_MS = 50;
const HOST = '127.0.0.1';

/**
 * Starts a whole 4Mica network: no account, no key and no internet needed.
 *
 * @throws LocalnetError, or the error of the part that did not start; what had been started is stopped again.
 */
export async function startLocalnet(options: LocalnetOptions = {}): Promise<Localnet> {
  const started: (() => Promise<void>)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= stopInReverse(started);
    return stopped;
  };
  try {
    return await startParts(options, started, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  options: LocalnetOptions,
  started: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Localnet> {
  const accounts = localAccounts();
  const timing = options.timing ?? LOCAL_TIMING;
  const clock = createMovableClock();
  const authMode = options.authMode ?? 'optional';
  const adminSeedKey = randomBytes(32).toString('hex');
  const logger = options.logger ?? warningsToStandardError();

  const anvil = await startAnvil({ chainId: options.chainId, port: options.ports?.rpc });
  started.push(anvil.stop);
  const provider = new JsonRpcProvider(anvil.rpcUrl, anvil.chainId, {
    staticNetwork: true,
    pollingInterval: RECEIPT_POLLING_MS,
    cacheTimeout: -1,
  });
  started.push(async () => provider.destroy());

  const contracts = await deployContracts(provider, accounts, timing);
  await provider.send('evm_setIntervalMining', [SECONDS_PER_BLOCK]);

  const core = await createCore(
    {
      host: HOST,
      port: options.ports?.core ?? 0,
      chainId: anvil.chainId,
      ethereumHttpRpcUrl: anvil.rpcUrl,
      publicEthereumHttpRpcUrl: anvil.rpcUrl,
      contractAddress: contracts.core4Mica,
      contractDeployBlock: contracts.deployBlock,
      operatorPrivateKey: accounts.operator.privateKey,
      blsSecretKey: LOCAL_BLS_SECRET_KEY,
      acceptedGuaranteeVersions: [1, 2],
      trustedValidationRegistries: [contracts.validationRegistry],
      authMode,
      auth: { jwtSecret: randomBytes(32).toString('hex') },
      adminSeedKey,
      facilitatorAddresses: [accounts.facilitator.address],
      database: { kind: 'pglite' },
      confirmation: { mode: 'depth', depth: FINAL_AFTER_BLOCKS },
      scanIntervalMs: SCAN_INTERVAL_MS,
      certificateVisibility: 'auto',
      corsOrigins: ['*'],
    },
    { clock, logger },
  );
  started.push(() => core.close());
  const coreUrl = await core.listen();

  const network = caip2OfChainId(anvil.chainId);
  const facilitator = await createFacilitator(
    {
      host: HOST,
      port: options.ports?.facilitator ?? 0,
      networks: [
        {
          network,
          coreApiUrl: coreUrl,
          rpcUrl: anvil.rpcUrl,
          ...(authMode === 'required' ? { authWalletPrivateKey: accounts.facilitator.privateKey } : {}),
        },
      ],
      certificateVisibility: 'auto',
    },
    { clock, logger },
  );
  started.push(() => facilitator.close());
  const facilitatorUrl = await facilitator.listen();

  const warp = async (seconds: number) => {
    if (!Number.isSafeInteger(seconds) || seconds <= 0) {
      throw new ValidationError('seconds', seconds, 'a whole number of seconds above 0');
    }
    clock.advance(seconds);
    await provider.send('evm_increaseTime', [seconds]);
    await provider.send('evm_mine', []);
  };

  return {
    chainId: Number(anvil.chainId),
    network,
    rpcUrl: anvil.rpcUrl,
    coreUrl,
    facilitatorUrl,
    contractAddress: contracts.core4Mica,
    tokens: contracts.tokens,
    validationRegistry: contracts.validationRegistry,
    accounts,
    adminApiKey: adminApiKeyOfSeed(adminSeedKey),
    timing,
    clock,
    died: anvil.died,
    warp,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const warningsToStandardError = (): Logger => pino({ name: '4mica-localnet', level: 'warn' }, destination(2));

async function stopInReverse(started: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const stopPart of [...started].reverse()) {
    try {
      await stopPart();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, 'some parts of the local network did not stop cleanly');
}
