import { type Environment, logStartFailure, runService } from '@fourmica/http-service';
import { coreConfigFromEnv, logLevelFromEnv } from './config/env.js';
import { createCore } from './core.js';
import { createLogger, secretsOf } from './logger.js';

/**
 * Runs a core with the settings of the environment until it is interrupted. What goes wrong stands in the log.
 *
 * @returns the exit code.
 */
export async function runCore(env: Environment, interrupted: AbortSignal): Promise<number> {
  let logger = createLogger();
  try {
    logger = createLogger(logLevelFromEnv(env));
    const config = coreConfigFromEnv(env);
    logger = createLogger(logLevelFromEnv(env), secretsOf(config));
    return await runService(() => createCore(config, { logger }), { logger, interrupted });
  } catch (error) {
    logStartFailure(logger, error);
    return 1;
  }
}
