import { ContractError, ContractGateway } from '@fourmica/contract-gateway';
import {
  type Bytes32,
  chainIdOfNetwork,
  describeValue,
  type EvmSigner,
  type CorePublicParameters as PublicParametersData,
  type SupportedToken,
  systemClock,
  untilAborted,
} from '@fourmica/core-types';
import { AuthMissingConfigError, AuthSession, CoreClient, type RequestOptions } from '@fourmica/rpc-client';
import { activeGuaranteeVersion, type ClientContext } from './client-context.js';
import { Config } from './config/config.js';
import { ClientInitializationError, ConfigError } from './errors.js';
import { checkContractHonoursCore, GuaranteeTrust } from './guarantee-trust.js';
import { type WithJson, withJson } from './models/json.js';
import { type CorePublicParameters, publicParameters } from './models/public-parameters.js';
import { RecipientClient } from './recipient-client.js';
import { createRpcProxy, type RpcProxy } from './rpc-proxy.js';
import { type ClientSigners, resolveSigners } from './signers/resolve-signers.js';
import { UserClient } from './user-client.js';

/** Tokens that the contract takes as collateral. */
export type SupportedTokensResponse = WithJson<{
  readonly chainId: bigint;
  readonly tokens: readonly SupportedToken[];
}>;

/** Tokens of a login. */
export type LoginResult = Awaited<ReturnType<AuthSession['login']>>;

/**
 * A client of one 4Mica core and its contract. `user` is the payer's side, `recipient` the side that is paid.
 *
 * @example
 * const client = await Client.new(new ConfigBuilder().fromEnv().build());
 * await client.user.deposit(10n ** 18n);
 * await client.aclose();
 */
export class Client {
  readonly user: UserClient;
  readonly recipient: RecipientClient;
  /** The core API itself, with admin calls. */
  readonly rpc: RpcProxy;
  /** What the core told about itself when the client was created. */
  readonly params: CorePublicParameters;
  /** The contract. */
  readonly gateway: ContractGateway;
  /** Signer of payments; undefined when the client only reads. */
  readonly signer: EvmSigner | undefined;
  readonly #context: ClientContext;
  readonly #session: AuthSession | undefined;

  private constructor(context: ClientContext, session: AuthSession | undefined) {
    this.#context = context;
    this.#session = session;
    this.user = new UserClient(context);
    this.recipient = new RecipientClient(context);
    this.rpc = context.rpc;
    this.params = context.params;
    this.gateway = context.gateway;
    this.signer = context.signer;
  }

  /**
   * Connects to the core and to its contract, after checking that they belong together: chain id, code at the contract's
   * address, key and guarantee domains of every version that the core accepts.
   *
   * @throws RpcError when the core does not answer.
   * @throws ClientInitializationError when core, chain and configuration do not fit together.
   * @throws ConfigError `SIGNER_REQUIRED` when auth is enabled without a signer.
   */
  static async new(config: Config, options: RequestOptions = {}): Promise<Client> {
    const connecting = Client.#connect(config, options);
    try {
      return await untilAborted(connecting, options.signal);
    } catch (error) {
      // Nobody gets the client any more, if there is one in the end.
      connecting.then(
        (client) => client.aclose(),
        () => undefined,
      );
      throw error;
    }
  }

