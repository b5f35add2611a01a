import type { Clock, CorePublicParameters, SupportedToken } from '@fourmica/core-types';
import type { FastifyRequest } from 'fastify';
import type { AuthRoute, Caller } from '../auth/index.js';
import type { GuaranteeIssuer } from '../issue/guarantee-issuer.js';
import type { TabOpener } from '../issue/tab-opener.js';
import type { CoreMetrics } from '../metrics.js';
import type { Queries } from '../store/schema.js';

/** What the routes work with. */
export interface HttpContext {
  readonly db: Queries;
  readonly clock: Clock;
  readonly opener: TabOpener;
  readonly issuer: GuaranteeIssuer;
  readonly publicParameters: CorePublicParameters;
  readonly certificateVisibility: 'strict' | 'open';
  /** Finds out who sent a request; throws when it has to say so and does not. */
  readonly resolveCaller: (request: FastifyRequest) => Promise<Caller>;
  /** Throws unless a request may suspend users. */
  readonly requireSuspensionRight: (request: FastifyRequest) => Promise<void>;
  /** Login and admin API keys. */
  readonly authRoutes: readonly AuthRoute[];
  /** Throws when new guarantees are stopped. */
  readonly assertMayIssue: () => Promise<void>;
  readonly metrics: CoreMetrics;
  /** Origins whose pages may call; `*` = every one. */
  readonly corsOrigins: readonly string[];
  /** Token with which metrics are read; undefined = not at all. */
  readonly metricsToken: string | undefined;
  readonly readTokens: () => Promise<readonly SupportedToken[]>;
  /** Resolves when the chain can be read. */
  readonly checkChain: () => Promise<void>;
}
