import {
  ADMIN_SCOPE_SUSPEND_USERS,
  encodeWith,
  UserSuspensionInfoSchema,
  UserSuspensionRequestSchema,
} from '@fourmica/core-types';
import type { Route } from '@fourmica/http-service';
import { refusal } from '../../domain/refusal.js';
import { tabWritersEnded } from '../../store/tab-writers.js';
import { setSuspended } from '../../store/users.js';
import type { HttpContext } from '../context.js';
import { pathAddress, readBody } from '../input.js';

/** Longer than the database lets a transaction stand still. */
const MAX_WAIT_MS = 8_000;

/** Suspending and reactivating parties. Once a suspension is answered, nothing more is issued to the party. */
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
      if (suspended && !(await tabWritersEnded(context.db, MAX_WAIT_MS))) {
        throw refusal(
          'BUSY',
          'the user is suspended, but requests from before are still being decided; please repeat the call',
          { userAddress },
        );
      }
      const info = { userAddress, suspended, updatedAt: Math.floor(nowMs / 1000) };
      return encodeWith(UserSuspensionInfoSchema, info, 'suspension');
    },
  },
];
