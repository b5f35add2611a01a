import { type Environment, logStartFailure, runService } from '@fourmica/http-service';
import { facilitatorConfigFromEnv, logLevelFromEnv } from './config/env.js';
import { createFacilitator } from './facilitator.js';
import { createLogger, secretsOf } from './logger.js';

/**
 * Runs a facilitator with the settings of the environment until it is interrupted. What goes wrong stands in the log.
 *
 * @returns the exit code.
 */
export async function runFacilitator(env: Environment, interrupted: AbortSignal): Promise<number> {
  let logger = createLogger();
  try {
    const config = facilitatorConfigFromEnv(env);
    logger = createLogger(logLevelFromEnv(env), secretsOf(config));
    return await runService(() => createFacilitator(config, { logger }), { logger, interrupted });
  } catch (error) {
    logStartFailure(logger, error);
    return 1;
  }
}
