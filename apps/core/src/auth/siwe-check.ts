import type { Address } from '@fourmica/core-types';
import type { SiweIdentity } from './auth-config.js';
import { invalidRequest, unauthenticated } from './auth-refusal.js';
import { parseRfc3339 } from './rfc3339.js';
import type { SiweMessage } from './siwe-parser.js';

/** What a login message is held against. */
export interface SiweExpectation extends SiweIdentity {
  readonly address: Address;
  readonly chainId: bigint;
  readonly nonceTtlSecs: number;
}

const MAX_CLOCK_LEAD_MS = 30_000;

/**
 * Checks that a login message is for this core, by this wallet, and fresh.
 *
 * @throws AuthRefusalError 401, or 400 for a time that cannot be read.
 */
export function checkSiweMessage(message: SiweMessage, expected: SiweExpectation, nowMs: number): void {
  if (message.address !== expected.address) throw unauthenticated('address mismatch');
  if (message.version !== '1') throw unauthenticated('invalid siwe version');
  if (message.chainId !== expected.chainId) throw unauthenticated('invalid chain id');
  if (message.domain.toLowerCase() !== expected.domain.toLowerCase()) {
    throw unauthenticated('siwe domain mismatch');
  }
  if (message.uri.trim() !== expected.uri) throw unauthenticated('siwe uri mismatch');
  if ((message.statement ?? '').trim() !== expected.statement.trim()) {
    throw unauthenticated('siwe statement mismatch');
  }
  checkTimes(message, expected.nonceTtlSecs, nowMs);
}

function checkTimes(message: SiweMessage, nonceTtlSecs: number, nowMs: number): void {
  const issuedAtMs = timeOf(message.issuedAt, 'issued_at');
  if (issuedAtMs > nowMs + MAX_CLOCK_LEAD_MS) {
    throw unauthenticated('siwe issued_at is too far in the future');
  }
  if (issuedAtMs < nowMs - nonceTtlSecs * 1000) throw unauthenticated('siwe issued_at is too old');
  if (message.expirationTime !== undefined && timeOf(message.expirationTime, 'expiration') < nowMs) {
    throw unauthenticated('message expired');
  }
  if (message.notBefore !== undefined && timeOf(message.notBefore, 'not_before') > nowMs) {
    throw unauthenticated('message not valid yet');
  }
}

function timeOf(text: string, name: string): number {
  const time = parseRfc3339(text);
  if (time === undefined) throw invalidRequest(`invalid ${name} timestamp`);
  return time;
}
