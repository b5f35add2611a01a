import { parseNetwork, parseStrictJson, resolveNetworkRpcUrl, ValidationError } from '@fourmica/core-types';
import {
  type Environment,
  LOG_LEVELS,
  type LogLevel,
  parseTrustedProxies,
  Settings as SettingsOf,
} from '@fourmica/http-service';
import { type ParsedFacilitatorConfig, parseFacilitatorConfig } from './config.js';
import { FACILITATOR_SETTINGS, type FacilitatorSetting } from './descriptions.js';

type Settings = SettingsOf<FacilitatorSetting>;
type RawNetwork = Readonly<Record<string, unknown>>;

const DEFAULT_NETWORK = 'eip155:11155111';
const PORTS = { min: 0, max: 65_535 };
const PER_MINUTE = { min: 0, max: 1_000_000_000 };
const MILLISECONDS = { min: 1, max: 3_600_000 };

/** Settings of other facilitators that would change what is trusted or paid; ignoring them silently would mislead. */
const UNSUPPORTED = [
  'X402_GUARANTEE_DOMAIN',
  'FOUR_MICA_GUARANTEE_DOMAIN',
  'X402_DEBIT_URL',
  'X402_CONFIG_PATH',
] as const;

/**
 * Reads the settings of a facilitator from environment variables.
 *
 * @throws ValidationError naming the variable that is missing, malformed or not supported.
 */
export function facilitatorConfigFromEnv(env: Environment): ParsedFacilitatorConfig {
  const settings = new SettingsOf(FACILITATOR_SETTINGS, env);
  for (const name of UNSUPPORTED) {
    if (settings.optional(name) !== undefined) {
      throw new ValidationError(name, '(hidden)', `no value: ${FACILITATOR_SETTINGS[name].meaning}`);
    }
  }
  return parseFacilitatorConfig({
    host: settings.optional('HOST') ?? '0.0.0.0',
    port: settings.integer('PORT', PORTS) ?? 8080,
    networks: networksOf(settings),
    apiKeys: settings.list('FACILITATOR_API_KEYS'),
    assetAddress: settings.optional('ASSET_ADDRESS'),
    certificateVisibility: settings.oneOf('CERTIFICATE_VISIBILITY', ['auto', 'strict', 'open'], 'auto'),
    scheme: settings.optional('X402_SCHEME'),
    coreTimeoutMs: settings.integer('X402_CORE_TIMEOUT_MS', MILLISECONDS),
    refreshIntervalMs: settings.integer('X402_REFRESH_INTERVAL_MS', MILLISECONDS),
    trustedProxies: parseTrustedProxies(settings.optional('TRUST_PROXY')),
    rateLimits: {
      address: settings.integer('RATE_LIMIT_ADDRESS', PER_MINUTE),
      key: settings.integer('RATE_LIMIT_KEY', PER_MINUTE),
    },
    corsOrigins: settings.origins('CORS_ORIGINS'),
    metricsToken: settings.optional('METRICS_TOKEN'),
  });
}

/**
 * Reads how much a facilitator logs.
 *
 * @throws ValidationError
 */
export const logLevelFromEnv = (env: Environment): LogLevel =>
  new SettingsOf(FACILITATOR_SETTINGS, env).oneOf('LOG_LEVEL', LOG_LEVELS, 'info');

function networksOf(settings: Settings): readonly RawNetwork[] {
  const auth = authDefaults(settings);
  const list = settings.optional('X402_NETWORKS');
  if (list !== undefined) {
    const networks = parseStrictJson(list, 'X402_NETWORKS');
    if (Array.isArray(networks) && networks.length > 0)
      return networks.map((network) => ({ ...auth, ...network }));
    throw new ValidationError('X402_NETWORKS', '(hidden)', 'a JSON array with at least one network');
  }
  const network = parseNetwork(settings.optional('X402_NETWORK') ?? DEFAULT_NETWORK, 'X402_NETWORK');
  const coreApiUrl = settings.optional('X402_CORE_API_URL') ?? resolveNetworkRpcUrl(network);
  if (coreApiUrl === undefined) {
    throw new ValidationError(
      'X402_CORE_API_URL',
      undefined,
      `the URL of the core of ${network}, which is not a known one`,
    );
  }
  return [{ ...auth, network, coreApiUrl, rpcUrl: settings.optional('X402_RPC_URL') }];
}

function authDefaults(settings: Settings): RawNetwork {
  const key = settings.optional('X402_AUTH_WALLET_PRIVATE_KEY');
  const url = settings.optional('X402_AUTH_URL');
  const margin = settings.integer('X402_AUTH_REFRESH_MARGIN_SECS', { min: 0, max: 86_400 });
  return {
    ...(key === undefined ? {} : { authWalletPrivateKey: key }),
    ...(url === undefined ? {} : { authUrl: url }),
    ...(margin === undefined ? {} : { authRefreshMarginSecs: margin }),
  };
}
