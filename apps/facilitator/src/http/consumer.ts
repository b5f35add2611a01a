import { createHash } from 'node:crypto';
import { type Consumer, clientNetwork } from '@fourmica/http-service';
import type { FastifyRequest } from 'fastify';
import type { RequestLimits } from '../config/config.js';
import { type ApiKeyCheck, keyOfRequest } from './api-keys.js';

/** Balancers ask these often, and from one address. */
const NOT_COUNTED = ['/health', '/ready'];

/** Says whose rate limit a request uses up: that of a valid API key, otherwise that of the client's address. */
export function consumerOf(
  request: FastifyRequest,
  checkApiKey: ApiKeyCheck,
): Consumer<keyof RequestLimits> | undefined {
  if (NOT_COUNTED.includes(request.routeOptions.url ?? '')) return undefined;
  const key = keyOfRequest(request.headers);
  return key !== undefined && checkApiKey(key) === 'authenticated'
    ? { limit: 'key', key: createHash('sha256').update(key, 'utf8').digest('hex') }
    : { limit: 'address', key: clientNetwork(request.ip) };
}
