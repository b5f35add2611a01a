import type { Caip2, Clock } from '@fourmica/core-types';
import { LocalAccountSigner } from '@fourmica/eip712-claims';
import { AuthSession, CoreClient } from '@fourmica/rpc-client';
import type { NetworkConfig, ParsedFacilitatorConfig } from '../config/config.js';
import { PendingCollateral } from '../domain/pending-collateral.js';
import { FacilitatorError } from '../errors.js';
import { type NetworkState, readNetworkState } from './network-state.js';

/** What a network writes to the log. */
export interface NetworkLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

const DEFAULT_CORE_TIMEOUT_MS = 10_000;
/** With the limit of a call this stays below the 30 seconds that resource servers wait for us. */
const CORE_RETRIES = 1;
const DEFAULT_REFRESH_INTERVAL_MS = 60_000;
const RETRY_AFTER_MS = 1_000;

/** One network of the facilitator: its core, and what is known about it. Works or fails apart from the others. */
export class FacilitatedNetwork {
  readonly network: Caip2;
  readonly core: CoreClient;
  readonly pending: PendingCollateral;
  readonly #config: NetworkConfig;
  readonly #settings: ParsedFacilitatorConfig;
  readonly #log: NetworkLog;
  #state: NetworkState | undefined;
  #failure: FacilitatorError | undefined;
  #failedAtMs = 0;
  #reading: Promise<NetworkState> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    config: NetworkConfig,
    settings: ParsedFacilitatorConfig,
    deps: { readonly clock: Clock; readonly log: NetworkLog },
  ) {
    this.network = config.network;
    this.#config = config;
    this.#settings = settings;
    this.#log = deps.log;
    this.pending = new PendingCollateral(deps.clock);
    this.core = new CoreClient({
      baseUrl: config.coreApiUrl,
      timeoutMs: settings.coreTimeoutMs ?? DEFAULT_CORE_TIMEOUT_MS,
      maxRetries: CORE_RETRIES,
      session: sessionOf(config, deps.clock),
    });
  }

  /**
   * Reads the network for the first time and keeps it fresh from then on.
   *
   * @throws FacilitatorError `NETWORK_MISCONFIGURED`; a network that merely does not answer is tried again later.
   */
  async start(): Promise<void> {
    this.#timer = setInterval(() => {
      this.refresh().catch((error: unknown) => {
        this.#log.warn({ network: this.network, err: error }, 'the network could not be read again');
      });
    }, this.#settings.refreshIntervalMs ?? DEFAULT_REFRESH_INTERVAL_MS);
    this.#timer.unref();
    try {
      const { versions } = await this.refresh();
      this.#log.info({ network: this.network, versions }, 'network ready');
    } catch (error) {
      if (!(error instanceof FacilitatorError) || error.code === 'NETWORK_MISCONFIGURED') throw error;
      this.#log.warn({ network: this.network, err: error }, 'network unavailable for now');
    }
  }

  /** Ends the regular reading. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** What is known at the moment, without waiting; undefined while the network cannot be used. */
  get known(): NetworkState | undefined {
    return this.#state;
  }

  /** True when core and contract could be read, and fitted each other, at the last look. */
  get isUp(): boolean {
    return this.#state !== undefined && this.#failure === undefined;
  }

  /**
   * Returns what is known, reading it now when it is not.
   *
   * @throws FacilitatorError when the network cannot be used.
   */
  async state(): Promise<NetworkState> {
    if (this.#state !== undefined) return this.#state;
    const isRecent = this.#failure !== undefined && Date.now() - this.#failedAtMs < RETRY_AFTER_MS;
    if (isRecent && this.#reading === undefined) throw this.#failure;
    return this.refresh();
  }

  /** Reads core and contract again; callers at the same time share one reading. */
  refresh(): Promise<NetworkState> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<NetworkState> {
    try {
      this.#state = await readNetworkState(this.#config, this.core);
      this.#failure = undefined;
      return this.#state;
    } catch (error) {
      if (!(error instanceof FacilitatorError)) throw error;
      this.#failure = error;
      this.#failedAtMs = Date.now();
      // What was read before stays true while the network does not answer, but not when it contradicts itself.
      if (error.code === 'NETWORK_MISCONFIGURED') this.#state = undefined;
      throw error;
    }
  }
}

function sessionOf(config: NetworkConfig, clock: Clock): AuthSession | undefined {
  if (config.authWalletPrivateKey === undefined) return undefined;
  return new AuthSession({
    authUrl: config.authUrl ?? config.coreApiUrl,
    signer: new LocalAccountSigner(config.authWalletPrivateKey),
    refreshMarginSecs: config.authRefreshMarginSecs,
    clock,
    expectedChainId: config.network.slice('eip155:'.length),
  });
}
