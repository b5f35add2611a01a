import { randomUUID } from 'node:crypto';
import {
  type Address,
  lowerCaseAddress,
  parseWith,
  ValidationError,
  WireAddressSchema,
} from '@fourmica/core-types';
import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import type { AuthConfig } from './auth-config.js';
import { unauthenticated } from './auth-refusal.js';
import { type Grant, parseRole, parseScope } from './grant.js';

/** The wallet that an access token speaks for, and what it may do. */
export interface TokenSubject extends Grant {
  readonly address: Address;
}

export type AccessTokenConfig = Pick<
  AuthConfig,
  'jwtKey' | 'jwtIssuer' | 'jwtAudience' | 'accessTtlSecs' | 'chainId'
>;

const ALGORITHM = 'HS256';
const CLOCK_TOLERANCE_SECS = 5;

const MAX_KEPT_TOKENS = 10_000;

const ClaimsSchema = z.object({
  nbf: z.number(),
  exp: z.number(),
  sub: WireAddressSchema,
  role: z.string(),
  scopes: z.array(z.string()).max(100),
  chain_id: z.number().int().nonnegative(),
});

/** Signs an access token (JWT, RFC 7519, HS256) for a wallet. */
export async function signAccessToken(
  subject: TokenSubject,
  config: AccessTokenConfig,
  nowMs: number,
): Promise<string> {
  const now = Math.floor(nowMs / 1000);
  return new SignJWT({
    role: subject.role,
    scopes: [...subject.scopes],
    chain_id: Number(config.chainId),
  })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
    .setSubject(lowerCaseAddress(subject.address))
    .setIssuer(config.jwtIssuer)
    .setAudience(config.jwtAudience)
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + config.accessTtlSecs)
    .setJti(randomUUID())
    .sign(config.jwtKey);
}

type Claims = z.infer<typeof ClaimsSchema>;

/** Tokens whose signature was found good, by what they were checked against. */
const checkedTokens = new WeakMap<AccessTokenConfig, LRUCache<string, Claims>>();

/**
 * Checks an access token: algorithm, signature, issuer, audience, times with 5 seconds of tolerance, then the chain. The
 * signature of a token is checked once, its times always.
 *
 * @throws AuthRefusalError 401.
 */
export async function verifyAccessToken(
  token: string,
  config: AccessTokenConfig,
  nowMs: number,
): Promise<TokenSubject> {
  const tokens = checkedTokens.get(config) ?? new LRUCache<string, Claims>({ max: MAX_KEPT_TOKENS });
  checkedTokens.set(config, tokens);
  const known = tokens.get(token);
  const claims =
    known !== undefined && isInForce(known, nowMs) ? known : await readClaims(token, config, nowMs);
  tokens.set(token, claims);
  if (BigInt(claims.chain_id) !== config.chainId) throw unauthenticated('invalid chain id');
  return {
    address: claims.sub,
    role: parseRole(claims.role) ?? 'user',
    scopes: claims.scopes.map(parseScope).filter((scope) => scope !== undefined),
  };
}

const isInForce = ({ nbf, exp }: Claims, nowMs: number): boolean => {
  const now = Math.floor(nowMs / 1000);
  return nbf <= now + CLOCK_TOLERANCE_SECS && exp > now - CLOCK_TOLERANCE_SECS;
};

async function readClaims(token: string, config: AccessTokenConfig, nowMs: number): Promise<Claims> {
  try {
    const { payload } = await jwtVerify(token, config.jwtKey, {
      algorithms: [ALGORITHM],
      issuer: config.jwtIssuer,
      audience: config.jwtAudience,
      clockTolerance: CLOCK_TOLERANCE_SECS,
      currentDate: new Date(nowMs),
      requiredClaims: ['sub', 'iat', 'nbf', 'exp'],
    });
    return parseWith(ClaimsSchema, payload, 'token');
  } catch (cause) {
    if (cause instanceof errors.JOSEError || cause instanceof ValidationError) {
      throw unauthenticated('invalid access token', cause);
    }
    throw cause;
  }
}
