import type { ReceiptOptions } from '@fourmica/contract-gateway';
import {
  type Caip2,
  type Clock,
  describeValue,
  FourMicaError,
  NETWORKS,
  parseAddress,
  parseNetwork,
  parseU256,
  resolveNetworkRpcUrl,
  type UintLike,
  ValidationError,
} from '@fourmica/core-types';
import { LocalAccountSigner } from '@fourmica/eip712-claims';
import {
  type FetchLike,
  normalizeBearerToken,
  type Tracing,
  type TransportHooks,
} from '@fourmica/rpc-client';
import type { Signer } from 'ethers';
import { ConfigError } from '../errors.js';
import {
  signersOfViemAccount,
  signersOfViemWalletClient,
  type ViemLocalAccount,
  type ViemWalletClient,
} from '../signers/viem-signers.js';
import { Config, type PaymentSignerSource } from './config.js';
import {
  ENVIRONMENT_NAMES,
  type Environment,
  type EnvironmentSettings,
  processEnvironment,
  readEnvironment,
} from './environment.js';

/** Network of a client that is told nothing else. */
export const DEFAULT_NETWORK = 'ethereum-sepolia';

const DEFAULT_AUTH_REFRESH_MARGIN_SECS = 60;

interface Settings {
  /** The last of `network` and `rpcUrl` wins. */
  core?: { readonly network: string } | { readonly rpcUrl: string };
  walletPrivateKey?: string;
  evmSigner?: PaymentSignerSource;
  transactionSigner?: Signer;
  ethereumHttpRpcUrl?: string;
  contractAddress?: string;
  bearerToken?: string;
  enableAuth?: boolean;
  authUrl?: string;
  authRefreshMarginSecs?: number;
  adminApiKey?: string;
  requestTimeoutMs?: number;
  fetch?: FetchLike;
  hooks?: TransportHooks;
  tracing?: Tracing;
  clock?: Clock;
  receipt?: ReceiptOptions;
  maxFeePerGas?: UintLike;
}

/**
 * Collects the settings of a client. Every setter returns the builder; `build` checks them all.
 *
 * What a setter was told wins over the environment, whichever came first.
 *
 * @example
 * const config = new ConfigBuilder().network('base-sepolia').walletPrivateKey('0x…').build();
 */
export class ConfigBuilder {
  readonly #explicit: Settings = {};
  #environment: EnvironmentSettings = {};

  /** Chooses the network by shorthand (`base-sepolia`) or CAIP-2 id (`eip155:84532`); default `ethereum-sepolia`. */
  network(network: string): this {
    return this.#set({ core: { network } });
  }

  /** Sets the private key that signs payments and sends transactions: 32 bytes of hex, `0x` optional. */
  walletPrivateKey(privateKey: string): this {
    return this.#set({ walletPrivateKey: privateKey });
  }

  /**
   * Sets the signer of payments and logins. An ethers `Signer` also sends the transactions; for another signer they
   * are sent with `transactionSigner` or `walletPrivateKey`, and without these the client does everything but write
   * on chain.
   */
  evmSigner(signer: PaymentSignerSource): this {
    return this.#set({ evmSigner: signer });
  }

  /** Sets the ethers signer that sends transactions, when it is another than the signer of payments. */
  transactionSigner(signer: Signer): this {
    return this.#set({ transactionSigner: signer });
  }

  /** Sets a viem account (`privateKeyToAccount`, …) as signer of payments and of transactions. */
  viemAccount(account: ViemLocalAccount): this {
    return this.#set(checked('viemAccount', () => signersOfViemAccount(account)));
  }

  /** Sets a viem wallet client with an account, such as a browser wallet, as signer of payments and of transactions. */
  viemWalletClient(client: ViemWalletClient): this {
    return this.#set(checked('viemWalletClient', () => signersOfViemWalletClient(client)));
  }

  /** Sets the base URL of the core API. Of `network` and `rpcUrl` the last call counts. */
  rpcUrl(url: string): this {
    return this.#set({ core: { rpcUrl: url } });
  }

  /** Sets the Ethereum JSON-RPC URL; without it the one that the core offers is used. */
  ethereumHttpRpcUrl(url: string): this {
    return this.#set({ ethereumHttpRpcUrl: url });
  }

