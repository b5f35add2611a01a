export { type AuthSettings, adminApiKeyOfSeed } from './auth/index.js';
export type {
  CertificateVisibility,
  Confirmation,
  CoreConfig,
} from './config/config.js';
export { coreConfigFromEnv } from './config/env.js';
export { type CoreDeps, type CoreService, createCore } from './core.js';
export type { IssuingSeams } from './issue/guarantee-issuer.js';
export { createLogger } from './logger.js';
export type { DatabaseConfig } from './store/database.js';
export type { InvariantViolation } from './store/invariants.js';
