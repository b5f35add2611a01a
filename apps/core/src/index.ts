export { type AuthSettings, adminApiKeyOfSeed } from './auth/index.js';
export {
  type CertificateVisibility,
  type Confirmation,
  type CoreConfig,
  DEFAULT_REQUEST_LIMITS,
  type RequestLimits,
} from './config/config.js';
export { CORE_SETTINGS, type CoreSetting } from './config/descriptions.js';
export { coreConfigFromEnv } from './config/env.js';
export { type CoreDeps, type CoreService, createCore } from './core.js';
export type { IssuingSeams } from './issue/guarantee-issuer.js';
export { createLogger, secretsOf } from './logger.js';
export { runCore } from './run.js';
export type { DatabaseConfig } from './store/database.js';
export type { InvariantViolation } from './store/invariants.js';
