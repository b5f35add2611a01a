import {
  type Address,
  type AuthNonce,
  type AuthTokens,
  type AuthVerifyRequest,
  type Clock,
  lowerCaseAddress,
  parseWireAddress,
  ValidationError,
} from '@fourmica/core-types';
import { signAccessToken } from './access-token.js';
import type { AuthConfig } from './auth-config.js';
import { AuthRefusalError, invalidRequest, unauthenticated } from './auth-refusal.js';
import type { Grant } from './grant.js';
import { checkNonce, consumeNonce, countFailedAttempt, issueNonce } from './nonces.js';
import {
  findUsableToken,
  purgeTokens,
  revokeToken,
  rotateToken,
  startTokenFamily,
} from './refresh-tokens.js';
import { checkSiweMessage } from './siwe-check.js';
import { parseSiweMessage } from './siwe-parser.js';
import { type ContractCaller, checkSiweSignature } from './siwe-signature.js';
import type { AuthDb } from './tables.js';
import { readGrant } from './wallet-roles.js';

/** What the login needs from around it. */
export interface LoginDependencies {
  readonly db: AuthDb;
  readonly clock: Clock;
  readonly config: AuthConfig;
  readonly provider: ContractCaller;
}

/**
 * Starts a login: a nonce and what the message has to say.
 *
 * @param client - where the request comes from, for the limit.
 * @throws AuthRefusalError 400 or 429.
 */
export async function startLogin(
  { db, clock, config }: LoginDependencies,
  address: string,
  client: string,
): Promise<AuthNonce> {
  const nowMs = clock.nowMs();
  const holder = { address: lowerCaseAddress(walletAddress(address)), client };
  const nonce = await issueNonce(db, holder, config, nowMs);
  return {
    nonce,
    siwe: {
      ...config.siwe(),
      chainId: config.chainId,
      issuedAt: new Date(nowMs).toISOString(),
      expiration: new Date(nowMs + config.nonceTtlSecs * 1000).toISOString(),
    },
  };
}

/**
 * Finishes a login: checks message, nonce and signature, uses the nonce up and issues tokens.
 *
 * @throws AuthRefusalError 400, 401 or 503.
 */
export async function finishLogin(
  dependencies: LoginDependencies,
  request: AuthVerifyRequest,
): Promise<AuthTokens> {
  const { db, clock, config, provider } = dependencies;
  const message = parseSiweMessage(request.message);
  const address = walletAddress(request.address);
  const expected = { ...config.siwe(), address, chainId: config.chainId, nonceTtlSecs: config.nonceTtlSecs };
  checkSiweMessage(message, expected, clock.nowMs());
  const key = lowerCaseAddress(address);
  await checkNonce(db, key, message.nonce, clock.nowMs());
  try {
    await checkSiweSignature(provider, address, request.message, request.signature);
  } catch (error) {
    if (error instanceof AuthRefusalError && error.code === 'AUTH_INVALID_REQUEST') {
      await countFailedAttempt(db, key, message.nonce);
    }
    throw error;
  }
  const nowMs = clock.nowMs();
  if (!(await consumeNonce(db, key, message.nonce, nowMs))) throw unauthenticated('nonce already used');
  const grant = await readGrant(db, key, config.defaultScopes);
  await purgeTokens(db, nowMs);
  const refreshToken = await startTokenFamily(db, key, config.refreshTtlSecs, nowMs);
  return tokensOf(config, { address, ...grant }, refreshToken, nowMs);
}

/**
 * Trades a refresh token for new tokens. A wallet that may not log in keeps its token: it is checked before the trade.
 *
 * @throws AuthRefusalError 401.
 */
export async function refreshLogin(
  { db, clock, config }: LoginDependencies,
  token: string,
): Promise<AuthTokens> {
  const nowMs = clock.nowMs();
  const old = await findUsableToken(db, token, nowMs);
  const grant = await readGrant(db, old.address, config.defaultScopes);
  const refreshToken = await rotateToken(db, old, config.refreshTtlSecs, nowMs);
  return tokensOf(config, { address: parseWireAddress(old.address), ...grant }, refreshToken, nowMs);
}

/** Ends a login; false when the token is unknown or already revoked. */
export const endLogin = ({ db, clock }: LoginDependencies, token: string): Promise<boolean> =>
  revokeToken(db, token, clock.nowMs());

async function tokensOf(
  config: AuthConfig,
  subject: Grant & { readonly address: Address },
  refreshToken: string,
  nowMs: number,
): Promise<AuthTokens> {
  const accessToken = await signAccessToken(subject, config, nowMs);
  return { accessToken, refreshToken, expiresIn: config.accessTtlSecs };
}

function walletAddress(text: string): Address {
  try {
    return parseWireAddress(text.trim());
  } catch (cause) {
    if (!(cause instanceof ValidationError)) throw cause;
    throw invalidRequest('invalid wallet address', cause);
  }
}
