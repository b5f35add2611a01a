import {
  type Address,
  isLocalChain,
  parseAddress,
  parseU64,
  VALIDATION_HASH_CANONICALIZATION_VERSION,
  ValidationError,
} from '@fourmica/core-types';
import {
  type Environment,
  LOG_LEVELS,
  type LogLevel,
  parseTrustedProxies,
  Settings as SettingsOf,
} from '@fourmica/http-service';
import { parseUnits } from 'ethers';
import type { AuthSettings } from '../auth/index.js';
import type { DatabaseConfig } from '../store/database.js';
import type { CertificateVisibility, Confirmation, CoreConfig, RequestLimits } from './config.js';
import { CORE_SETTINGS, type CoreSetting } from './descriptions.js';

type Settings = SettingsOf<CoreSetting>;

const PORTS = { min: 0, max: 65_535 };
const SECONDS = { min: 0, max: 1_000_000_000 };
const POSITIVE_SECONDS = { min: 1, max: 1_000_000_000 };
const BLOCKS = { min: 0, max: 1_000_000_000 };
const PER_MINUTE = { min: 0, max: 1_000_000_000 };
const MIN_DIFFERENT_BYTES = 8;

/**
 * Reads the settings of a core from environment variables.
 *
 * @throws ValidationError naming the variable that is missing or malformed.
 */
export function coreConfigFromEnv(env: Environment): CoreConfig {
  const settings = new SettingsOf(CORE_SETTINGS, env);
  const canonicalization = settings.optional('VALIDATION_HASH_CANONICALIZATION_VERSION');
  if (canonicalization !== undefined && canonicalization !== VALIDATION_HASH_CANONICALIZATION_VERSION) {
    throw new ValidationError(
      'VALIDATION_HASH_CANONICALIZATION_VERSION',
      canonicalization,
      VALIDATION_HASH_CANONICALIZATION_VERSION,
    );
  }
  const acceptedGuaranteeVersions = acceptedVersions(settings);
  const authMode = settings.oneOf('AUTH_MODE', ['required', 'optional'], 'required');
  const chainId = parseU64(settings.optional('ETHEREUM_CHAIN_ID') ?? '1', 'ETHEREUM_CHAIN_ID');
  return {
    host: settings.optional('SERVER_HOST') ?? '127.0.0.1',
    port: settings.integer('SERVER_PORT', PORTS) ?? 3000,
    chainId,
    ethereumHttpRpcUrl: settings.httpUrls('ETHEREUM_HTTP_RPC_URL'),
    publicEthereumHttpRpcUrl: settings.optionalHttpUrl('PUBLIC_ETHEREUM_HTTP_RPC_URL'),
    contractAddress: parseAddress(
      settings.required('ETHEREUM_CONTRACT_ADDRESS'),
      'ETHEREUM_CONTRACT_ADDRESS',
    ),
    contractDeployBlock: deployBlock(settings),
    operatorPrivateKey: privateKey(settings, 'ETHEREUM_PRIVATE_KEY', chainId),
    blsSecretKey: privateKey(settings, 'BLS_PRIVATE_KEY', chainId),
    eip712Name: settings.optional('EIP712_NAME'),
    eip712Version: settings.optional('EIP712_VERSION'),
    acceptedGuaranteeVersions,
    trustedValidationRegistries: trustedRegistries(settings, acceptedGuaranteeVersions),
    authMode,
    auth: authSettings(settings, authMode),
    facilitatorAddresses: settings.addresses('AUTH_FACILITATOR_ADDRESSES'),
    adminAddresses: settings.addresses('AUTH_ADMIN_ADDRESSES'),
    adminSeedKey: settings.optional('CORE_ADMIN_SEED_KEY'),
    database: databaseConfig(settings),
    confirmation: confirmation(settings),
    scanIntervalMs: settings.integer('CHAIN_SCAN_INTERVAL_MS', { min: 50, max: 600_000 }),
    certificateVisibility: settings.oneOf<CertificateVisibility>(
      'CERTIFICATE_VISIBILITY',
      ['auto', 'strict', 'open'],
      'auto',
    ),
    maxChainViewAgeSecs: settings.integer('MAX_CHAIN_VIEW_AGE_SECS', POSITIVE_SECONDS),
    clockToleranceSecs: settings.integer('CLAIMS_CLOCK_TOLERANCE_SECS', { min: 0, max: 300 }),
    firstClaimsMaxAgeSecs: settings.integer('FIRST_CLAIMS_MAX_AGE_SECS', POSITIVE_SECONDS),
    earlyRequestMaxWaitMs: settings.integer('EARLY_REQUEST_MAX_WAIT_MS', { min: 0, max: 20_000 }),
    expirySafetyMarginSecs: settings.integer('EXPIRY_SAFETY_MARGIN_SECS', SECONDS),
    trustedProxies: parseTrustedProxies(settings.optional('TRUST_PROXY')),
    rateLimits: rateLimits(settings),
    corsOrigins: settings.origins('CORS_ORIGINS'),
    metricsToken: metricsToken(settings),
    maxLogBlockRange: settings.integer('ETHEREUM_MAX_LOG_BLOCK_RANGE', { min: 1, max: 100_000 }),
    maxReorgDepth: settings.integer('MAX_REORG_DEPTH', { min: 0, max: 10_000 }),
    ...recording(settings),
  };
}

