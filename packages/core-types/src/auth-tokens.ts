import * as z from 'zod/mini';
import { SecondsSchema, U64Schema } from './schema.js';

/** Body of `POST /auth/nonce`; the address is text because the core answers a bad one with its own words. */
export const AuthNonceRequestSchema = z.object({ address: z.string().check(z.maxLength(200)) });

const line = (maxLength: number) =>
  z
    .string()
    .check(z.maxLength(maxLength), z.regex(/^[^\p{Cc}]*$/u, 'expected text without control characters'));
const nonEmptyLine = (maxLength: number) => line(maxLength).check(z.minLength(1));

/** What a core wants to see in the Sign-In with Ethereum message (EIP-4361). */
export interface SiweTemplate {
  /** Host that asks for the login, with or without a port. */
  readonly domain: string;
  readonly uri: string;
  readonly chainId: bigint;
  /** Empty when the message has no statement. */
  readonly statement: string;
  /** RFC 3339 text, to be copied unchanged into the message. */
  readonly expiration: string;
  /** RFC 3339 text, to be copied unchanged into the message. */
  readonly issuedAt: string;
}

/** A login challenge. */
export interface AuthNonce {
  /** Opaque text, valid once. */
  readonly nonce: string;
  readonly siwe: SiweTemplate;
}

const rfc3339 = nonEmptyLine(64).check(
  z.regex(/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/, 'expected an RFC 3339 time'),
);

/**
 * Answer of `POST /auth/nonce`, whose inner object is camelCase on the wire. No text may hold a line break, because it
 * becomes a line of the message that the wallet signs.
 */
export const AuthNonceSchema = z.object({
  nonce: nonEmptyLine(200).check(z.regex(/^\S+$/, 'expected text without blanks')),
  siwe: z.object({
    domain: nonEmptyLine(300).check(z.regex(/^\S+$/, 'expected text without blanks')),
    uri: nonEmptyLine(2000).check(z.regex(/^\S+$/, 'expected text without blanks')),
    chainId: U64Schema,
    statement: line(2000),
    expiration: rfc3339,
    issuedAt: rfc3339,
  }),
});

/** Body of `POST /auth/verify`. */
export const AuthVerifyRequestSchema = z.object({
  address: z.string().check(z.maxLength(200)),
  message: z.string().check(z.maxLength(10_000)),
  signature: z.string().check(z.maxLength(10_000)),
});
export type AuthVerifyRequest = z.infer<typeof AuthVerifyRequestSchema>;

/** Tokens of a logged-in wallet. */
export interface AuthTokens {
  /** Bearer token for the core's routes, a secret. */
  readonly accessToken: string;
  /** Trades for new tokens once, a secret. */
  readonly refreshToken: string;
  /** Life of the access token in seconds. */
  readonly expiresIn: number;
}

const tokenText = z
  .string()
  .check(z.minLength(1), z.maxLength(16_384), z.regex(/^[\x21-\x7e]+$/, 'expected a token'));
const lifetime = SecondsSchema.check(z.positive());

const SnakeCaseTokens = z.object({ access_token: tokenText, refresh_token: tokenText, expires_in: lifetime });
const CamelCaseTokens = z.object({ accessToken: tokenText, refreshToken: tokenText, expiresIn: lifetime });

/** Answer of `POST /auth/verify` and `POST /auth/refresh`; camelCase members are read too, snake_case is written. */
export const AuthTokensSchema = z.codec(z.union([SnakeCaseTokens, CamelCaseTokens]), z.custom<AuthTokens>(), {
  decode: (wire) =>
    'access_token' in wire
      ? { accessToken: wire.access_token, refreshToken: wire.refresh_token, expiresIn: wire.expires_in }
      : wire,
  encode: (tokens) => ({
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    expires_in: tokens.expiresIn,
  }),
});

/** Body of `POST /auth/refresh` and `POST /auth/logout`. */
export const RefreshTokenRequestSchema = z.codec(
  z.object({ refresh_token: z.string().check(z.maxLength(16_384)) }),
  z.custom<{ readonly refreshToken: string }>(),
  {
    decode: (wire) => ({ refreshToken: wire.refresh_token }),
    encode: (request) => ({ refresh_token: request.refreshToken }),
  },
);

/** Answer of `POST /auth/logout`: false when the token was unknown or already revoked. */
export const LogoutResponseSchema = z.object({ revoked: z.boolean() });
