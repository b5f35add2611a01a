import {
  AcceptBranchAnswerSchema,
  AcceptBranchRequestSchema,
  type AcceptedBranch,
  type QuarantineRetry,
  QuarantineRetryAnswerSchema,
  QuarantineRetryRequestSchema,
  type Rescan,
  RescanAnswerSchema,
  type RescanRequest,
  RescanRequestSchema,
} from '@fourmica/core-types/chain-repairs';
import * as z from 'zod/mini';
import type { CoreClient } from './core-client.js';
import type { RequestOptions } from './request-options.js';
import type { Route } from './route.js';

const nothing = z.object({});
const repair = { method: 'POST', params: nothing, query: nothing } as const;

/** The routes that repair what the ledger of a core holds of the chain; for an admin API key that may, or an admin. */
export const CHAIN_REPAIR_ROUTES = {
  retryQuarantine: {
    ...repair,
    path: '/core/admin/chain/quarantine-retry',
    request: QuarantineRetryRequestSchema,
    response: QuarantineRetryAnswerSchema,
    idempotent: true,
  },
  rescanBlocks: {
    ...repair,
    path: '/core/admin/chain/rescan',
    request: RescanRequestSchema,
    response: RescanAnswerSchema,
    idempotent: true,
  },
  acceptBranch: {
    ...repair,
    path: '/core/admin/chain/accept-branch',
    request: AcceptBranchRequestSchema,
    response: AcceptBranchAnswerSchema,
    // A second copy would be refused, because the ledger follows the chain again, and hide that the first one worked.
    idempotent: false,
  },
} as const satisfies Readonly<Record<string, Route>>;

const NO_PARAMETERS = { params: {}, query: {} };

/** Has the events tried again that a core could not apply. Throws as every call of a {@link CoreClient} does. */
export const retryQuarantine = (core: CoreClient, options?: RequestOptions): Promise<QuarantineRetry> =>
  core.call(CHAIN_REPAIR_ROUTES.retryQuarantine, { ...NO_PARAMETERS, request: {} }, options);

/** Has blocks read again that the ledger has passed, at most 1,000, and what is missing taken in. */
export const rescanBlocks = (
  core: CoreClient,
  request: RescanRequest,
  options?: RequestOptions,
): Promise<Rescan> => core.call(CHAIN_REPAIR_ROUTES.rescanBlocks, { ...NO_PARAMETERS, request }, options);

/**
 * Lets the ledger go on from a block after a reorganisation deeper than it can go back by itself.
 *
 * @param blockNumber - the last block that the abandoned branch and the new one share.
 */
export const acceptBranch = (
  core: CoreClient,
  blockNumber: number,
  options?: RequestOptions,
): Promise<AcceptedBranch> =>
  core.call(CHAIN_REPAIR_ROUTES.acceptBranch, { ...NO_PARAMETERS, request: { blockNumber } }, options);