/**
 * Reads how much a core logs.
 *
 * @throws ValidationError
 */
export const logLevelFromEnv = (env: Environment): LogLevel =>
  new SettingsOf(CORE_SETTINGS, env).oneOf('LOG_LEVEL', LOG_LEVELS, 'info');

/** A key whose bytes repeat is one that everybody can guess; only a development chain may use it. */
function privateKey(
  settings: Settings,
  name: 'ETHEREUM_PRIVATE_KEY' | 'BLS_PRIVATE_KEY',
  chainId: bigint,
): string {
  const key = settings.secret32(name);
  const bytes = new Set(key.replace(/^0x/i, '').toLowerCase().match(/../g));
  if (bytes.size >= MIN_DIFFERENT_BYTES || isLocalChain(chainId)) return key;
  throw new ValidationError(name, '(hidden)', '32 random bytes; this key can be guessed');
}

function rateLimits(settings: Settings): Partial<RequestLimits> {
  const limits = {
    login: settings.integer('RATE_LIMIT_LOGIN', PER_MINUTE),
    address: settings.integer('RATE_LIMIT_ADDRESS', PER_MINUTE),
    wallet: settings.integer('RATE_LIMIT_WALLET', PER_MINUTE),
    facilitator: settings.integer('RATE_LIMIT_FACILITATOR', PER_MINUTE),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}

function recording(
  settings: Settings,
): Pick<CoreConfig, 'recordFeeBumpMs' | 'recordMaxFeePerGas' | 'recordAlarmSecs' | 'operatorMinBalance'> {
  const feeBumpSecs = settings.integer('RECORD_FEE_BUMP_SECS', { min: 1, max: 86_400 });
  return {
    recordFeeBumpMs: feeBumpSecs === undefined ? undefined : feeBumpSecs * 1000,
    recordMaxFeePerGas: decimal(settings, 'RECORD_MAX_FEE_GWEI', 'gwei'),
    recordAlarmSecs: settings.integer('RECORD_ALARM_SECS', POSITIVE_SECONDS),
    operatorMinBalance: decimal(settings, 'OPERATOR_MIN_BALANCE_ETH', 'ether'),
  };
}

/** Reads an amount with decimals as wei. */
function decimal(
  settings: Settings,
  name: 'RECORD_MAX_FEE_GWEI' | 'OPERATOR_MIN_BALANCE_ETH',
  unit: 'gwei' | 'ether',
): bigint | undefined {
  const text = settings.optional(name);
  if (text === undefined) return undefined;
  const digits = unit === 'gwei' ? 9 : 18;
  if (new RegExp(`^[0-9]{1,9}([.][0-9]{1,${digits}})?$`).test(text)) return parseUnits(text, digits);
  throw new ValidationError(name, text, `a decimal number of ${unit}, such as 0.5`);
}

function metricsToken(settings: Settings): string | undefined {
  const token = settings.optional('METRICS_TOKEN');
  if (token === undefined || /^[\x21-\x7e]{16,}$/.test(token)) return token;
  throw new ValidationError('METRICS_TOKEN', '(hidden)', 'at least 16 characters, without blanks');
}

function deployBlock(settings: Settings): number {
  const block = settings.integer('CONTRACT_DEPLOY_BLOCK', BLOCKS);
  if (block !== undefined) return block;
  throw new ValidationError(
    'CONTRACT_DEPLOY_BLOCK',
    undefined,
    'the block in which the contract was deployed; deposits before it would be unknown',
  );
}

function acceptedVersions(settings: Settings): number[] {
  const max = settings.integer('GUARANTEE_REQUEST_VERSION', { min: 1, max: 2 }) ?? 1;
  const name = 'GUARANTEE_ACCEPTED_REQUEST_VERSIONS';
  const listed = settings.list(name).map((text) => {
    if (text === '1' || text === '2') return Number(text);
    throw new ValidationError(name, text, 'a list of 1 and 2');
  });
  const versions = listed.length > 0 ? [...new Set(listed)].sort() : max === 2 ? [1, 2] : [1];
  if (versions.includes(max) && versions.every((version) => version <= max)) return versions;
  throw new ValidationError(
    name,
    listed.join(','),
    `versions up to GUARANTEE_REQUEST_VERSION (${max}), with it`,
  );
}

function trustedRegistries(settings: Settings, versions: readonly number[]): Address[] {
  const name = 'TRUSTED_VALIDATION_REGISTRIES';
  const registries = settings.addresses(name);
  if (versions.includes(2) && registries.length === 0) {
    throw new ValidationError(name, undefined, 'at least one registry when guarantee version 2 is accepted');
  }
  return registries;
}

function authSettings(settings: Settings, mode: 'required' | 'optional'): AuthSettings {
  const name = 'AUTH_JWT_SECRET';
  const defaultScopes = settings.list('AUTH_DEFAULT_SCOPES');
  return {
    jwtSecret: mode === 'required' ? settings.required(name) : settings.optional(name),
    jwtIssuer: settings.optional('AUTH_JWT_ISSUER'),
    jwtAudience: settings.optional('AUTH_JWT_AUDIENCE'),
    accessTtlSecs: settings.integer('AUTH_ACCESS_TTL_SECS', POSITIVE_SECONDS),
    refreshTtlSecs: settings.integer('AUTH_REFRESH_TTL_SECS', POSITIVE_SECONDS),
    nonceTtlSecs: settings.integer('AUTH_NONCE_TTL_SECS', POSITIVE_SECONDS),
    siweDomain: settings.optional('AUTH_SIWE_DOMAIN'),
    siweUri: settings.optional('AUTH_SIWE_URI'),
    siweStatement: settings.optional('AUTH_SIWE_STATEMENT'),
    defaultScopes: defaultScopes.length > 0 ? defaultScopes : undefined,
    nonceLimitPerAddress: settings.integer('AUTH_NONCE_LIMIT_PER_ADDRESS', { min: 1, max: 1_000_000 }),
    nonceLimitPerClient: settings.integer('AUTH_NONCE_LIMIT_PER_CLIENT', { min: 1, max: 1_000_000 }),
  };
}

function databaseConfig(settings: Settings): DatabaseConfig {
  const url = settings.optional('DATABASE_URL');
  const dataDir = settings.optional('CORE_DATA_DIR');
  if (url === undefined) return { kind: 'pglite', dataDir: dataDir ?? './4mica-core-data' };
  if (dataDir !== undefined) {
    throw new ValidationError('CORE_DATA_DIR', dataDir, 'to be absent when DATABASE_URL is set');
  }
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined;
  if (protocol !== 'postgres:' && protocol !== 'postgresql:') {
    throw new ValidationError('DATABASE_URL', '(hidden)', 'a postgres:// URL');
  }
  return {
    kind: 'postgres',
    url,
    maxConnections: settings.integer('DATABASE_MAX_CONNECTIONS', { min: 2, max: 1_000 }),
  };
}

function confirmation(settings: Settings): Confirmation {
  const mode = settings.oneOf('CONFIRMATION_MODE', ['finalized', 'safe', 'depth'], 'finalized');
  const finalizedHeadDepth = settings.integer('FINALIZED_HEAD_DEPTH', BLOCKS) ?? 0;
  if (finalizedHeadDepth > 0) return { mode: 'depth', depth: finalizedHeadDepth };
  if (mode !== 'depth') return { mode };
  return { mode, depth: settings.integer('NUMBER_OF_BLOCKS_TO_CONFIRM', BLOCKS) ?? 20 };
}
