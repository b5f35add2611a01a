import { FourMicaError } from '@fourmica/core-types';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Somebody asked more often than is allowed; the request was not looked at. */
export class TooManyRequestsError extends FourMicaError<
  'TOO_MANY_REQUESTS',
  { readonly retryAfterSecs: number }
> {
  override readonly name = 'TooManyRequestsError';

  constructor(retryAfterSecs: number) {
    super('TOO_MANY_REQUESTS', `too many requests, please retry in ${retryAfterSecs} s`, { retryAfterSecs });
  }
}

/** Whose requests are counted together: a name of a limit and who it is. */
export interface Consumer<Limit extends string> {
  readonly limit: Limit;
  readonly key: string;
}

const WINDOW_SECS = 60;

/**
 * Counts requests per minute in the memory of this process; several processes count each for itself. A limit of 0 does
 * not count.
 */
export class RateLimits<Limit extends string> {
  readonly #limiters: ReadonlyMap<string, RateLimiterMemory>;

  /** @param perMinute - requests per minute of each consumer, by limit. */
  constructor(perMinute: Readonly<Record<Limit, number>>) {
    this.#limiters = new Map(
      Object.entries<number>(perMinute)
        .filter(([, points]) => points > 0)
        .map(([limit, points]) => [
          limit,
          new RateLimiterMemory({ keyPrefix: limit, points, duration: WINDOW_SECS }),
        ]),
    );
  }

  /** True when nothing is limited. */
  get isOff(): boolean {
    return this.#limiters.size === 0;
  }

  /** @throws TooManyRequestsError when a consumer has used up its minute. */
  async count({ limit, key }: Consumer<Limit>): Promise<void> {
    try {
      await this.#limiters.get(limit)?.consume(key);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw new TooManyRequestsError(Math.max(1, Math.ceil(error.msBeforeNext / 1000)));
    }
  }
}

/**
 * Counts every request of an app before its body is read.
 *
 * @param consumerOf - says who sends a request; undefined = it is not counted.
 */
export function limitRequests<Limit extends string>(
  app: FastifyInstance,
  limits: RateLimits<Limit>,
  consumerOf: (request: FastifyRequest) => Promise<Consumer<Limit> | undefined>,
): void {
  if (limits.isOff) return;
  app.addHook('onRequest', async (request) => {
    const consumer = await consumerOf(request);
    if (consumer !== undefined) await limits.count(consumer);
  });
}
