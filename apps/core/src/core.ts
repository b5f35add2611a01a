import { loadBls } from '@fourmica/bls-cert';
import { ContractGateway } from '@fourmica/contract-gateway';
import {
  type Clock,
  type CorePublicParameters,
  type Eip712Domain,
  FourMicaError,
  type GuaranteeVersion,
  hexToBytes,
  systemClock,
  VALIDATION_HASH_CANONICALIZATION_VERSION,
} from '@fourmica/core-types';
import type { Logger } from 'pino';
import { ChainView } from './chain/chain-view.js';
import { type ContractFacts, readContractFacts } from './chain/contract-facts.js';
import { releaseExpiredTabs } from './chain/expiry-release.js';
import { LedgerSync } from './chain/ledger-sync.js';
import { PaymentRecorder } from './chain/payment-recorder.js';
import { ChainWatcher, LEASE_TTL_MS } from './chain/watcher.js';
import {
  type CoreConfig,
  DEFAULT_CLOCK_TOLERANCE_SECS,
  DEFAULT_EIP712_NAME,
  DEFAULT_EIP712_VERSION,
  DEFAULT_EXPIRY_SAFETY_MARGIN_SECS,
  DEFAULT_MAX_CHAIN_VIEW_AGE_SECS,
  DEFAULT_MAX_LOG_BLOCK_RANGE,
  DEFAULT_SCAN_INTERVAL_MS,
} from './config/config.js';
import type { IssuingPolicy } from './domain/guarantee.js';
import { refusal } from './domain/refusal.js';
import { buildApp } from './http/app.js';
import { ANONYMOUS } from './http/caller.js';
import { CertificateSigner } from './issue/certificate-signer.js';
import { GuaranteeIssuer, type IssuingSeams } from './issue/guarantee-issuer.js';
import { TabOpener } from './issue/tab-opener.js';
import { ReqIdTurns } from './issue/turns.js';
import { createLogger } from './logger.js';
import { readCursor } from './store/cursors.js';
import { type Database, openDatabase } from './store/database.js';
import { checkInvariants, type InvariantViolation } from './store/invariants.js';
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
  checkInvariants(): Promise<InvariantViolation[]>;
}

/** How often the contract's keys, domains and timing are read again, in milliseconds. */
const FACTS_REFRESH_MS = 30_000;
const RECORD_RECEIPT_TIMEOUT_MS = 45_000;

/**
 * Opens the ledger, checks node and contract, signs what an earlier process left unsigned, and builds the service.
 *
 * @throws FourMicaError when node, contract, key or database are not what the settings say; nothing stays open.
 */
