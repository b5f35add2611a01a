import { availableParallelism } from 'node:os';
import { loadBls } from '@fourmica/bls-cert';
import { BlsPool } from '@fourmica/bls-cert/pool';
import { ContractGateway } from '@fourmica/contract-gateway';
import { type Address, type Clock, hexToBytes, systemClock } from '@fourmica/core-types';
import { LocalAccountSigner } from '@fourmica/eip712-claims';
import { useFastSecp256k1 } from '@fourmica/eip712-claims/fast';
import { listen, probeOf, RateLimits } from '@fourmica/http-service';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { authConfigOf, openAccessControl } from './access-control.js';
import { ChainHalt } from './chain/chain-halt.js';
import { ChainView } from './chain/chain-view.js';
import { releaseExpiredTabs } from './chain/expiry-release.js';
import { FailoverProvider } from './chain/failover-provider.js';
import { readPaysIncrementally } from './chain/incremental-payment.js';
import { LedgerAuditor } from './chain/ledger-auditor.js';
import { LedgerRepair } from './chain/ledger-repair.js';
import { LedgerSync } from './chain/ledger-sync.js';
import { PaymentRecorder } from './chain/payment-recorder.js';
import { RecordingMonitor } from './chain/recording-monitor.js';
import { ChainWatcher, LEASE_TTL_MS } from './chain/watcher.js';
import {
  type CoreConfig,
  DEFAULT_EARLY_REQUEST_MAX_WAIT_MS,
  DEFAULT_EXPIRY_SAFETY_MARGIN_SECS,
  DEFAULT_MAX_CHAIN_VIEW_AGE_SECS,
  DEFAULT_MAX_LOG_BLOCK_RANGE,
  DEFAULT_MAX_REORG_DEPTH,
  DEFAULT_OPERATOR_MIN_BALANCE,
  DEFAULT_RECORD_ALARM_SECS,
  DEFAULT_RECORD_FEE_BUMP_MS,
  DEFAULT_SCAN_INTERVAL_MS,
  requestLimitsOf,
} from './config/config.js';
import { ContractWatch } from './contract-watch.js';
import { refusal } from './domain/refusal.js';
import { buildApp } from './http/app.js';
import { CertificateSigner } from './issue/certificate-signer.js';
import { GuaranteeIssuer, type IssuingSeams } from './issue/guarantee-issuer.js';
import { Reservations } from './issue/reservations.js';
import { TabOpener } from './issue/tab-opener.js';
import { ReqIdTurns } from './issue/turns.js';
import { createLogger, secretsOf } from './logger.js';
import { CoreMetrics, type IssuingStop } from './metrics.js';
import {
  acceptedVersionsOf,
  certificateVisibilityOf,
  eip712DomainOf,
  issuingPolicyOf,
  publicParametersOf,
  warnOfAnonymousCallers,
} from './settings.js';
import { readCursor } from './store/chain-blocks.js';
import { openDatabase } from './store/database.js';
import { checkInvariants, type InvariantViolation } from './store/invariants.js';
import { claimLedger } from './store/ledger-state.js';
import type { Queries } from './store/schema.js';
import { readLastReqIds } from './store/tabs.js';
import { cachedTokenReader } from './tokens.js';

/** What a core takes from outside besides its settings. */
export interface CoreDeps {
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Default: JSON lines on standard output, secrets removed. */
  readonly logger?: Logger | undefined;
  /** Points at which tests stop the process. */
  readonly issuingSeams?: IssuingSeams | undefined;
}

/** A core that is ready to serve. */
export interface CoreService {
  /** Starts to serve and to follow the chain. Resolves to the base URL. */
  listen(): Promise<string>;
  /** Waits for what is under way, then ends everything. May be called again. */
  close(): Promise<void>;
  /** Checks the ledger's invariants and compares balances with the chain at the watcher's position. */
  checkInvariants(): Promise<readonly InvariantViolation[]>;
}

/** How often the contract's keys, domains and timing are read again, in milliseconds. */
const CONTRACT_REFRESH_MS = 30_000;
/** The longest that a request to an Ethereum node may take, in milliseconds. */
const NODE_TIMEOUT_MS = 15_000;
/** For how long one request lets the ledger be checked, in milliseconds; well below the limit of an answer. */
const LEDGER_CHECK_MS = 20_000;
/** How many looks at the chain pass between two looks of the audit. */
const SCANS_PER_AUDIT = 10;
/** How long one attempt waits for a record transaction and its replacements before it is reported and taken up again. */
const RECORD_RECEIPT_TIMEOUT_MS = 900_000;
const RECORD_FEE_BUMPS = 10;
const RECEIPT_POLLING_MS = 250;

const NO_STOPS = { contract: undefined, reorganisation: undefined, chain_view: undefined };

/** One core of the machine is left for everything else. */
const signingThreads = (): number => Math.max(1, availableParallelism() - 1);

