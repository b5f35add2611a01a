import { ADMIN_SCOPE_REPAIR_CHAIN, encodeWith } from '@fourmica/core-types';
import {
  AcceptBranchRequestSchema,
  type AcceptedBranch,
  QuarantineRetryAnswerSchema,
  QuarantineRetryRequestSchema,
  type Rescan,
  RescanRequestSchema,
} from '@fourmica/core-types/chain-repairs';
import type { Route } from '@fourmica/http-service';
import type { HttpContext } from '../context.js';
import { readBody } from '../input.js';

/** Repairing a ledger that does not hold what the chain does. For administrators. */
export const chainRepairRoutes = (context: HttpContext): Route[] => [
  {
    method: 'POST',
    url: '/core/admin/chain/quarantine-retry',
    handle: async (request) => {
      await context.requireAdminRight(request, ADMIN_SCOPE_REPAIR_CHAIN);
      readBody(request, QuarantineRetryRequestSchema);
      const { applied, remaining } = await context.ledgerRepair.retryQuarantine();
      const events = remaining.map(({ record: { name, blockNumber, txHash }, error }) => ({
        name,
        blockNumber: Number(blockNumber),
        txHash,
        error,
      }));
      return encodeWith(QuarantineRetryAnswerSchema, { applied, remaining: events }, 'quarantine');
    },
  },
  {
    method: 'POST',
    url: '/core/admin/chain/rescan',
    handle: async (request): Promise<Rescan> => {
      await context.requireAdminRight(request, ADMIN_SCOPE_REPAIR_CHAIN);
      const { fromBlock, toBlock } = readBody(request, RescanRequestSchema);
      return context.ledgerRepair.rescan(fromBlock, toBlock);
    },
  },
  {
    method: 'POST',
    url: '/core/admin/chain/accept-branch',
    handle: async (request): Promise<AcceptedBranch> => {
      await context.requireAdminRight(request, ADMIN_SCOPE_REPAIR_CHAIN);
      const { blockNumber } = readBody(request, AcceptBranchRequestSchema);
      return context.ledgerRepair.acceptBranch(blockNumber);
    },
  },
];
