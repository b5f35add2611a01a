import { ConfigError } from '../errors.js';

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings that can come from the environment. */
export interface EnvironmentSettings {
  readonly walletPrivateKey?: string;
  readonly network?: string;
  readonly rpcUrl?: string;
  readonly ethereumHttpRpcUrl?: string;
  readonly contractAddress?: string;
  readonly bearerToken?: string;
  readonly authUrl?: string;
  readonly authRefreshMarginSecs?: string;
  readonly adminApiKey?: string;
}

/** Last part of the variable of each setting; `4MICA_` and `FOURMICA_` are equal in front of it. */
export const ENVIRONMENT_NAMES = {
  walletPrivateKey: 'WALLET_PRIVATE_KEY',
  network: 'NETWORK',
  rpcUrl: 'RPC_URL',
  ethereumHttpRpcUrl: 'ETHEREUM_HTTP_RPC_URL',
  contractAddress: 'CONTRACT_ADDRESS',
  bearerToken: 'BEARER_TOKEN',
  authUrl: 'AUTH_URL',
  authRefreshMarginSecs: 'AUTH_REFRESH_MARGIN_SECS',
  adminApiKey: 'ADMIN_API_KEY',
} as const satisfies Record<keyof EnvironmentSettings, string>;

/**
 * Reads the settings from environment variables. Empty and blank values count as not set.
 *
 * @throws ConfigError `CONFIG_CONFLICT` when `4MICA_X` and `FOURMICA_X` are set to different values.
 */
export const readEnvironment = (environment: Environment): EnvironmentSettings =>
  Object.fromEntries(
    Object.entries(ENVIRONMENT_NAMES).flatMap(([setting, name]) => {
      const value = readVariable(environment, name);
      return value === undefined ? [] : [[setting, value]];
    }),
  );

function readVariable(environment: Environment, name: string): string | undefined {
  const [primary, alias] = [`4MICA_${name}`, `FOURMICA_${name}`].map((variable) => {
    const value = environment[variable]?.trim();
    return value === '' ? undefined : value;
  });
  if (primary !== undefined && alias !== undefined && primary !== alias) {
    throw new ConfigError(
      'CONFIG_CONFLICT',
      `4MICA_${name} and FOURMICA_${name} are set to different values; they mean the same, so set one of them`,
      { field: `4MICA_${name}` },
    );
  }
  return primary ?? alias;
}

/** The environment of the process, or nothing where there is no process, as in browsers. */
export function processEnvironment(): Environment {
  const { process } = globalThis as { process?: { env?: Environment } };
  return process?.env ?? {};
}
