import {
  type Address,
  type AuthTokens,
  type Clock,
  type EvmSigner,
  parseU64,
  systemClock,
  type UintLike,
  untilAborted,
} from '@fourmica/core-types';
import { AuthClient, type AuthClientOptions } from './auth-client.js';
import { checkChallenge } from './challenge-check.js';
import type { TokenProvider } from './credentials.js';
import { AuthApiError, AuthConfigError } from './errors.js';
import type { RequestOptions } from './request-options.js';
import { buildSiweMessage } from './siwe-message.js';

/** Settings of an {@link AuthSession}. */
export interface AuthSessionOptions extends AuthClientOptions {
  /** Signs the login message. */
  readonly signer: EvmSigner;
  /** A token that ends within this many seconds is replaced; default 60, at most half of the token's life counts. */
  readonly refreshMarginSecs?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Chain that the login has to be for. */
  readonly expectedChainId?: UintLike | undefined;
  /** Accepts a login for this domain instead of the host of `authUrl`. */
  readonly expectedDomain?: string | undefined;
}

interface Held {
  readonly tokens: AuthTokens;
  readonly expiresAtMs: number;
  readonly isRejected: boolean;
}

const DEFAULT_REFRESH_MARGIN_SECS = 60;

/**
 * A wallet's login at a core (Sign-In with Ethereum): logs in when a token is first needed, refreshes it before it ends,
 * and logs in again when the refresh token is refused. Concurrent callers share one login.
 */
export class AuthSession implements TokenProvider {
  readonly #client: AuthClient;
  readonly #signer: EvmSigner;
  readonly #clock: Clock;
  readonly #marginMs: number;
  readonly #expectedChainId: bigint | undefined;
  readonly #expectedDomain: string | undefined;
  #held: Held | undefined;
  #running: Promise<AuthTokens> | undefined;

  /**
   * @throws AuthUrlError for an unusable auth URL.
   * @throws AuthConfigError for a margin that is no finite number of at least 0.
   */
  constructor(options: AuthSessionOptions) {
    const margin = options.refreshMarginSecs ?? DEFAULT_REFRESH_MARGIN_SECS;
    if (!Number.isFinite(margin) || margin < 0) {
      throw new AuthConfigError(
        'AUTH_CONFIG_INVALID',
        `refreshMarginSecs: expected a finite number of seconds, at least 0, got ${margin}`,
        { field: 'refreshMarginSecs' },
      );
    }
    this.#client = new AuthClient(options);
    this.#signer = options.signer;
    this.#clock = options.clock ?? systemClock;
    this.#marginMs = margin * 1000;
    this.#expectedChainId =
      options.expectedChainId === undefined
        ? undefined
        : parseU64(options.expectedChainId, 'expectedChainId');
    this.#expectedDomain = options.expectedDomain;
  }

  /** The wallet that logs in. */
  get address(): Address {
    return this.#signer.address;
  }

  /**
   * Returns an access token that is valid for the refresh margin at least, logging in or refreshing when needed.
   *
   * @throws AuthError when that fails; the signal's reason on abort, which does not stop the login for other callers.
   */
  async accessToken(options: RequestOptions = {}): Promise<string> {
    const held = this.#held;
    if (held !== undefined && !held.isRejected && !this.#isDue(held)) return held.tokens.accessToken;
    options.signal?.throwIfAborted();
    const tokens = await untilAborted(
      this.#once(() => this.#renew()),
      options.signal,
    );
    return tokens.accessToken;
  }

  /** Logs in with a new signature, or joins a login that is under way. */
  async login(options: RequestOptions = {}): Promise<AuthTokens> {
    options.signal?.throwIfAborted();
    return untilAborted(
      this.#once(() => this.#signIn()),
      options.signal,
    );
  }

  /**
   * Revokes the refresh token and forgets both tokens. The access token stays valid at the core until it ends.
   *
   * @returns false when there was nothing to revoke.
   * @throws AuthError when the core cannot be told; the tokens are forgotten all the same.
   */
  async logout(options: RequestOptions = {}): Promise<boolean> {
    await this.#running?.catch(() => undefined);
    const held = this.#held;
    this.#held = undefined;
    return held === undefined ? false : this.#client.logout(held.tokens.refreshToken, options);
  }

  /**
   * Marks the access token as refused, so that the next call refreshes it.
   *
   * @param rejectedToken - the refused token; when another one has replaced it meanwhile, nothing happens.
   */
  invalidate(rejectedToken?: string): void {
    const held = this.#held;
    if (held === undefined) return;
    if (rejectedToken !== undefined && rejectedToken !== held.tokens.accessToken) return;
    this.#held = { ...held, isRejected: true };
  }

  #isDue({ tokens, expiresAtMs }: Held): boolean {
    const margin = Math.min(this.#marginMs, (tokens.expiresIn * 1000) / 2);
    return this.#clock.nowMs() + margin >= expiresAtMs;
  }

  #once(work: () => Promise<AuthTokens>): Promise<AuthTokens> {
    this.#running ??= work().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #renew(): Promise<AuthTokens> {
    const held = this.#held;
    if (held === undefined) return this.#signIn();
    try {
      const askedAtMs = this.#clock.nowMs();
      return this.#hold(await this.#client.refresh(held.tokens.refreshToken), askedAtMs);
    } catch (error) {
      if (!(error instanceof AuthApiError) || error.status !== 401) throw error;
      return this.#signIn();
    }
  }

  async #signIn(): Promise<AuthTokens> {
    const { address } = this.#signer;
    const challenge = await this.#client.getNonce(address);
    checkChallenge(challenge, {
      authUrl: this.#client.authUrl,
      expectedDomain: this.#expectedDomain,
      expectedChainId: this.#expectedChainId,
    });
    const message = buildSiweMessage(address, challenge);
    const signature = await this.#signer.signMessage(message);
    const askedAtMs = this.#clock.nowMs();
    return this.#hold(await this.#client.verify({ address, message, signature }), askedAtMs);
  }

  #hold(tokens: AuthTokens, askedAtMs: number): AuthTokens {
    this.#held = { tokens, expiresAtMs: askedAtMs + tokens.expiresIn * 1000, isRejected: false };
    return tokens;
  }
}
