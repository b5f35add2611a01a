import { FourMicaError } from '@fourmica/core-types';
import type { ErrorAnswer } from '@fourmica/http-service';

/** HTTP status of each reason for which the auth module refuses a request. */
export const AUTH_REFUSAL_STATUS = {
  AUTH_INVALID_REQUEST: 400,
  AUTH_UNAUTHENTICATED: 401,
  AUTH_FORBIDDEN: 403,
  AUTH_NOT_FOUND: 404,
  AUTH_BODY_SHAPE: 422,
  AUTH_TOO_MANY_REQUESTS: 429,
  AUTH_UNAVAILABLE: 503,
} as const;
export type AuthRefusalCode = keyof typeof AUTH_REFUSAL_STATUS;

/** A login, token, key or right that the core does not accept. The message is the text on the wire. */
export class AuthRefusalError extends FourMicaError<
  AuthRefusalCode,
  { readonly retryAfterSecs?: number | undefined }
> {
  override readonly name = 'AuthRefusalError';

  constructor(
    code: AuthRefusalCode,
    message: string,
    options: { cause?: unknown; retryAfterSecs?: number | undefined } = {},
  ) {
    super(code, message, { retryAfterSecs: options.retryAfterSecs }, { cause: options.cause });
  }

  /** HTTP status of the answer. */
  get status(): number {
    return AUTH_REFUSAL_STATUS[this.code];
  }
}

export const invalidRequest = (message: string, cause?: unknown): AuthRefusalError =>
  new AuthRefusalError('AUTH_INVALID_REQUEST', message, { cause });

export const unauthenticated = (message: string, cause?: unknown): AuthRefusalError =>
  new AuthRefusalError('AUTH_UNAUTHENTICATED', message, { cause });

export const forbidden = (message: string): AuthRefusalError =>
  new AuthRefusalError('AUTH_FORBIDDEN', message);

/** Says what a client hears about a refusal. */
export function answerOfAuthRefusal({ status, message, context }: AuthRefusalError): ErrorAnswer {
  const { retryAfterSecs } = context;
  return {
    status,
    text: message,
    headers: {
      ...(retryAfterSecs === undefined ? {} : { 'retry-after': String(retryAfterSecs) }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
  };
}
