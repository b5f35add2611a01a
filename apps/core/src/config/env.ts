import {
  type Address,
  parseAddress,
  parseU64,
  VALIDATION_HASH_CANONICALIZATION_VERSION,
  ValidationError,
} from '@fourmica/core-types';
import type { AuthSettings } from '../auth/index.js';
import type { DatabaseConfig } from '../store/database.js';
import type { CertificateVisibility, Confirmation, CoreConfig } from './config.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads settings by name; a setting may also carry the prefix `FOURMICA_` or `4MICA_`. */
class Settings {
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** Returns undefined when the setting is absent or empty. */
  optional(name: string): string | undefined {
    const given = [name, `FOURMICA_${name}`, `4MICA_${name}`].flatMap((key) => this.#env[key]?.trim() || []);
    if (new Set(given).size > 1) {
      throw new ValidationError(
        name,
        '(hidden)',
        `one value, but ${name} is set differently under two names`,
      );
    }
    return given[0];
  }

  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw new ValidationError(name, undefined, 'a value in the environment');
    return value;
  }

  integer(name: string, bounds: { min: number; max: number }): number | undefined {
    const text = this.optional(name);
    if (text === undefined) return undefined;
    const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= bounds.min && value <= bounds.max) return value;
    throw new ValidationError(name, text, `an integer from ${bounds.min} to ${bounds.max}`);
  }

  oneOf<Value extends string>(name: string, values: readonly Value[], fallback: Value): Value {
    const text = this.optional(name);
    if (text === undefined) return fallback;
    const value = values.find((candidate) => candidate === text.toLowerCase());
    if (value === undefined) throw new ValidationError(name, text, values.join(' or '));
    return value;
  }

  list(name: string): string[] {
    return (this.optional(name) ?? '').split(',').flatMap((item) => item.trim() || []);
  }

  /** A secret of 32 bytes; the message of an error never repeats it. */
  secret32(name: string): string {
    const text = this.required(name);
    if (/^(?:0x)?[0-9a-f]{64}$/i.test(text)) return text;
    throw new ValidationError(name, '(hidden)', '32 bytes as 64 hex digits');
  }
}

const PORTS = { min: 0, max: 65_535 };
const SECONDS = { min: 0, max: 1_000_000_000 };
const POSITIVE_SECONDS = { min: 1, max: 1_000_000_000 };
const BLOCKS = { min: 0, max: 1_000_000_000 };

/**
 * Reads the settings of a core from environment variables.
 *
 * @throws ValidationError naming the variable that is missing or malformed.
 */
export function coreConfigFromEnv(env: Environment): CoreConfig {
  const settings = new Settings(env);
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
  return {
    host: settings.optional('SERVER_HOST') ?? '127.0.0.1',
    port: settings.integer('SERVER_PORT', PORTS) ?? 3000,
    chainId: parseU64(settings.optional('ETHEREUM_CHAIN_ID') ?? '1', 'ETHEREUM_CHAIN_ID'),
    ethereumHttpRpcUrl: httpUrls(settings, 'ETHEREUM_HTTP_RPC_URL'),
    publicEthereumHttpRpcUrl: settings.optional('PUBLIC_ETHEREUM_HTTP_RPC_URL'),
    contractAddress: parseAddress(
      settings.required('ETHEREUM_CONTRACT_ADDRESS'),
      'ETHEREUM_CONTRACT_ADDRESS',
    ),
    contractDeployBlock: deployBlock(settings),
    operatorPrivateKey: settings.secret32('ETHEREUM_PRIVATE_KEY'),
    blsSecretKey: settings.secret32('BLS_PRIVATE_KEY'),
    eip712Name: settings.optional('EIP712_NAME'),
    eip712Version: settings.optional('EIP712_VERSION'),
    acceptedGuaranteeVersions,
    trustedValidationRegistries: trustedRegistries(settings, acceptedGuaranteeVersions),
    authMode,
    auth: authSettings(settings, authMode),
    facilitatorAddresses: addresses(settings, 'AUTH_FACILITATOR_ADDRESSES'),
    adminAddresses: addresses(settings, 'AUTH_ADMIN_ADDRESSES'),
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
    earlyRequestMaxWaitMs: settings.integer('EARLY_REQUEST_MAX_WAIT_MS', { min: 0, max: 20_000 }),
    expirySafetyMarginSecs: settings.integer('EXPIRY_SAFETY_MARGIN_SECS', SECONDS),
    corsOrigins: corsOrigins(settings),
    metricsToken: settings.optional('METRICS_TOKEN'),
    maxLogBlockRange: settings.integer('ETHEREUM_MAX_LOG_BLOCK_RANGE', { min: 1, max: 100_000 }),
    maxReorgDepth: settings.integer('MAX_REORG_DEPTH', { min: 0, max: 10_000 }),
  };
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

function httpUrls(settings: Settings, name: string): string[] {
  const urls = settings.list(name);
  const areHttp = urls.every((text) => /^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : ''));
  if (urls.length > 0 && areHttp) return urls;
  const given = urls.length === 0 ? undefined : '(hidden, it may hold a key)';
  throw new ValidationError(name, given, 'an http or https URL, or several with commas between them');
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

function corsOrigins(settings: Settings): string[] {
  const name = 'CORS_ORIGINS';
  return settings.list(name).map((text) => {
    if (text === '*' || (URL.canParse(text) && new URL(text).origin === text)) return text;
    throw new ValidationError(name, text, 'origins such as https://app.example, or *');
  });
}

const addresses = (settings: Settings, name: string): Address[] =>
  settings.list(name).map((text) => parseAddress(text, name));

function trustedRegistries(settings: Settings, versions: readonly number[]): Address[] {
  const name = 'TRUSTED_VALIDATION_REGISTRIES';
  const registries = addresses(settings, name);
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
