import { FourMicaError } from '@fourmica/core-types';
import type { CoreRefusal } from './refusals.js';

/**
 * What went wrong with a call of the core API.
 *
 * - `RPC_UNREACHABLE`: no answer (DNS, connection, TLS, CORS).
 * - `RPC_TIMEOUT`: no complete answer within the time limit.
 * - `RPC_STATUS`: the core refused the call; `status`, `refusal`, `reason` and `body` say why.
 * - `RPC_RESPONSE_INVALID`: the answer is not what the API promises; `field` says where.
 */
export type RpcErrorCode = 'RPC_UNREACHABLE' | 'RPC_TIMEOUT' | 'RPC_STATUS' | 'RPC_RESPONSE_INVALID';

/** What {@link RpcError} knows about the failed call. */
export interface RpcErrorContext {
  readonly method: string;
  /** URL without credentials and query. */
  readonly url: string;
  readonly status?: number | undefined;
  /** The core's own words: member `error`, else `message`, else the text; at most 300 characters. */
  readonly reason?: string | undefined;
  /** What {@link reason} means; undefined for words that are not known. */
  readonly refusal?: CoreRefusal | undefined;
  /** Beginning of the body, at most 2,000 characters. */
  readonly body?: string | undefined;
  readonly requestId?: string | undefined;
  /** How long the core asked to wait before the next try, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Path of the member that is wrong, such as `tab.tab_id`. */
  readonly field?: string | undefined;
}

/** A call of the core API that failed. */
export class RpcError extends FourMicaError<RpcErrorCode, RpcErrorContext> {
  override readonly name: string = 'RpcError';

  /** HTTP status; undefined when there was no answer. */
  get status(): number | undefined {
    return this.context.status;
  }

  /** The core's own words, such as `Not enough free collateral`; undefined when there was no answer. */
  get reason(): string | undefined {
    return this.context.reason;
  }

  /** Why the core refused, to switch on; undefined for a reason that this client does not know. */
  get refusal(): CoreRefusal | undefined {
    return this.context.refusal;
  }

  /** Beginning of the body, at most 2,000 characters. */
  get body(): string | undefined {
    return this.context.body;
  }

  /** Value of the answer's `x-request-id` header: name it when you report a problem to the operator. */
  get requestId(): string | undefined {
    return this.context.requestId;
  }
}

/** What the members of the {@link AuthError} family know. */
export type AuthErrorContext = Readonly<Record<string, unknown>>;

/** A login, refresh or logout that failed. */
export class AuthError<Code extends string = string> extends FourMicaError<Code, AuthErrorContext> {
  override readonly name: string = 'AuthError';
}

/** The auth URL is no usable URL. */
export class AuthUrlError extends AuthError<'AUTH_URL_INVALID'> {
  override readonly name: string = 'AuthUrlError';
}

/** No answer from the auth URL, or none in time. */
export class AuthTransportError extends AuthError<'AUTH_UNREACHABLE' | 'AUTH_TIMEOUT'> {
  override readonly name: string = 'AuthTransportError';
}

/** The answer of an auth route is not what the API promises. */
export class AuthDecodeError extends AuthError<'AUTH_RESPONSE_INVALID'> {
  override readonly name: string = 'AuthDecodeError';
}

/** An auth route refused the call. */
export class AuthApiError extends AuthError<'AUTH_STATUS'> {
  override readonly name: string = 'AuthApiError';

  constructor(
    message: string,
    /** HTTP status. */
    readonly status: number,
    /** Beginning of the body, at most 2,000 characters. */
    readonly body: string,
    options: { cause?: unknown; requestId?: string | undefined } = {},
  ) {
    super('AUTH_STATUS', message, { status, body, requestId: options.requestId }, { cause: options.cause });
  }
}

/** The core asks to sign a login for something else than it is; nothing was signed. */
export class AuthChallengeRefusedError extends AuthError<'AUTH_CHALLENGE_REFUSED'> {
  override readonly name: string = 'AuthChallengeRefusedError';
}

/** A setting of authentication is not what it has to be. */
export class AuthConfigError<
  Code extends string = 'AUTH_CONFIG_INVALID' | 'AUTH_CONFIG_MISSING',
> extends AuthError<Code> {
  override readonly name: string = 'AuthConfigError';
}

/** Something needs a login, and none is configured. */
export class AuthMissingConfigError extends AuthConfigError<'AUTH_CONFIG_MISSING'> {
  override readonly name: string = 'AuthMissingConfigError';
}
