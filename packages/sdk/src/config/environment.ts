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
 * Reads the settings from environment variables. Empty and blank values count as not set. Names that belong to other
 * programs of the network are left alone.
 *
 * @throws ConfigError `CONFIG_CONFLICT` when `4MICA_X` and `FOURMICA_X` are set to different values, `CONFIG_INVALID` for a
 * name that looks like a misspelt one.
 */
export function readEnvironment(environment: Environment): EnvironmentSettings {
  for (const name of Object.keys(environment)) refuseMisspelt(name);
  return Object.fromEntries(
    Object.entries(ENVIRONMENT_NAMES).flatMap(([setting, name]) => {
      const value = readVariable(environment, name);
      return value === undefined ? [] : [[setting, value]];
    }),
  );
}

const PREFIX = /^(?:4|FOUR)_?MICA_/i;
const MOST_SLIPS = 2;

/** A misspelt name would pass unnoticed, and the client go to the default network, or without a wallet. */
function refuseMisspelt(name: string): void {
  const [prefix] = PREFIX.exec(name) ?? [];
  if (prefix === undefined) return;
  const letters = (text: string) => text.replaceAll('_', '').toUpperCase();
  for (const known of Object.values(ENVIRONMENT_NAMES)) {
    if (name === `4MICA_${known}` || name === `FOURMICA_${known}`) return;
  }
  const rest = letters(name.slice(prefix.length));
  const meant = Object.values(ENVIRONMENT_NAMES).find(
    (known) => editDistance(rest, letters(known)) <= MOST_SLIPS,
  );
  if (meant === undefined) return;
  throw new ConfigError(
    'CONFIG_INVALID',
    `${name}: there is no such variable; 4MICA_${meant} or FOURMICA_${meant} is probably meant`,
    { field: name },
  );
}

/** Letters to insert, delete or replace to make one text of the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

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