  /** Sets the Core4Mica contract; a core that announces another one is then refused. */
  contractAddress(address: string): this {
    return this.#set({ contractAddress: address });
  }

  /** Sets a fixed access token, with or without `Bearer ` in front; the client does not log in then. */
  bearerToken(token: string): this {
    return this.#set({ bearerToken: token });
  }

  /** Makes the client log in with its signer (Sign-In with Ethereum) when the first call needs it. */
  enableAuth(): this {
    return this.#set({ enableAuth: true });
  }

  /** Sets the base URL of the login routes, by default that of the core, and enables auth. */
  authUrl(url: string): this {
    return this.#set({ authUrl: url });
  }

  /** Sets how many seconds before its end an access token is replaced, by default 60, and enables auth. */
  authRefreshMarginSecs(seconds: number): this {
    return this.#set({ authRefreshMarginSecs: seconds });
  }

  /** Sets the admin API key (`ak_…`) that is sent with every call. */
  adminApiKey(key: string): this {
    return this.#set({ adminApiKey: key });
  }

  /** Sets the limit of one HTTP exchange, with core or Ethereum node, in milliseconds. */
  requestTimeoutMs(milliseconds: number): this {
    return this.#set({ requestTimeoutMs: milliseconds });
  }

  /** Replaces the platform's fetch for calls of the core. */
  fetch(fetch: FetchLike): this {
    return this.#set({ fetch });
  }

  /** Sets observers of every call of the core, for logs and metrics. */
  hooks(hooks: TransportHooks): this {
    return this.#set({ hooks });
  }

  /** Sets the OpenTelemetry tracer of every call of the core: `{ tracer: trace.getTracer('my-service') }`. */
  tracing(tracing: Tracing): this {
    return this.#set({ tracing });
  }

  /** Replaces the clock that dates claims and tokens. */
  clock(clock: Clock): this {
    return this.#set({ clock });
  }

  /** Sets how transactions are waited for unless a call says otherwise. */
  receipt(options: ReceiptOptions): this {
    return this.#set({ receipt: options });
  }

  /** Sets the most to pay per gas in any transaction, in wei. */
  maxFeePerGas(wei: UintLike): this {
    return this.#set({ maxFeePerGas: wei });
  }

  /**
   * Reads `4MICA_*` variables, each also accepted as `FOURMICA_*`.
   *
   * @param environment - by default the environment of the process, where there is one.
   * @throws ConfigError `CONFIG_CONFLICT` when both spellings are set to different values, `CONFIG_INVALID` for a name that
   * looks like a misspelt one.
   */
  fromEnv(environment: Environment = processEnvironment()): this {
    this.#environment = readEnvironment(environment);
    return this;
  }

  /**
   * Checks the settings.
   *
   * @throws ConfigError naming the setting, or the environment variable that it came from.
   */
  build(): Config {
    const { evmSigner, maxFeePerGas, requestTimeoutMs, ...explicit } = this.#explicit;
    const core = this.#core();
    const authUrl = this.#parsed('authUrl', parseHttpUrl);
    const margin = this.#parsed('authRefreshMarginSecs', parseMargin);
    const bearerToken = this.#parsed('bearerToken', normalizeBearerToken);
    const wantsAuth = explicit.enableAuth === true || authUrl !== undefined || margin !== undefined;
    return new Config({
      ...core,
      walletPrivateKey: this.#parsed('walletPrivateKey', parsePrivateKey),
      evmSigner: evmSigner && checked('evmSigner', () => parseSigner(evmSigner)),
      transactionSigner: explicit.transactionSigner,
      ethereumHttpRpcUrl: this.#parsed('ethereumHttpRpcUrl', parseHttpUrl),
      contractAddress: this.#parsed('contractAddress', (value) => parseAddress(value, 'contractAddress')),
      bearerToken,
      isAuthEnabled: wantsAuth && bearerToken === undefined,
      authUrl: authUrl ?? core.rpcUrl,
      authRefreshMarginSecs: margin ?? DEFAULT_AUTH_REFRESH_MARGIN_SECS,
      adminApiKey: this.#parsed('adminApiKey', (key) => key),
      requestTimeoutMs:
        requestTimeoutMs === undefined
          ? undefined
          : checked('requestTimeoutMs', () => parseMilliseconds(requestTimeoutMs)),
      fetch: explicit.fetch,
      hooks: explicit.hooks,
      tracing: explicit.tracing,
      clock: explicit.clock,
      receipt: explicit.receipt,
      maxFeePerGas:
        maxFeePerGas === undefined ? undefined : checked('maxFeePerGas', () => parseU256(maxFeePerGas)),
    });
  }