/** Undoes what was opened, last first. */
type Cleanup = () => Promise<void> | void;

/**
 * Opens the ledger, checks node and contract, signs what an earlier process left unsigned, and builds the service.
 *
 * @throws FourMicaError when node, contract, key or database are not what the settings say; nothing stays open.
 */
export async function createCore(config: CoreConfig, deps: CoreDeps = {}): Promise<CoreService> {
  const cleanups: Cleanup[] = [];
  const cleanUp = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const cleanup of cleanups.splice(0).reverse()) {
      try {
        await cleanup();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  try {
    return await assemble(config, deps, cleanups, cleanUp);
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function assemble(
  config: CoreConfig,
  deps: CoreDeps,
  cleanups: Cleanup[],
  cleanUp: () => Promise<void>,
): Promise<CoreService> {
  const clock = deps.clock ?? systemClock;
  const logger = deps.logger ?? createLogger('info', secretsOf(config));
  const { chainId, contractAddress } = config;
  let stops: () => Readonly<Record<IssuingStop, string | undefined>> = () => NO_STOPS;
  const metrics = new CoreMetrics(() => {
    const { contract, reorganisation, chain_view } = stops();
    return {
      contract: contract !== undefined,
      reorganisation: reorganisation !== undefined,
      chain_view: chain_view !== undefined,
    };
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= cleanUp();
    return closing;
  };
  let listeningPort = config.port;
  const auth = authConfigOf(config, () => listeningPort);
  const versions = acceptedVersionsOf(config);
  warnOfAnonymousCallers(config, logger);
  const secretKey = hexToBytes(config.blsSecretKey, 'blsSecretKey');
  const { name: secp256k1 } = await useFastSecp256k1();
  logger.debug({ secp256k1 }, 'payer signatures are recovered with this engine');
  const bls = await loadBls();
  const publicKey = bls.publicKeyOf(secretKey);

  const provider = new FailoverProvider({
    urls: [config.ethereumHttpRpcUrl].flat(),
    chainId,
    logger,
    metrics,
    requestTimeoutMs: NODE_TIMEOUT_MS,
  });
  cleanups.push(() => provider.destroy());
  const gateway = await ContractGateway.connect({
    provider,
    privateKey: config.operatorPrivateKey,
    contractAddress,
    expectedChainId: chainId,
    receipt: { pollingIntervalMs: RECEIPT_POLLING_MS },
  });
  const contract = await ContractWatch.open(gateway, bls, publicKey, versions, logger);
  const paysIncrementally = await readPaysIncrementally(provider, contractAddress);

  const { db, close: closeDatabase } = await openDatabase(config.database, {
    onError: (error) => logger.error({ err: error }, 'the database connection reported an error'),
    onLockLost: (error) => {
      logger.fatal({ err: error }, 'another process took the data directory; the core ends');
      close().catch((cause) => logger.error({ err: cause }, 'ending failed'));
    },
    onQuery: (seconds) => metrics.databaseDuration.observe(seconds),
  });
  cleanups.push(closeDatabase);
  await claimLedger(db, chainId, contractAddress, BigInt(clock.nowMs()));
  const pool = new BlsPool({ threads: signingThreads(), maxWaiting: Number.POSITIVE_INFINITY });
  cleanups.push(() => pool.close());
  const access = await openAccessControl(db, { core: config, auth, clock, provider });

  const policy = () => issuingPolicyOf(config, versions, contract.facts);
  const issuer = new GuaranteeIssuer({
    db,
    policy,
    signer: new CertificateSigner({ db, pool, secretKey, domains: contract.facts.domains }),
    reservations: new Reservations({ db, clock, policy }),
    turns: new ReqIdTurns(
      (tabIds) => readLastReqIds(db, tabIds),
      config.earlyRequestMaxWaitMs ?? DEFAULT_EARLY_REQUEST_MAX_WAIT_MS,
    ),
    domain: eip712DomainOf(config),
    metrics,
    seams: deps.issuingSeams,
  });
  const recovered = await issuer.recover();
  if (recovered > 0) logger.info({ recovered }, 'signed guarantees that an earlier process had reserved');

  const view = new ChainView({
    provider,
    clock,
    readCursor: () => readCursor(db, contractAddress, chainId),
    metrics,
    maxAgeSecs: config.maxChainViewAgeSecs ?? DEFAULT_MAX_CHAIN_VIEW_AGE_SECS,
  });
  const expiry = {
    db,
    clock,
    chainId,
    contractAddress,
    leaseTtlMs: LEASE_TTL_MS,
    safetyMargin: BigInt(config.expirySafetyMarginSecs ?? DEFAULT_EXPIRY_SAFETY_MARGIN_SECS),
    readTabExpirationTime: async () => (await gateway.timing()).tabExpirationTime,
  };
  const scanIntervalMs = config.scanIntervalMs ?? DEFAULT_SCAN_INTERVAL_MS;
  const halt = new ChainHalt({ db, clock, leaseTtlMs: LEASE_TTL_MS, logger });
  const following = {
    db,
    provider,
    chainId,
    contractAddress,
    contractDeployBlock: config.contractDeployBlock,
    confirmation: config.confirmation,
    maxLogBlockRange: config.maxLogBlockRange ?? DEFAULT_MAX_LOG_BLOCK_RANGE,
    maxReorgDepth: config.maxReorgDepth ?? DEFAULT_MAX_REORG_DEPTH,
    leaseTtlMs: LEASE_TTL_MS,
    clock,
    logger,
    paysIncrementally,
  };
  const watcher = new ChainWatcher({
    db,
    halt,
    nodes: provider,
    view,
    logger,
    metrics,
    sync: new LedgerSync(following),
    recorder: new PaymentRecorder({
      db,
      gateway,
      clock,
      logger,
      receiptTimeoutMs: RECORD_RECEIPT_TIMEOUT_MS,
      feeBump: { afterMs: config.recordFeeBumpMs ?? DEFAULT_RECORD_FEE_BUMP_MS, attempts: RECORD_FEE_BUMPS },
      maxFeePerGas: config.recordMaxFeePerGas,
    }),
    recordingMonitor: new RecordingMonitor({
      db,
      clock,
      provider,
      operator: new LocalAccountSigner(config.operatorPrivateKey).address,
      unrecordedAlarmSecs: config.recordAlarmSecs ?? DEFAULT_RECORD_ALARM_SECS,
      minBalance: config.operatorMinBalance ?? DEFAULT_OPERATOR_MIN_BALANCE,
      intervalMs: scanIntervalMs * SCANS_PER_AUDIT,
      metrics,
      logger,
    }),
    auditor: new LedgerAuditor({ db, metrics, logger, intervalMs: scanIntervalMs * SCANS_PER_AUDIT }),
    releaseExpired: (lease) => releaseExpiredTabs(expiry, lease),
    onContractChanged: () => contract.refresh(),
    scanIntervalMs,
  });
  cleanups.push(() => watcher.stop());
  stops = () => ({
    contract: contract.mismatch,
    reorganisation: halt.reason,
    chain_view: view.staleness,
  });
  const stopReason = (): string | undefined => stops().contract ?? stops().reorganisation;

  const onChain = {
    position: async (tx: Queries) => (await readCursor(tx, contractAddress, chainId))?.blockNumber,
    collateral: (user: Address, asset: Address, block: bigint) =>
      gateway.collateral(user, asset, Number(block)),
  };

  const app = buildApp(
    {
      db,
      clock,
      issuer,
      opener: new TabOpener(db, clock, policy, metrics),
      publicParameters: publicParametersOf(config, publicKey, versions, contract.facts),
      certificateVisibility: certificateVisibilityOf(config, paysIncrementally, logger),
      resolveCaller: access.resolveCaller,
      requireAdminRight: access.requireAdminRight,
      checkLedger: (after) => checkInvariants(db, onChain, { after, maxMs: LEDGER_CHECK_MS }),
      ledgerRepair: new LedgerRepair(following),
      authRoutes: access.routes,
      metrics,
      rateLimits: new RateLimits({ ...requestLimitsOf(config) }),
      trustedProxies: config.trustedProxies,
      metricsToken: config.metricsToken,
      corsOrigins: config.corsOrigins ?? [],
      assertMayIssue: async () => {
        const reason = stopReason();
        if (reason !== undefined) throw refusal('ISSUING_STOPPED', `issuing is stopped: ${reason}`);
        await view.assertFresh();
      },
      readTokens: cachedTokenReader(gateway, clock),
      probes: {
        database: probeOf(() => sql`select 1`.execute(db)),
        chain: probeOf(async () => {
          await provider.getBlockNumber();
          if (halt.reason !== undefined) throw new Error(halt.reason);
        }),
        chainView: probeOf(() => view.assertFresh()),
      },
      stopReason,
    },
    logger,
  );
  cleanups.push(() => app.close());

  return {
    listen: async () => {
      await halt.refresh();
      await view.refresh();
      const url = await listen(app, {
        host: config.host,
        port: config.port,
        hostSetting: 'SERVER_HOST',
        portSetting: 'SERVER_PORT',
      });
      const address = app.server.address();
      if (typeof address === 'object' && address !== null) listeningPort = address.port;
      watcher.start();
      const timer = setInterval(() => {
        contract.refresh().catch((error) => logger.error({ err: error }, 'the contract could not be read'));
      }, CONTRACT_REFRESH_MS);
      cleanups.push(() => clearInterval(timer));
      logger.info({ url, chainId: String(chainId), contractAddress }, 'core is serving');
      return url;
    },
    close,
    checkInvariants: async () => (await checkInvariants(db, onChain)).violations,
  };
}