export async function createCore(config: CoreConfig, deps: CoreDeps = {}): Promise<CoreService> {
  const clock = deps.clock ?? systemClock;
  const logger = deps.logger ?? createLogger();
  assertAuthAvailable(config);
  const versions = acceptedVersions(config);
  const secretKey = hexToBytes(config.blsSecretKey, 'blsSecretKey');
  const bls = await loadBls();
  const publicKey = bls.publicKeyOf(secretKey);
  const gateway = await ContractGateway.connect({
    rpcUrl: config.ethereumHttpRpcUrl,
    privateKey: config.operatorPrivateKey,
    contractAddress: config.contractAddress,
    expectedChainId: config.chainId,
    receipt: { pollingIntervalMs: 250 },
  });
  let database: Database | undefined;
  try {
    let facts = await readContractFacts(gateway, bls, publicKey, versions);
    const paysIncrementally = await gateway.paysIncrementally();
    database = await openDatabase(config.database, {
      onError: (error) => logger.error({ err: error }, 'the database connection reported an error'),
    });
    const { db } = database;

    let stopped: { readonly reason: string } | undefined;
    const refreshFacts = async (): Promise<void> => {
      try {
        facts = await readContractFacts(gateway, bls, publicKey, versions);
        stopped = undefined;
      } catch (error) {
        if (!isContractMismatch(error)) throw error;
        stopped = { reason: error.message };
        logger.fatal({ err: error }, 'the contract no longer accepts our certificates; issuing is stopped');
      }
    };
    const policy = (): IssuingPolicy => policyOf(config, versions, facts);
    const domain = eip712Domain(config);
    const signer = new CertificateSigner(secretKey, facts.domains);
    const turns = new ReqIdTurns((tabIds) => readLastReqIds(db, tabIds));
    const seams = deps.issuingSeams;
    const issuer = new GuaranteeIssuer({ db, clock, signer, turns, domain, policy, seams });
    const view = new ChainView({
      provider: gateway.provider,
      clock,
      readCursor: () => readCursor(db, config.contractAddress, config.chainId),
      maxAgeSecs: config.maxChainViewAgeSecs ?? DEFAULT_MAX_CHAIN_VIEW_AGE_SECS,
    });
    const sync = new LedgerSync({
      db,
      provider: gateway.provider,
      chainId: config.chainId,
      contractAddress: config.contractAddress,
      contractDeployBlock: config.contractDeployBlock,
      confirmation: config.confirmation,
      maxLogBlockRange: config.maxLogBlockRange ?? DEFAULT_MAX_LOG_BLOCK_RANGE,
      leaseTtlMs: LEASE_TTL_MS,
      clock,
      logger,
      paysIncrementally: () => gateway.paysIncrementally(),
    });
    const recorder = new PaymentRecorder({
      db,
      gateway,
      clock,
      logger,
      receiptTimeoutMs: RECORD_RECEIPT_TIMEOUT_MS,
    });
    const watcher = new ChainWatcher({
      db,
      sync,
      recorder,
      releaseExpired: (lease) =>
        releaseExpiredTabs(
          {
            db,
            clock,
            chainId: config.chainId,
            contractAddress: config.contractAddress,
            leaseTtlMs: LEASE_TTL_MS,
            safetyMargin: BigInt(config.expirySafetyMarginSecs ?? DEFAULT_EXPIRY_SAFETY_MARGIN_SECS),
            readTabExpirationTime: async () => (await gateway.timing()).tabExpirationTime,
          },
          lease,
        ),
      view,
      onContractChanged: refreshFacts,
      scanIntervalMs: config.scanIntervalMs ?? DEFAULT_SCAN_INTERVAL_MS,
      logger,
    });
    const recovered = await issuer.recover();
    if (recovered > 0) logger.info({ recovered }, 'signed guarantees that an earlier process had reserved');

    const app = buildApp(
      {
        db,
        clock,
        opener: new TabOpener(db, clock, policy),
        issuer,
        publicParameters: publicParametersOf(config, publicKey, versions, facts),
        certificateVisibility: visibilityOf(config, paysIncrementally, logger),
        resolveCaller: async () => ANONYMOUS,
        assertMayIssue: async () => {
          const halted = watcher.haltedBy;
          const reason = stopped?.reason ?? halted?.message;
          if (reason !== undefined) throw refusal('ISSUING_STOPPED', `issuing is stopped: ${reason}`);
          await view.assertFresh();
        },
        readTokens: cachedTokenReader(gateway, clock),
        checkChain: async () => {
          await gateway.provider.getBlockNumber();
          if (watcher.haltedBy !== undefined) throw watcher.haltedBy;
        },
      },
      logger,
    );
    const openedDatabase = database;
    let factsTimer: ReturnType<typeof setInterval> | undefined;
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      clearInterval(factsTimer);
      await app.close();
      await watcher.stop();
      gateway.close();
      await openedDatabase.close();
    };
    return {
      listen: async () => {
        await view.refresh();
        const url = await app.listen({ host: config.host, port: config.port });
        watcher.start();
        factsTimer = setInterval(() => {
          refreshFacts().catch((error) => logger.error({ err: error }, 'the contract could not be read'));
        }, FACTS_REFRESH_MS);
        logger.info(
          { url, chainId: String(config.chainId), contract: config.contractAddress },
          'core is serving',
        );
        return url;
      },
      close: () => {
        closing ??= close();
        return closing;
      },
      checkInvariants: async () => {
        const cursor = await readCursor(db, config.contractAddress, config.chainId);
        if (cursor === undefined) return checkInvariants(db);
        const at = Number(cursor.blockNumber);
        return checkInvariants(db, (user, asset) => gateway.collateral(user, asset, at));
      },
    };
  } catch (error) {
    gateway.close();
    await database?.close();
    throw error;
  }
}

