import { createServiceLogger, type LogLevel, secretsOfUrl } from '@fourmica/http-service';
import type { Logger } from 'pino';
import type { ParsedFacilitatorConfig } from './config/config.js';

/** Lists what must never stand in a facilitator's log. */
export const secretsOf = ({ networks, apiKeys, metricsToken }: ParsedFacilitatorConfig): string[] =>
  [
    ...networks.flatMap((network) => [
      network.authWalletPrivateKey,
      ...secretsOfUrl(network.rpcUrl),
      ...secretsOfUrl(network.coreApiUrl),
    ]),
    ...(apiKeys ?? []),
    metricsToken,
  ].filter((secret) => secret !== undefined);

/** Creates the facilitator's logger: JSON lines on standard output, the given secrets and every token replaced. */
export const createLogger = (level: LogLevel = 'info', secrets: readonly string[] = []): Logger =>
  createServiceLogger({ name: '4mica-facilitator', level, secrets });