  static async #connect(config: Config, options: RequestOptions): Promise<Client> {
    if (!(config instanceof Config)) {
      const found = describeValue(config);
      const message = `config: expected what build() of the ConfigBuilder returns, got ${found}`;
      throw new ConfigError('CONFIG_INVALID', message, { field: 'config' });
    }
    const signers = await resolveSigners(config);
    const core = new CoreClient(coreOptions(config));
    const params = publicParameters(await core.getPublicParams(options));
    checkNetwork(config, params);
    const session = createSession(config, params, signers);
    const gateway = await connectGateway(config, params, signers);
    try {
      const rpc = createRpcProxy(session === undefined ? core : core.withTokenProvider(session));
      const domains = await onChain(() =>
        checkContractHonoursCore(gateway, params, params.acceptedGuaranteeVersionsOrDefault()),
      );
      const trust = new GuaranteeTrust(gateway, params);
      const clock = config.clock ?? systemClock;
      return new Client({ params, rpc, gateway, signer: signers.payment, trust, domains, clock }, session);
    } catch (error) {
      gateway.close();
      throw error;
    }
  }

  /** Guarantee domain of version 1, or undefined when the core issues none. */
  get guaranteeDomain(): Bytes32 | undefined {
    return this.#context.domains.get(1);
  }

  /** Newest guarantee version that core, contract and client have in common. */
  get activeGuaranteeVersion(): number {
    return activeGuaranteeVersion(this.#context);
  }

  /** Guarantee domain of {@link activeGuaranteeVersion}. */
  get activeGuaranteeDomain(): Bytes32 | undefined {
    return this.#context.domains.get(this.activeGuaranteeVersion);
  }

  /**
   * Logs in now instead of with the first call that needs it.
   *
   * @throws AuthMissingConfigError when auth is not enabled.
   */
  async login(options?: RequestOptions): Promise<LoginResult> {
    if (this.#session === undefined) throw authNotEnabled('login');
    return this.#session.login(options);
  }

  /**
   * Revokes the login at the core and forgets its tokens.
   *
   * @returns false when there was no login.
   * @throws AuthMissingConfigError when auth is not enabled.
   */
  async logout(options?: RequestOptions): Promise<boolean> {
    if (this.#session === undefined) throw authNotEnabled('logout');
    return this.#session.logout(options);
  }

  /** Lists the tokens that the contract takes as collateral. */
  async getSupportedTokens(options?: RequestOptions): Promise<SupportedTokensResponse> {
    return withJson(await this.rpc.getSupportedTokens(options));
  }

  /** Releases the connection to the Ethereum node. May be called twice. */
  async aclose(): Promise<void> {
    this.gateway.close();
  }

  /** Does what {@link aclose} does, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.aclose();
  }
}

const authNotEnabled = (operation: string): AuthMissingConfigError =>
  new AuthMissingConfigError(
    'AUTH_CONFIG_MISSING',
    `${operation}: auth is not enabled; call enableAuth() on the ConfigBuilder`,
    {},
  );

const coreOptions = (config: Config) => ({
  baseUrl: config.rpcUrl,
  fetch: config.fetch,
  timeoutMs: config.requestTimeoutMs,
  hooks: config.hooks,
  tracing: config.tracing,
  bearerToken: config.bearerToken,
  adminApiKey: config.adminApiKey,
});

function createSession(
  config: Config,
  params: PublicParametersData,
  { payment }: ClientSigners,
): AuthSession | undefined {
  if (!config.isAuthEnabled) return undefined;
  if (payment === undefined) {
    throw new ConfigError(
      'SIGNER_REQUIRED',
      'auth is enabled, but there is no signer to log in with; call walletPrivateKey() or evmSigner() on the ConfigBuilder',
      { field: 'evmSigner' },
    );
  }
  return new AuthSession({
    authUrl: config.authUrl,
    signer: payment,
    refreshMarginSecs: config.authRefreshMarginSecs,
    fetch: config.fetch,
    timeoutMs: config.requestTimeoutMs,
    hooks: config.hooks,
    tracing: config.tracing,
    clock: config.clock,
    expectedChainId: params.chainId,
  });
}

/** A core is only believed about what the user has not said. */
function checkNetwork(config: Config, params: PublicParametersData): void {
  if (config.network !== undefined && chainIdOfNetwork(config.network) !== params.chainId) {
    throw new ClientInitializationError(
      'NETWORK_MISMATCH',
      `the core at ${config.rpcUrl} serves chain ${params.chainId}, the configured network is ${config.network}`,
      { configured: config.network, chainId: params.chainId },
    );
  }
  if (config.contractAddress !== undefined && config.contractAddress !== params.contractAddress) {
    throw new ClientInitializationError(
      'CONTRACT_MISMATCH',
      `the core announces the contract ${params.contractAddress}, the configured one is ${config.contractAddress}; if the contract has moved, change the setting`,
      { configured: config.contractAddress, announced: params.contractAddress },
    );
  }
}

async function connectGateway(
  config: Config,
  params: PublicParametersData,
  { transaction }: ClientSigners,
): Promise<ContractGateway> {
  const rpcUrl = config.ethereumHttpRpcUrl ?? params.ethereumHttpRpcUrl;
  if (rpcUrl === undefined) {
    throw new ClientInitializationError(
      'ETHEREUM_RPC_URL_MISSING',
      'the core offers no Ethereum node; call ethereumHttpRpcUrl() on the ConfigBuilder or set 4MICA_ETHEREUM_HTTP_RPC_URL',
      {},
    );
  }
  return onChain(() =>
    ContractGateway.connect({
      rpcUrl,
      contractAddress: params.contractAddress,
      expectedChainId: params.chainId,
      ...transaction,
      ...(config.receipt === undefined ? {} : { receipt: config.receipt }),
      ...(config.maxFeePerGas === undefined ? {} : { maxFeePerGas: config.maxFeePerGas }),
      ...(config.requestTimeoutMs === undefined ? {} : { requestTimeoutMs: config.requestTimeoutMs }),
    }),
  );
}

/** While a client is being created, what the Ethereum node says wrong is a reason not to create it. */
async function onChain<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    throw new ClientInitializationError(error.code, error.message, error.context, { cause: error });
  }
}
