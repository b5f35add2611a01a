export { apiPage, documentationRoutes } from './api-page.js';
export { type AppOptions, createApp, DEFAULT_TIMEOUTS, type RequestTimeouts } from './app.js';
export { clientNetwork } from './client-network.js';
export { commonAnswerOf, type ErrorAnswer, INTERNAL_ERROR, MalformedJsonError } from './errors.js';
export { ListenError, type ListenOptions, listen } from './listen.js';
export { createServiceLogger, LOG_LEVELS, type LoggerOptions, type LogLevel } from './logger.js';
export { httpHistogram, LATENCY_BUCKETS, metricsRoutes, observeRequests } from './metrics.js';
export {
  type Access,
  buildOpenApi,
  type OpenApiContent,
  type OpenApiDocument,
  type OpenApiParameter,
  type OpenApiSource,
  type OpenApiValue,
  type Operation,
  type RouteDocumentation,
  wireSchemaOf,
} from './openapi.js';
export {
  LINK_HEADER,
  MAX_PAGE_ENTRIES,
  PAGE_QUERY,
  PageError,
  type Paging,
  pagingByTime,
  readPage,
  type Slice,
  type TimePosition,
} from './pages.js';
export { type Probe, probeOf } from './probe.js';
export { type Consumer, limitRequests, RateLimits, TooManyRequestsError } from './rate-limits.js';
export { addRoutes, type Route } from './route.js';
export { logStartFailure, processInterruption, runService, type Service } from './run-service.js';
export { isSameSecret } from './secret-compare.js';
export { readSecretFile } from './secret-file.js';
export { secretFilter, secretsOfUrl } from './secret-filter.js';
export {
  type Environment,
  SERVICE_SETTINGS,
  type SettingDescription,
  type SettingDescriptions,
  Settings,
  settingsTable,
} from './settings.js';
export { parseTrustedProxies, type TrustedProxies } from './trust-proxy.js';
