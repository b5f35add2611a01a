import type { AuthNonce, AuthTokens, AuthVerifyRequest } from '@fourmica/core-types';
import { AUTH_ROUTES } from './auth-routes.js';
import {
  AuthApiError,
  AuthDecodeError,
  type AuthError,
  AuthTransportError,
  AuthUrlError,
  RpcError,
} from './errors.js';
import type { TransportHooks } from './hooks.js';
import type { RequestOptions } from './request-options.js';
import { DEFAULT_RETRY_POLICY } from './retry.js';
import { timeoutOf } from './settings.js';
import type { Tracing } from './tracing.js';
import { callRoute, type FetchLike, platformFetch, type Transport } from './transport.js';
import { parseBaseUrl, redactUrl } from './url.js';

/** Settings of an {@link AuthClient}. */
export interface AuthClientOptions {
  /** Base URL under which `/auth/nonce` and its siblings live; a sub-path is kept. */
  readonly authUrl: string;
  /** Replaces the platform's fetch. */
  readonly fetch?: FetchLike | undefined;
  /** Time for one try in milliseconds; default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Observers of every try. */
  readonly hooks?: TransportHooks | undefined;
  /** Spans of every call, for OpenTelemetry. */
  readonly tracing?: Tracing | undefined;
}

const MAX_RESPONSE_BYTES = 64 * 1024;

/**
 * Calls the login routes of a core. {@link AuthSession} is the whole login; this is its wire.
 *
 * Every call throws {@link AuthTransportError}, {@link AuthApiError} or {@link AuthDecodeError}.
 */
export class AuthClient {
  readonly #transport: Transport;

  /** @throws AuthUrlError when the URL is not usable; ValidationError for an unusable time limit. */
  constructor(options: AuthClientOptions) {
    const baseUrl = parseBaseUrl(options.authUrl);
    if (baseUrl === undefined) {
      throw new AuthUrlError(
        'AUTH_URL_INVALID',
        `authUrl: expected an http or https URL without credentials, query and fragment, got ${redactUrl(options.authUrl)}`,
        { field: 'authUrl' },
      );
    }
    this.#transport = {
      baseUrl,
      fetch: options.fetch ?? platformFetch,
      timeoutMs: timeoutOf(options.timeoutMs),
      retry: DEFAULT_RETRY_POLICY,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      hooks: options.hooks ?? {},
      tracing: options.tracing,
    };
  }

  /** Parsed auth URL. */
  get authUrl(): URL {
    return this.#transport.baseUrl;
  }

  /** Asks for a login challenge. */
  getNonce(address: string, options?: RequestOptions): Promise<AuthNonce> {
    return this.#call(callRoute(this.#transport, AUTH_ROUTES.nonce, withBody({ address }), options));
  }

  /** Trades a signed message for tokens. */
  verify(request: AuthVerifyRequest, options?: RequestOptions): Promise<AuthTokens> {
    const secrets = [request.signature];
    return this.#call(
      callRoute(this.#transport, AUTH_ROUTES.verify, withBody(request), { ...options, secrets }),
    );
  }

  /** Trades a refresh token for new tokens; the old one is used up. */
  refresh(refreshToken: string, options?: RequestOptions): Promise<AuthTokens> {
    const sent = { ...options, secrets: [refreshToken] };
    return this.#call(callRoute(this.#transport, AUTH_ROUTES.refresh, withBody({ refreshToken }), sent));
  }

  /** Revokes a refresh token; resolves to false when it was unknown or already revoked. */
  async logout(refreshToken: string, options?: RequestOptions): Promise<boolean> {
    const sent = { ...options, secrets: [refreshToken] };
    const call = callRoute(this.#transport, AUTH_ROUTES.logout, withBody({ refreshToken }), sent);
    return (await this.#call(call)).revoked;
  }

  async #call<T>(call: Promise<{ readonly value: T }>): Promise<T> {
    try {
      return (await call).value;
    } catch (error) {
      throw error instanceof RpcError ? toAuthError(error) : error;
    }
  }
}

const withBody = <Body>(request: Body) => ({ params: {}, query: {}, request });

/** Translates a failed call of a login route. The body of a broken answer stays out: it may hold a token. */
function toAuthError(error: RpcError): AuthError {
  const { method, url, status, requestId, field } = error.context;
  const facts = { method, url, requestId };
  switch (error.code) {
    case 'RPC_UNREACHABLE':
      return new AuthTransportError('AUTH_UNREACHABLE', error.message, facts, { cause: error });
    case 'RPC_TIMEOUT':
      return new AuthTransportError('AUTH_TIMEOUT', error.message, facts, { cause: error });
    case 'RPC_RESPONSE_INVALID':
      return new AuthDecodeError(
        'AUTH_RESPONSE_INVALID',
        `${method} ${url}: the answer has an unusable ${field}`,
        {
          ...facts,
          status,
          field,
        },
      );
    case 'RPC_STATUS':
      return new AuthApiError(error.message, error.status ?? 0, error.body ?? '', {
        cause: error,
        requestId,
      });
  }
}
