import {
  AuthNonceRequestSchema,
  AuthNonceSchema,
  AuthTokensSchema,
  AuthVerifyRequestSchema,
  encodeWith,
  LogoutResponseSchema,
  parseWith,
  RefreshTokenRequestSchema,
  ValidationError,
} from '@fourmica/core-types';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { AuthRefusalError } from './auth-refusal.js';
import { clientNetwork } from './client-network.js';
import { endLogin, finishLogin, type LoginDependencies, refreshLogin, startLogin } from './login.js';

const MAX_BODY_BYTES = 32 * 1024;

/**
 * Fastify plugin with the public login routes: `POST /auth/nonce`, `/auth/verify`, `/auth/refresh`, `/auth/logout`.
 * Every answer is JSON and must not be cached; other errors than its own go to the error handler around it.
 */
export async function authRoutes(app: FastifyInstance, dependencies: LoginDependencies): Promise<void> {
  const options = { bodyLimit: MAX_BODY_BYTES };
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof AuthRefusalError) return sendAuthRefusal(reply, error);
    if (error instanceof ValidationError) return reply.code(422).send({ error: withoutValue(error) });
    throw error;
  });

  app.post('/auth/nonce', options, async (request) => {
    const { address } = parseWith(AuthNonceRequestSchema, request.body, 'body');
    const challenge = await startLogin(dependencies, address, clientNetwork(request.ip));
    return encodeWith(AuthNonceSchema, challenge, 'response');
  });

  app.post('/auth/verify', options, async (request) => {
    const body = parseWith(AuthVerifyRequestSchema, request.body, 'body');
    return encodeWith(AuthTokensSchema, await finishLogin(dependencies, body), 'response');
  });

  app.post('/auth/refresh', options, async (request) => {
    const { refreshToken } = parseWith(RefreshTokenRequestSchema, request.body, 'body');
    return encodeWith(AuthTokensSchema, await refreshLogin(dependencies, refreshToken), 'response');
  });

  app.post('/auth/logout', options, async (request) => {
    const { refreshToken } = parseWith(RefreshTokenRequestSchema, request.body, 'body');
    const revoked = await endLogin(dependencies, refreshToken);
    return encodeWith(LogoutResponseSchema, { revoked }, 'response');
  });
}

/** Answers with the status and the text of a refusal of the auth module. */
export function sendAuthRefusal(reply: FastifyReply, error: AuthRefusalError): FastifyReply {
  const { retryAfterSecs } = error.context;
  if (retryAfterSecs !== undefined) reply.header('retry-after', String(retryAfterSecs));
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(error.status).send({ error: error.message });
}

/** A refused value may be a token, so it is not repeated. */
const withoutValue = ({ context }: ValidationError): string =>
  `${context.field}: expected ${context.expected}`;
