import { createServiceLogger, type LogLevel, secretsOfUrl } from '@fourmica/http-service';
import type { Logger } from 'pino';
import type { CoreConfig } from './config/config.js';

/** Lists what must never stand in a core's log. */
export const secretsOf = (config: CoreConfig): string[] =>
  [
    config.operatorPrivateKey,
    config.blsSecretKey,
    config.auth?.jwtSecret,
    config.adminSeedKey,
    config.metricsToken,
    ...[config.ethereumHttpRpcUrl].flat().flatMap(secretsOfUrl),
    ...(config.database.kind === 'postgres' ? secretsOfUrl(config.database.url) : []),
  ].filter((secret) => secret !== undefined);

/** Creates the core's logger: JSON lines on standard output, the given secrets and every token replaced. */
export const createLogger = (level: LogLevel = 'info', secrets: readonly string[] = []): Logger =>
  createServiceLogger({ name: '4mica-core', level, secrets });
