import { FourMicaError } from '@fourmica/core-types';
import type { Logger } from 'pino';

/** A service that can be started and ended. */
export interface Service {
  /** Starts to serve. @returns the base URL. */
  listen(): Promise<string>;
  /** Ends after the work that is under way. */
  close(): Promise<void>;
}

/**
 * Runs a service until it is interrupted.
 *
 * @param create - builds the service; what it throws ends the run.
 * @returns the exit code: 0 when it was interrupted and ended cleanly, otherwise 1, with the reason in the log.
 */
export async function runService(
  create: () => Promise<Service>,
  { logger, interrupted }: { readonly logger: Logger; readonly interrupted: AbortSignal },
): Promise<number> {
  let service: Service | undefined;
  try {
    service = await create();
    if (!interrupted.aborted) {
      logger.info({ url: await service.listen() }, 'serving');
      await interruption(interrupted);
    }
    logger.info('stopping after the work that is under way');
    await service.close();
    return 0;
  } catch (error) {
    logStartFailure(logger, error);
    await service?.close().catch((cause: unknown) => logger.error({ err: cause }, 'stopping failed'));
    return 1;
  }
}

/** A mistake in the settings is explained by its message; the stack would only hide it. */
export function logStartFailure(logger: Logger, error: unknown): void {
  if (error instanceof FourMicaError) logger.fatal({ code: error.code }, error.message);
  else logger.fatal({ err: error }, 'the service ended with an unexpected error');
}

/** A signal that is aborted when the process is asked to end. */
export function processInterruption(): AbortSignal {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interruption.abort());
  }
  return interruption.signal;
}

const interruption = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
