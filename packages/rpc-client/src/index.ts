export { AuthClient, type AuthClientOptions } from './auth-client.js';
export { AUTH_ROUTES } from './auth-routes.js';
export { AuthSession, type AuthSessionOptions } from './auth-session.js';
export { checkChallenge, type ExpectedChallenge } from './challenge-check.js';
export { CoreClient, type CoreClientOptions, type ListOptions } from './core-client.js';
export { normalizeBearerToken, type TokenProvider } from './credentials.js';
export * from './errors.js';
export type { RequestEvent, ResponseEvent, TransportHooks } from './hooks.js';
export type { Page, PageOptions } from './page.js';
export type { CoreRefusal } from './refusals.js';
export type { RequestOptions } from './request-options.js';
export {
  DEFAULT_RETRY_POLICY,
  type FailedAttempt,
  type RetryPolicy,
  retryDelay,
  shouldRetry,
} from './retry.js';
export type { Route, RouteInput, RouteSchema } from './route.js';
export { CORE_ROUTES, type CoreRouteName } from './routes.js';
export { buildSiweMessage } from './siwe-message.js';
export type { Tracer, TraceSpan, Tracing } from './tracing.js';
export type { FetchLike } from './transport.js';
