import type { Clock, CorePublicParameters, SupportedToken } from '@fourmica/core-types';
import type { GuaranteeIssuer } from '../issue/guarantee-issuer.js';
import type { TabOpener } from '../issue/tab-opener.js';
import type { Queries } from '../store/schema.js';
import type { ResolveCaller } from './caller.js';

/** What the routes work with. */
export interface HttpContext {
  readonly db: Queries;
  readonly clock: Clock;
  readonly opener: TabOpener;
  readonly issuer: GuaranteeIssuer;
  readonly publicParameters: CorePublicParameters;
  readonly certificateVisibility: 'strict' | 'open';
  readonly resolveCaller: ResolveCaller;
  /** Throws when new guarantees are stopped. */
  readonly assertMayIssue: () => Promise<void>;
  readonly readTokens: () => Promise<readonly SupportedToken[]>;
  /** Resolves when the chain can be read. */
  readonly checkChain: () => Promise<void>;
}
