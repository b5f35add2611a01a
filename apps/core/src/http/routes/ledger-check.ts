import {
  ADMIN_SCOPE_CHECK_LEDGER,
  encodeWith,
  LedgerCheckRequestSchema,
  LedgerCheckSchema,
} from '@fourmica/core-types';
import type { Route } from '@fourmica/http-service';
import type { HttpContext } from '../context.js';
import { readBody } from '../input.js';

/** Checking the rules of the ledger. It reads every row, so it is for administrators. */
export const ledgerCheckRoutes = (context: HttpContext): Route[] => [
  {
    method: 'POST',
    url: '/core/admin/ledger-check',
    handle: async (request) => {
      await context.requireAdminRight(request, ADMIN_SCOPE_CHECK_LEDGER);
      const { after } = readBody(request, LedgerCheckRequestSchema);
      const { violations, next } = await context.checkLedger(after);
      const check = { ok: violations.length === 0, violations: [...violations], next: next ?? null };
      return encodeWith(LedgerCheckSchema, check, 'ledger check');
    },
  },
];
