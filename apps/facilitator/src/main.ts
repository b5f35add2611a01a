import { FourMicaError } from '@fourmica/core-types';
import pino from 'pino';
import { facilitatorConfigFromEnv } from './config/env.js';
import { createFacilitator } from './facilitator.js';

const logger = pino({
  name: '4mica-facilitator',
  level: process.env.LOG_LEVEL ?? 'info',
  redact: { paths: ['req.headers', '*.authWalletPrivateKey', '*.apiKeys'], censor: '[secret]' },
});

try {
  const service = await createFacilitator(facilitatorConfigFromEnv(process.env), { logger });
  const stop = (signal: NodeJS.Signals) => {
    logger.info({ signal }, 'stopping');
    service.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  logger.info({ url: await service.listen() }, 'listening');
} catch (error) {
  if (!(error instanceof FourMicaError)) throw error;
  logger.fatal({ code: error.code }, error.message);
  process.exitCode = 1;
}
