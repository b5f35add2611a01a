import { type Consumer, clientNetwork } from '@fourmica/http-service';
import type { FastifyRequest } from 'fastify';
import { AuthRefusalError, type Caller } from '../auth/index.js';
import type { RequestLimits } from '../config/config.js';

/** Balancers ask these often, and from one address. */
const NOT_COUNTED = ['/core/health', '/core/ready'];

/**
 * Says whose rate limit a request uses up: that of its wallet when it comes with a valid access token, otherwise that of
 * its address. So nobody who merely sends a token escapes, and a facilitator is not held off by what others send from the
 * same address.
 */
export async function consumerOf(
  request: FastifyRequest,
  resolveCaller: (request: FastifyRequest) => Promise<Caller>,
): Promise<Consumer<keyof RequestLimits> | undefined> {
  const path = request.routeOptions.url ?? '';
  if (NOT_COUNTED.includes(path)) return undefined;
  const address = clientNetwork(request.ip);
  if (path.startsWith('/auth/')) return { limit: 'login', key: address };
  const wallet = await walletOf(request, resolveCaller);
  if (wallet === undefined) return { limit: 'address', key: address };
  return { limit: wallet.role === 'facilitator' ? 'facilitator' : 'wallet', key: wallet.address };
}

async function walletOf(
  request: FastifyRequest,
  resolveCaller: (request: FastifyRequest) => Promise<Caller>,
): Promise<(Caller & { readonly kind: 'wallet' }) | undefined> {
  try {
    const caller = await resolveCaller(request);
    return caller.kind === 'wallet' ? caller : undefined;
  } catch (error) {
    if (error instanceof AuthRefusalError) return undefined;
    throw error;
  }
}
