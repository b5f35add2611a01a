import {
  AuthNonceRequestSchema,
  AuthNonceSchema,
  AuthTokensSchema,
  AuthVerifyRequestSchema,
  LogoutResponseSchema,
  RefreshTokenRequestSchema,
} from '@fourmica/core-types';
import * as z from 'zod/mini';
import type { Route } from './route.js';

const post = { method: 'POST', params: z.object({}), query: z.object({}), answersSecret: true } as const;

/** The login routes of the core API. A verification consumes its nonce and a refresh its token: neither is repeated. */
export const AUTH_ROUTES = {
  nonce: {
    ...post,
    path: '/auth/nonce',
    request: AuthNonceRequestSchema,
    response: AuthNonceSchema,
    idempotent: true,
  },
  verify: {
    ...post,
    path: '/auth/verify',
    request: AuthVerifyRequestSchema,
    response: AuthTokensSchema,
    idempotent: false,
  },
  refresh: {
    ...post,
    path: '/auth/refresh',
    request: RefreshTokenRequestSchema,
    response: AuthTokensSchema,
    idempotent: false,
  },
  logout: {
    ...post,
    path: '/auth/logout',
    request: RefreshTokenRequestSchema,
    response: LogoutResponseSchema,
    idempotent: true,
  },
} as const satisfies Readonly<Record<string, Route>>;
