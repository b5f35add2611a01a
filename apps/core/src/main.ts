import { FourMicaError } from '@fourmica/core-types';
import { coreConfigFromEnv } from './config/env.js';
import { createCore } from './core.js';
import { createLogger } from './logger.js';

const logger = createLogger(process.env.LOG_LEVEL ?? 'info');

async function main(): Promise<void> {
  const core = await createCore(coreConfigFromEnv(process.env), { logger });
  const stop = (signal: string): void => {
    logger.info({ signal }, 'stopping after the work that is under way');
    core.close().then(
      () => process.exit(0),
      (error) => {
        logger.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await core.listen();
}

main().catch((error) => {
  // A mistake in the settings is explained by its message; the stack would only hide it.
  if (error instanceof FourMicaError) logger.fatal({ code: error.code }, error.message);
  else logger.fatal({ err: error }, 'the core could not start');
  process.exit(1);
});
