import { type Clock, systemClock } from '@fourmica/core-types';
import { useFastSecp256k1 } from '@fourmica/eip712-claims/fast';
import { listen } from '@fourmica/http-service';
import { FOUR_MICA_SCHEME } from '@fourmica/x402';
import pino, { type Logger } from 'pino';
import { type FacilitatorConfig, parseFacilitatorConfig, requestLimitsOf } from './config/config.js';
import { FacilitatorError } from './errors.js';
import { apiKeyCheck } from './http/api-keys.js';
import { buildApp } from './http/app.js';
import { FacilitatorMetrics } from './metrics.js';
import { FacilitatedNetwork } from './network/facilitated-network.js';
import { PaymentService } from './payments.js';
import { TabService } from './tabs.js';

/** What a facilitator takes from outside. */
export interface FacilitatorDeps {
  readonly clock?: Clock | undefined;
  /** Default writes nothing. */
  readonly logger?: Logger | undefined;
}

/** A facilitator. */
export interface FacilitatorService {
  /** Starts to listen. @returns the base URL. */
  listen(): Promise<string>;
  /** Answers what is under way and stops; may be called more than once. */
  close(): Promise<void>;
}

/**
 * Creates a facilitator and reads its networks. A network that does not answer is tried again later; the others work.
 *
 * @throws ValidationError naming the setting that is wrong.
 * @throws FacilitatorError `NETWORK_MISCONFIGURED` when a core and its contract contradict each other.
 */
export async function createFacilitator(
  config: FacilitatorConfig,
  deps: FacilitatorDeps = {},
): Promise<FacilitatorService> {
  const settings = parseFacilitatorConfig(config);
  const clock = deps.clock ?? systemClock;
  const logger = deps.logger ?? pino({ level: 'silent' });
  const { name: secp256k1 } = await useFastSecp256k1();
  logger.debug({ secp256k1 }, 'payer signatures are recovered with this engine');
  const scheme = settings.scheme ?? FOUR_MICA_SCHEME;
  const networks = settings.networks.map(
    (network) => new FacilitatedNetwork(network, settings, { clock, log: logger }),
  );
  const [first] = networks;
  if (first === undefined)
    throw new FacilitatorError('CONFIG_INVALID', 'networks: expected at least one network');
  const stop = () => {
    for (const network of networks) network.stop();
  };
  try {
    await Promise.all(networks.map((network) => network.start()));
  } catch (error) {
    stop();
    throw error;
  }
  warnOfOpenCertificates(settings.certificateVisibility, networks, logger);

  const app = buildApp({
    networks,
    payments: new PaymentService({
      networks,
      clock,
      scheme,
      certificateVisibility: settings.certificateVisibility,
      onError: (error, message) => logger.warn({ error }, message),
    }),
    tabs: new TabService(networks, { network: first.network, asset: settings.assetAddress }, clock),
    scheme,
    checkApiKey: apiKeyCheck(settings.apiKeys ?? []),
    metrics: new FacilitatorMetrics(networks),
    metricsToken: settings.metricsToken,
    limits: requestLimitsOf(settings),
    trustedProxies: settings.trustedProxies,
    corsOrigins: settings.corsOrigins ?? [],
    logger,
  });
  let closing: Promise<void> | undefined;
  return {
    listen: () =>
      listen(app, { host: settings.host, port: settings.port, hostSetting: 'HOST', portSetting: 'PORT' }),
    close: () => {
      stop();
      closing ??= app.close();
      return closing;
    },
  };
}

function warnOfOpenCertificates(
  visibility: 'auto' | 'strict' | 'open',
  networks: readonly FacilitatedNetwork[],
  logger: Logger,
): void {
  if (visibility !== 'open') return;
  for (const { network, known } of networks) {
    if (known?.paysIncrementally === true) continue;
    logger.warn(
      { network },
      'certificates are shown to everybody, but this contract is not known to pay incrementally: a payer can close a tab with its first certificate',
    );
  }
}
