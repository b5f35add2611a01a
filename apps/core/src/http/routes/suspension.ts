import {
  ADMIN_SCOPE_SUSPEND_USERS,
  encodeWith,
  UserSuspensionInfoSchema,
  UserSuspensionRequestSchema,
} from '@fourmica/core-types';
import type { Route } from '@fourmica/http-service';
import { setSuspended } from '../../store/users.js';
import type { HttpContext } from '../context.js';
import { pathAddress, readBody } from '../input.js';

/** Suspending and reactivating parties. */
export const suspensionRoutes = (context: HttpContext): Route[] => [
  {
    method: 'POST',
    url: '/core/users/:user/suspension',
    handle: async (request) => {
      await context.requireAdminRight(request, ADMIN_SCOPE_SUSPEND_USERS);
      const { suspended } = readBody(request, UserSuspensionRequestSchema);
      const userAddress = pathAddress(request, 'user', 'user');
      const nowMs = context.clock.nowMs();
      await setSuspended(context.db, userAddress, suspended, BigInt(nowMs));
      const info = { userAddress, suspended, updatedAt: Math.floor(nowMs / 1000) };
      return encodeWith(UserSuspensionInfoSchema, info, 'suspension');
    },
  },
];
