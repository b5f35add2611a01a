import pino, { type Logger } from 'pino';

/** Places where a secret could stand in a logged object. */
const SECRETS = [
  'operatorPrivateKey',
  'blsSecretKey',
  'jwtSecret',
  'metricsToken',
  'adminSeedKey',
  'auth.jwtSecret',
  'database.url',
  'config.operatorPrivateKey',
  'config.blsSecretKey',
  'config.auth.jwtSecret',
  'config.database.url',
  'headers.authorization',
  'headers["x-api-key"]',
  'req.headers.authorization',
  'req.headers["x-api-key"]',
];

/** Creates the core's logger: JSON lines on standard output, secrets replaced. */
export const createLogger = (level = 'info'): Logger =>
  pino({ name: '4mica-core', level, redact: { paths: SECRETS, censor: '[secret]' } });
