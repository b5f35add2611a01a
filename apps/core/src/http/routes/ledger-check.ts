import { ADMIN_SCOPE_CHECK_LEDGER } from '@fourmica/core-types';
import type { Route } from '@fourmica/http-service';
import type { HttpContext } from '../context.js';

/** Checking the rules of the ledger. It reads every row, so it is for administrators. */
export const ledgerCheckRoutes = (context: HttpContext): Route[] => [
  {
    method: 'POST',
    url: '/core/admin/ledger-check',
    handle: async (request) => {
      await context.requireAdminRight(request, ADMIN_SCOPE_CHECK_LEDGER);
      const violations = await context.checkLedger();
      return { ok: violations.length === 0, violations };
    },
  },
];