  /** A setting that is nothing, such as an environment variable that is not there, must not pass for one that was left out. */
  #set(settings: Settings): this {
    for (const [field, value] of Object.entries({ ...settings, ...settings.core })) {
      if (value !== undefined && value !== null) continue;
      throw new ConfigError(
        'CONFIG_INVALID',
        `${field}: expected a value, got ${describeValue(value)}; leave the call out for the default`,
        { field },
      );
    }
    Object.assign(this.#explicit, settings);
    return this;
  }

  /** Reads one setting: from its setter, else from the environment. */
  #parsed<T>(name: keyof EnvironmentSettings & keyof Settings, parse: (text: string) => T): T | undefined {
    const told = this.#explicit[name];
    if (told !== undefined) return checked(name, () => parse(String(told)));
    const found = this.#environment[name];
    if (found === undefined) return undefined;
    return checked(`4MICA_${ENVIRONMENT_NAMES[name]}`, () => parse(found));
  }

  #core(): { rpcUrl: string; network: Caip2 | undefined } {
    const { core } = this.#explicit;
    const { rpcUrl, network } = this.#environment;
    if (core !== undefined) {
      return 'rpcUrl' in core ? coreAt('rpcUrl', core.rpcUrl) : coreOf('network', core.network);
    }
    if (rpcUrl !== undefined) return coreAt('4MICA_RPC_URL', rpcUrl);
    return network === undefined ? coreOf('network', DEFAULT_NETWORK) : coreOf('4MICA_NETWORK', network);
  }
}

const coreAt = (field: string, url: string) => ({
  rpcUrl: checked(field, () => parseHttpUrl(url)),
  network: undefined,
});

function coreOf(field: string, name: string): { rpcUrl: string; network: Caip2 } {
  const network = checked(field, () => parseNetwork(name));
  const rpcUrl = resolveNetworkRpcUrl(network);
  if (rpcUrl !== undefined) return { rpcUrl, network };
  throw new ConfigError(
    'CONFIG_INVALID',
    `${field}: no hosted core is known for ${network}; name one of ${Object.keys(NETWORKS).join(', ')}, or set rpcUrl`,
    { field },
  );
}

/** Runs a parser; its complaint becomes a {@link ConfigError} that names the setting or variable as the user knows it. */
function checked<T>(field: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof FourMicaError)) throw cause;
    const reason =
      cause instanceof ValidationError
        ? `expected ${cause.context.expected}, got ${cause.context.value}`
        : cause.message.replace(/^[a-zA-Z]+: /, '');
    throw new ConfigError('CONFIG_INVALID', `${field}: ${reason}`, { field }, { cause });
  }
}

/** Accepts an URL as it is. URLs of nodes often contain a key, so that a refused one is not repeated. */
function parseHttpUrl(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : undefined;
  if (protocol === 'http:' || protocol === 'https:') return text;
  throw new ValidationError(
    'url',
    protocol ?? 'text that is no URL',
    'an http or https URL such as http://127.0.0.1:3000/',
  );
}

function parsePrivateKey(text: string): string {
  const key = text.trim();
  new LocalAccountSigner(key);
  return key.startsWith('0x') ? key : `0x${key}`;
}

function parseMargin(text: string): number {
  const seconds = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new ValidationError('authRefreshMarginSecs', text, 'a finite number of seconds, at least 0');
}

function parseMilliseconds(milliseconds: number): number {
  if (Number.isFinite(milliseconds) && milliseconds > 0) return milliseconds;
  throw new ValidationError('requestTimeoutMs', milliseconds, 'a finite number of milliseconds above 0');
}

function parseSigner(signer: PaymentSignerSource): PaymentSignerSource {
  const isComplete =
    typeof signer.signTypedData === 'function' &&
    typeof signer.signMessage === 'function' &&
    ('address' in signer || 'getAddress' in signer);
  if (isComplete) return signer;
  throw new ValidationError('evmSigner', signer, 'a signer with address, signTypedData and signMessage');
}
