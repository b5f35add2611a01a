import type { Address } from '@fourmica/core-types';
import { refusal } from '../domain/refusal.js';
import type { Tab } from '../domain/tab.js';
import type { Caller, Scope } from './caller.js';

/** @throws RefusalError */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.kind === 'wallet' && !caller.scopes.has(scope)) throw refusal('FORBIDDEN', 'missing scope');
}

/** @throws RefusalError */
export function requireRecipient(caller: Caller, recipient: Address): void {
  if (caller.kind === 'wallet' && caller.address !== recipient) {
    throw refusal('FORBIDDEN', 'recipient address does not match token subject');
  }
}

/** @throws RefusalError */
export function requireRecipientOrFacilitator(caller: Caller, recipient: Address): void {
  if (caller.kind === 'anonymous' || caller.role === 'facilitator' || caller.address === recipient) return;
  throw refusal('FORBIDDEN', 'recipient address does not match token subject and role is not facilitator');
}

/** @throws RefusalError */
export function requireUserOrFacilitator(caller: Caller, user: Address): void {
  if (caller.kind === 'anonymous' || caller.role === 'facilitator' || caller.address === user) return;
  throw refusal('FORBIDDEN', 'user address does not match token subject and role is not facilitator');
}

/** @throws RefusalError */
export function requireTabOwnerOrFacilitator(caller: Caller, tab: Tab): void {
  if (caller.kind === 'anonymous' || caller.role === 'facilitator') return;
  if (caller.address === tab.userAddress || caller.address === tab.recipientAddress) return;
  throw refusal('FORBIDDEN', 'tab access denied, must be owner or facilitator');
}

/**
 * Tells whether a caller may see the certificates of a recipient's tabs. Where the contract pays only once per tab, an
 * early certificate in the payer's hands would shut out the later ones.
 */
export const maySeeCertificates = (
  caller: Caller,
  recipient: Address,
  visibility: 'strict' | 'open',
): boolean =>
  visibility === 'open' ||
  (caller.kind === 'wallet' && (caller.role === 'facilitator' || caller.address === recipient));
