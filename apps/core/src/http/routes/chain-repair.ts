import { ADMIN_SCOPE_REPAIR_CHAIN } from '@fourmica/core-types';
import type { Route } from '@fourmica/http-service';
import * as z from 'zod';
import type { HttpContext } from '../context.js';
import { readBody } from '../input.js';

const BlockSchema = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Body of a retry of the quarantine: an empty object. */
export const QuarantineRetryRequestSchema = z.object({});
/** Blocks to be read again, both included. */
export const RescanRequestSchema = z.object({ from_block: BlockSchema, to_block: BlockSchema });
/** The last block that the abandoned branch and the new one share. */
export const AcceptBranchRequestSchema = z.object({ block_number: BlockSchema });

export const QuarantineRetryAnswerSchema = z.object({
  applied: z.int(),
  remaining: z.array(
    z.object({ name: z.string(), block_number: z.string(), tx_hash: z.string(), error: z.string() }),
  ),
});
export const RescanAnswerSchema = z.object({ events: z.int(), payments: z.int(), quarantined: z.int() });
export const AcceptBranchAnswerSchema = z.object({ effects: z.int(), events: z.int(), payments: z.int() });

/** Repairing a ledger that does not hold what the chain does. For administrators. */
export const chainRepairRoutes = (context: HttpContext): Route[] => [
  {
    method: 'POST',
    url: '/core/admin/chain/quarantine-retry',
    handle: async (request): Promise<z.infer<typeof QuarantineRetryAnswerSchema>> => {
      await context.requireAdminRight(request, ADMIN_SCOPE_REPAIR_CHAIN);
      readBody(request, QuarantineRetryRequestSchema);
      const { applied, remaining } = await context.ledgerRepair.retryQuarantine();
      return {
        applied,
        remaining: remaining.map(({ record, error }) => ({
          name: record.name,
          block_number: `0x${record.blockNumber.toString(16)}`,
          tx_hash: record.txHash,
          error,
        })),
      };
    },
  },
  {
    method: 'POST',
    url: '/core/admin/chain/rescan',
    handle: async (request): Promise<z.infer<typeof RescanAnswerSchema>> => {
      await context.requireAdminRight(request, ADMIN_SCOPE_REPAIR_CHAIN);
      const { from_block, to_block } = readBody(request, RescanRequestSchema);
      return context.ledgerRepair.rescan(from_block, to_block);
    },
  },
  {
    method: 'POST',
    url: '/core/admin/chain/accept-branch',
    handle: async (request): Promise<z.infer<typeof AcceptBranchAnswerSchema>> => {
      await context.requireAdminRight(request, ADMIN_SCOPE_REPAIR_CHAIN);
      const { block_number } = readBody(request, AcceptBranchRequestSchema);
      return context.ledgerRepair.acceptBranch(block_number);
    },
  },
];
