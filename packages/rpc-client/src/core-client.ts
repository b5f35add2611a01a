import {
  ADMIN_API_KEY_HEADER,
  type Address,
  type AdminApiKeyInfo,
  type AssetBalanceInfo,
  type BLSCert,
  type CollateralEventInfo,
  type CoreHealth,
  type CorePublicParameters,
  type CreateAdminApiKeyRequest,
  type CreatedAdminApiKey,
  type CreateTabRequest,
  ETH_ASSET,
  type GuaranteeInfo,
  type LedgerCheck,
  type OpenedTab,
  type PendingRemunerationInfo,
  parseAddress,
  parseU256,
  type RecipientPaymentInfo,
  type SettlementStatus,
  type SignedClaims,
  type SupportedToken,
  type TabInfo,
  type UintLike,
  type UserSuspensionInfo,
  ValidationError,
} from '@fourmica/core-types';
import type { WalletRoleEntry } from '@fourmica/core-types/wallet-roles';
import type * as z from 'zod/mini';
import { headerText, normalizeBearerToken, type TokenProvider } from './credentials.js';
import { AuthConfigError, RpcError } from './errors.js';
import { expectSame, expectSameTab } from './expect-same.js';
import type { TransportHooks } from './hooks.js';
import { type Page, type PageOptions, pageOf } from './page.js';
import { explainRefusal, isTokenRejected } from './refusals.js';
import type { RequestOptions } from './request-options.js';
import { DEFAULT_RETRY_POLICY } from './retry.js';
import type { Route, RouteInput } from './route.js';
import { CORE_ROUTES, type CoreRouteName } from './routes.js';
import { integer, MAX_INT32, timeoutOf } from './settings.js';
import type { Tracing } from './tracing.js';
import { type Answered, callRoute, type FetchLike, platformFetch, type Transport } from './transport.js';
import { parseBaseUrl, redactUrl } from './url.js';

/** Settings of a {@link CoreClient}. */
export interface CoreClientOptions {
  /** Base URL of the core, `http` or `https`; a sub-path is kept. */
  readonly baseUrl: string;
  /** Replaces the platform's fetch. */
  readonly fetch?: FetchLike | undefined;
  /** Time for one try in milliseconds; default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Repetitions of a call that may be repeated; default 2. */
  readonly maxRetries?: number | undefined;
  /** Longest accepted answer in bytes; default 16 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /** A fixed access token, with or without `Bearer` in front. Excludes `session`. */
  readonly bearerToken?: string | undefined;
  /** Logs in and keeps the access token fresh. Excludes `bearerToken`. */
  readonly session?: TokenProvider | undefined;
  /** Sent as `x-api-key` with every call. */
  readonly adminApiKey?: string | undefined;
  /** Observers of every try. */
  readonly hooks?: TransportHooks | undefined;
  /** Spans of every call, for OpenTelemetry. */
  readonly tracing?: Tracing | undefined;
}

/** Options of calls that read a list: without `limit` all of it. */
export interface ListOptions extends RequestOptions, PageOptions {}

type Input<Name extends CoreRouteName> = RouteInput<(typeof CORE_ROUTES)[Name]>;
type Output<Name extends CoreRouteName> = z.output<(typeof CORE_ROUTES)[Name]['response']>;

type ListRouteName = {
  [Name in CoreRouteName]: Output<Name> extends readonly unknown[] ? Name : never;
}[CoreRouteName];
type Item<Name extends ListRouteName> = Output<Name>[number];

/** A service that always points to another page would otherwise be followed for ever. */
const MAX_PAGES = 1_000;
const DEFAULT_MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

/**
 * Calls the HTTP API of a 4Mica core. Answers are validated; calls that do no harm twice are repeated after passing
 * failures. Instances are immutable: the `with…` methods return a new one.
 *
 * Every call throws {@link RpcError} when the core refuses it or gives no usable answer, `ValidationError` for an
 * argument that cannot be sent, an `AuthError` when the session cannot log in, and the signal's reason on abort.
 */