const CONTRACT_MISMATCHES = ['GUARANTEE_VERSION_DISABLED', 'BLS_KEY_MISMATCH', 'GUARANTEE_DOMAIN_MISMATCH'];

const isContractMismatch = (error: unknown): error is FourMicaError =>
  error instanceof FourMicaError && CONTRACT_MISMATCHES.includes(error.code);

function assertAuthAvailable(config: CoreConfig): void {
  if (config.authMode === 'optional') return;
  throw new FourMicaError(
    'AUTH_NOT_AVAILABLE',
    'AUTH_MODE: this release serves only AUTH_MODE=optional, which is for local networks',
    { authMode: config.authMode },
  );
}

function acceptedVersions(config: CoreConfig): readonly GuaranteeVersion[] {
  const versions = [...(config.acceptedGuaranteeVersions ?? [1])].sort((a, b) => a - b);
  const known = versions.filter((version): version is GuaranteeVersion => version === 1 || version === 2);
  if (known.length === versions.length && known.length > 0) return known;
  throw new FourMicaError(
    'GUARANTEE_VERSIONS_INVALID',
    `acceptedGuaranteeVersions: expected some of 1 and 2, got ${versions.join(', ') || 'none'}`,
    { versions },
  );
}

const policyOf = (
  config: CoreConfig,
  versions: readonly GuaranteeVersion[],
  facts: ContractFacts,
): IssuingPolicy => ({
  chainId: config.chainId,
  acceptedVersions: versions,
  trustedValidationRegistries: config.trustedValidationRegistries ?? [],
  clockToleranceSeconds: BigInt(config.clockToleranceSecs ?? DEFAULT_CLOCK_TOLERANCE_SECS),
  maxTtlSeconds: facts.tabExpirationTime,
});

const eip712Domain = (config: CoreConfig): Eip712Domain => ({
  name: config.eip712Name ?? DEFAULT_EIP712_NAME,
  version: config.eip712Version ?? DEFAULT_EIP712_VERSION,
  chainId: config.chainId,
});

function publicParametersOf(
  config: CoreConfig,
  publicKey: Uint8Array,
  versions: readonly GuaranteeVersion[],
  facts: ContractFacts,
): CorePublicParameters {
  const max = versions[versions.length - 1] ?? 1;
  const { name, version } = eip712Domain(config);
  return {
    publicKey,
    contractAddress: config.contractAddress,
    ethereumHttpRpcUrl: config.publicEthereumHttpRpcUrl,
    eip712Name: name,
    eip712Version: version,
    chainId: config.chainId,
    maxAcceptedGuaranteeVersion: max,
    acceptedGuaranteeVersions: versions,
    activeGuaranteeDomainSeparator: facts.domains.get(max),
    trustedValidationRegistries: config.trustedValidationRegistries ?? [],
    validationHashCanonicalizationVersion: VALIDATION_HASH_CANONICALIZATION_VERSION,
  };
}

function visibilityOf(config: CoreConfig, paysIncrementally: boolean, logger: Logger): 'strict' | 'open' {
  const { certificateVisibility } = config;
  if (certificateVisibility === 'auto') return paysIncrementally ? 'open' : 'strict';
  if (certificateVisibility === 'open' && !paysIncrementally) {
    logger.warn(
      'CERTIFICATE_VISIBILITY=open on a contract that pays a tab only once: a payer can close its tab with an early certificate',
    );
  }
  return certificateVisibility;
}
