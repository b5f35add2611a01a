import type { Address, AdminScope, Clock, CorePublicParameters, SupportedToken } from '@fourmica/core-types';
import type { Probe, RateLimits, Route, TrustedProxies } from '@fourmica/http-service';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../auth/index.js';
import type { LedgerRepair } from '../chain/ledger-repair.js';
import type { RequestLimits } from '../config/config.js';
import type { GuaranteeIssuer } from '../issue/guarantee-issuer.js';
import type { TabOpener } from '../issue/tab-opener.js';
import type { CoreMetrics } from '../metrics.js';
import type { CheckedPart } from '../store/invariants.js';
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
  /** Throws unless a request comes from an administrator with the scope. */
  readonly requireAdminRight: (request: FastifyRequest, scope: AdminScope) => Promise<void>;
  /** Checks the rules of the ledger for the users behind one, for some seconds. */
  readonly checkLedger: (after: Address | undefined) => Promise<CheckedPart>;
  /** What an operator can do about a ledger that does not hold what the chain does. */
  readonly ledgerRepair: LedgerRepair;
  /** Login and admin API keys. */
  readonly authRoutes: readonly Route[];
  /** Throws when new guarantees are stopped. */
  readonly assertMayIssue: () => Promise<void>;
  readonly metrics: CoreMetrics;
  readonly rateLimits: RateLimits<keyof RequestLimits>;
  readonly trustedProxies: TrustedProxies;
  /** Origins whose pages may call; `*` = every one. */
  readonly corsOrigins: readonly string[];
  /** Token with which metrics are read; undefined = not at all. */
  readonly metricsToken: string | undefined;
  readonly readTokens: () => Promise<readonly SupportedToken[]>;
  /** What a core needs to work. */
  readonly probes: {
    readonly database: Probe;
    /** The node answers, and the chain is being read. */
    readonly chain: Probe;
    /** The ledger is as new as issuing needs it. */
    readonly chainView: Probe;
  };
  /** Why guarantees are not issued whatever the request; undefined while they are. */
  readonly stopReason: () => string | undefined;
}