export class CoreClient {
  readonly #options: CoreClientOptions;
  readonly #transport: Transport;
  readonly #tokens: TokenProvider | undefined;
  readonly #adminApiKey: string | undefined;

  /**
   * @throws ValidationError for a base URL, time limit or number that is not usable.
   * @throws AuthConfigError for unusable credentials.
   */
  constructor(options: CoreClientOptions) {
    this.#options = options;
    this.#transport = transportOf(options);
    this.#tokens = tokenProviderOf(options);
    this.#adminApiKey =
      options.adminApiKey === undefined ? undefined : headerText('adminApiKey', options.adminApiKey.trim());
  }

  /** Base URL as it was given. */
  get baseUrl(): string {
    return this.#options.baseUrl;
  }

  /** Returns a client that sends an admin API key (`ak_…`) with every call. */
  withAdminApiKey(adminApiKey: string): CoreClient {
    return new CoreClient({ ...this.#options, adminApiKey });
  }

  /** Returns a client with a fixed access token, given with or without `Bearer` in front. */
  withBearerToken(bearerToken: string): CoreClient {
    return new CoreClient({ ...this.#options, bearerToken, session: undefined });
  }

  /** Returns a client that asks for a token before every call. */
  withTokenProvider(provider: TokenProvider | (() => string | Promise<string>)): CoreClient {
    const session =
      typeof provider === 'function'
        ? { accessToken: async () => normalizeBearerToken(await provider()) }
        : provider;
    return new CoreClient({ ...this.#options, bearerToken: undefined, session });
  }

  /** Reads whether database and chain node of the core work; a sick core answers too. */
  getHealth(options?: RequestOptions): Promise<CoreHealth> {
    return this.#callPublic('getHealth', input({}), options);
  }

  /** Reads the core's public key, contract, chain and signing domain. */
  getPublicParams(options?: RequestOptions): Promise<CorePublicParameters> {
    return this.#callPublic('getPublicParams', input({}), options);
  }

  /** Lists the tokens that the contract takes as collateral; ETH is not in the list. */
  getSupportedTokens(
    options?: RequestOptions,
  ): Promise<{ readonly chainId: bigint; readonly tokens: readonly SupportedToken[] }> {
    return this.#callPublic('getSupportedTokens', input({}), options);
  }

  /** Opens the tab of a payer, a recipient, an asset and a guarantee version, or finds the open one. */
  async createPaymentTab(request: CreateTabRequest, options?: RequestOptions): Promise<OpenedTab> {
    const expected = {
      userAddress: parseAddress(request.userAddress, 'userAddress'),
      recipientAddress: parseAddress(request.recipientAddress, 'recipientAddress'),
      assetAddress: parseAddress(request.erc20Token ?? ETH_ASSET, 'erc20Token'),
      guaranteeVersion: Number(request.guaranteeVersion ?? 1n),
    };
    const tab = await this.#call('createPaymentTab', input({ request }), options);
    return expectSame(this.#facts('createPaymentTab'), tab, expected);
  }

  /** Trades a payer's signed claims for a guarantee certificate; the same claims give the same certificate. */
  issueGuarantee(request: SignedClaims, options?: RequestOptions): Promise<BLSCert> {
    return this.#call('issueGuarantee', input({ request }), options);
  }

  /** Reads a tab; null when the core does not know it. */
  async getTab(tabId: UintLike, options?: RequestOptions): Promise<TabInfo | null> {
    const params = tabParams(tabId);
    const tab = await this.#call('getTab', input({ params }), options);
    return tab && expectSame(this.#facts('getTab'), tab, { tabId: params.tab_id });
  }

  /** Lists the guarantees of a tab, oldest first. */
  async getTabGuarantees(tabId: UintLike, options?: ListOptions): Promise<Page<GuaranteeInfo>> {
    const params = tabParams(tabId);
    const guarantees = await this.#list('getTabGuarantees', (query) => input({ params, query }), options);
    expectSameTab(this.#facts('getTabGuarantees'), guarantees, params.tab_id);
    return guarantees;
  }

  /** Reads the guarantee with the highest reqId of a tab; null when there is none. */
  async getLatestGuarantee(tabId: UintLike, options?: RequestOptions): Promise<GuaranteeInfo | null> {
    const params = tabParams(tabId);
    const guarantee = await this.#call('getLatestGuarantee', input({ params }), options);
    return guarantee && expectSame(this.#facts('getLatestGuarantee'), guarantee, { tabId: params.tab_id });
  }

  /** Reads one guarantee of a tab; null when that reqId has none. */
  async getGuarantee(
    tabId: UintLike,
    reqId: UintLike,
    options?: RequestOptions,
  ): Promise<GuaranteeInfo | null> {
    const params = { ...tabParams(tabId), req_id: parseU256(reqId, 'reqId') };
    const guarantee = await this.#call('getGuarantee', input({ params }), options);
    const expected = { tabId: params.tab_id, reqId: params.req_id };
    return guarantee && expectSame(this.#facts('getGuarantee'), guarantee, expected);
  }

  /** Lists the changes of collateral that belong to a tab, newest first. */
  async getCollateralEventsForTab(
    tabId: UintLike,
    options?: ListOptions,
  ): Promise<Page<CollateralEventInfo>> {
    const params = tabParams(tabId);
    return this.#list('getCollateralEventsForTab', (query) => input({ params, query }), options);
  }

  /** Lists a recipient's tabs, last changed first; without statuses all of them. */
  async listRecipientTabs(
    recipient: string,
    statuses?: readonly SettlementStatus[],
    options?: ListOptions,
  ): Promise<Page<TabInfo>> {
    const params = recipientParams(recipient);
    const inputOf = (page: PageOptions) => input({ params, query: { ...statusQuery(statuses), ...page } });
    return this.#list('listRecipientTabs', inputOf, options);
  }

  /** Lists a recipient's tabs that are paid or were taken from collateral, last changed first. */
  async listSettledTabs(recipient: string, options?: ListOptions): Promise<Page<TabInfo>> {
    const params = recipientParams(recipient);
    return this.#list('listSettledTabs', (query) => input({ params, query }), options);
  }

  /** Lists a recipient's tabs that are still owed, each with its newest guarantee. */
  async listPendingRemunerations(
    recipient: string,
    options?: ListOptions,
  ): Promise<Page<PendingRemunerationInfo>> {
    const params = recipientParams(recipient);
    return this.#list('listPendingRemunerations', (query) => input({ params, query }), options);
  }

  /** Lists the on-chain payments to a recipient, newest first. */
  async listRecipientPayments(recipient: string, options?: ListOptions): Promise<Page<RecipientPaymentInfo>> {
    const params = recipientParams(recipient);
    return this.#list('listRecipientPayments', (query) => input({ params, query }), options);
  }

  /** Lists a payer's tabs, last changed first; without statuses all of them. */
  async listUserTabs(
    user: string,
    statuses?: readonly SettlementStatus[],
    options?: ListOptions,
  ): Promise<Page<TabInfo>> {
    const params = { user: parseAddress(user, 'user') };
    const inputOf = (page: PageOptions) => input({ params, query: { ...statusQuery(statuses), ...page } });
    return this.#list('listUserTabs', inputOf, options);
  }

  /** Reads a payer's collateral in one asset (the zero address is ETH); null when the core knows of none. */
  async getUserAssetBalance(
    user: string,
    asset: string,
    options?: RequestOptions,
  ): Promise<AssetBalanceInfo | null> {
    const params = { user: parseAddress(user, 'user'), asset: parseAddress(asset, 'asset') };
    const balance = await this.#call('getUserAssetBalance', input({ params }), options);
    const expected = { userAddress: params.user, assetAddress: params.asset };
    return balance && expectSame(this.#facts('getUserAssetBalance'), balance, expected);
  }

  /** Suspends a user or lifts the suspension; needs an admin API key or the admin role. */
  async updateUserSuspension(
    user: string,
    suspended: boolean,
    options?: RequestOptions,
  ): Promise<UserSuspensionInfo> {
    const params = { user: parseAddress(user, 'user') };
    const info = await this.#call('updateUserSuspension', input({ params, request: { suspended } }), options);
    return expectSame(this.#facts('updateUserSuspension'), info, { userAddress: params.user, suspended });
  }

  /**
   * Has the rules of the whole ledger checked, in as many requests as it takes; needs an admin API key with the scope for
   * it, or the admin role.
   */
  async checkLedger(options?: RequestOptions): Promise<LedgerCheck> {
    const violations: LedgerCheck['violations'] = [];
    let after: Address | undefined;
    for (let parts = 0; parts < MAX_PAGES; parts++) {
      const part = await this.#call('checkLedger', input({ request: { after } }), options);
      violations.push(...part.violations);
      if (part.next === null) return { ok: violations.length === 0, violations };
      after = part.next;
    }
    throw this.#endless('checkLedger');
  }

  /** Creates an admin API key; its text is in this answer only. Needs an admin API key that may manage keys. */
  createAdminApiKey(
    request: CreateAdminApiKeyRequest,
    options?: RequestOptions,
  ): Promise<CreatedAdminApiKey> {
    return this.#call('createAdminApiKey', input({ request }), options);
  }

  /** Lists admin API keys, newest first. Needs an admin API key that may manage keys. */
  listAdminApiKeys(options?: ListOptions): Promise<Page<AdminApiKeyInfo>> {
    return this.#list('listAdminApiKeys', (query) => input({ query }), options);
  }

  /** Revokes an admin API key by its id. Needs an admin API key that may manage keys. */
  revokeAdminApiKey(id: string, options?: RequestOptions): Promise<AdminApiKeyInfo> {
    return this.#call('revokeAdminApiKey', input({ params: { id } }), options);
  }

  /** Lists the wallets that have a role of their own, by address. Needs an admin API key that may manage roles. */
  listWalletRoles(options?: ListOptions): Promise<Page<WalletRoleEntry>> {
    return this.#list('listWalletRoles', (query) => input({ query }), options);
  }

  /**
   * Sets what a wallet may do from its next login or refresh on; a status other than `active` ends its logins. Needs an
   * admin API key that may manage roles.
   */
  setWalletRole(entry: WalletRoleEntry, options?: RequestOptions): Promise<WalletRoleEntry> {
    return this.#call('setWalletRole', input({ request: { ...entry, scopes: [...entry.scopes] } }), options);
  }

  /** Calls a route that needs no login, so that a broken login does not hide what the core says about itself. */
  async #callPublic<Name extends CoreRouteName>(
    name: Name,
    routeInput: Input<Name>,
    { signal }: RequestOptions = {},
  ): Promise<Output<Name>> {
    try {
      return (await callRoute(this.#transport, CORE_ROUTES[name], routeInput, { signal })).value;
    } catch (error) {
      throw error instanceof RpcError ? explainRefusal(error, true) : error;
    }
  }

  /** Calls a route that has no method of its own, with credentials. */
  async call<R extends Route>(
    route: R,
    routeInput: RouteInput<R>,
    options?: RequestOptions,
  ): Promise<z.output<R['response']>> {
    return (await this.#exchange(route, routeInput, options)).value;
  }

  #call<Name extends CoreRouteName>(
    name: Name,
    routeInput: Input<Name>,
    options?: RequestOptions,
  ): Promise<Output<Name>> {
    return this.call(CORE_ROUTES[name], routeInput, options);
  }

  /** Reads one part of a list, or from a position to the end. */
  async #list<Name extends ListRouteName>(
    name: Name,
    inputOf: (page: PageOptions) => Input<Name>,
    { signal, limit, after }: ListOptions = {},
  ): Promise<Page<Item<Name>>> {
    const read = (page: PageOptions) => this.#exchange(CORE_ROUTES[name], inputOf(page), { signal });
    if (limit !== undefined) {
      const { value, next } = await read({ limit, after });
      return pageOf<Item<Name>>(value, next);
    }
    const items: Item<Name>[] = [];
    let position = after;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const { value, next } = await read({ after: position });
      items.push(...value);
      if (next === undefined) return pageOf(items, undefined);
      position = next;
    }
    throw this.#endless(name);
  }

  #endless(name: CoreRouteName): RpcError {
    const facts = this.#facts(name);
    return new RpcError(
      'RPC_RESPONSE_INVALID',
      `no end after ${MAX_PAGES} answers (${facts.method} ${facts.url}); read a list in parts, with limit and after`,
      facts,
    );
  }

  /** Calls a route with credentials; the error of a refusal says what to do next. */
  async #exchange<R extends Route>(
    route: R,
    routeInput: RouteInput<R>,
    options: RequestOptions = {},
  ): Promise<Answered<R>> {
    try {
      return await this.#exchangeWithToken(route, routeInput, options);
    } catch (error) {
      throw error instanceof RpcError ? explainRefusal(error, this.#tokens !== undefined) : error;
    }
  }

  /** A refused token is replaced once: the core did nothing before it refused. */
  async #exchangeWithToken<R extends Route>(
    route: R,
    routeInput: RouteInput<R>,
    { signal }: RequestOptions,
  ): Promise<Answered<R>> {
    const token = await this.#tokens?.accessToken({ signal });
    const send = (bearer: string | undefined) => {
      const secrets = [bearer, this.#adminApiKey].filter((secret) => secret !== undefined);
      const headers = this.#headers(bearer);
      return callRoute(this.#transport, route, routeInput, { signal, headers, secrets });
    };
    try {
      return await send(token);
    } catch (error) {
      if (token === undefined || this.#tokens?.invalidate === undefined) throw error;
      if (!(error instanceof RpcError) || !isTokenRejected(error.status, error.reason)) throw error;
      this.#tokens.invalidate(token);
      return await send(await this.#tokens.accessToken({ signal }));
    }
  }

  #headers(bearer: string | undefined): Readonly<Record<string, string>> {
    return {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(this.#adminApiKey === undefined ? {} : { [ADMIN_API_KEY_HEADER]: this.#adminApiKey }),
    };
  }

  #facts(name: CoreRouteName): { readonly method: string; readonly url: string } {
    const { method, path } = CORE_ROUTES[name];
    return { method, url: `${redactUrl(this.baseUrl).replace(/\/+$/, '')}${path}` };
  }
}

/** Fills in the empty parts of a call. */
const input = <Given extends object>(given: Given) => ({
  params: {},
  query: {},
  request: undefined,
  ...given,
});

const tabParams = (tabId: UintLike) => ({ tab_id: parseU256(tabId, 'tabId') });
const recipientParams = (recipient: string) => ({ recipient: parseAddress(recipient, 'recipient') });
const statusQuery = (statuses: readonly SettlementStatus[] | undefined) =>
  statuses === undefined ? {} : { settlement_status: [...statuses] };

function transportOf(options: CoreClientOptions): Transport {
  const baseUrl = parseBaseUrl(options.baseUrl);
  if (baseUrl === undefined) {
    throw new ValidationError(
      'baseUrl',
      redactUrl(options.baseUrl),
      'an http or https URL without credentials, query and fragment, such as http://127.0.0.1:3000/',
    );
  }
  return {
    baseUrl,
    fetch: options.fetch ?? platformFetch,
    timeoutMs: timeoutOf(options.timeoutMs),
    retry: { ...DEFAULT_RETRY_POLICY, maxRetries: integer('maxRetries', options.maxRetries ?? 2, 0, 100) },
    maxResponseBytes: integer(
      'maxResponseBytes',
      options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
      1,
      MAX_INT32,
    ),
    hooks: options.hooks ?? {},
    tracing: options.tracing,
  };
}

function tokenProviderOf(options: CoreClientOptions): TokenProvider | undefined {
  if (options.bearerToken === undefined) return options.session;
  if (options.session !== undefined) {
    throw new AuthConfigError(
      'AUTH_CONFIG_INVALID',
      'bearerToken and session exclude each other: give a fixed token or a login, not both',
      { field: 'bearerToken' },
    );
  }
  const token = normalizeBearerToken(options.bearerToken);
  return { accessToken: async () => token };
}
