import type { Address } from '@fourmica/core-types';
import { forbidden, unauthenticated } from './auth-refusal.js';
import type { Caller } from './caller.js';
import type { Scope } from './grant.js';

/** The two sides of a tab. */
export interface TabParties {
  readonly userAddress: Address;
  readonly recipientAddress: Address;
}

const isFacilitator = (caller: Caller): boolean => caller.kind === 'wallet' && caller.role === 'facilitator';

/** An anonymous caller exists only where a login is optional, and passes there. */
const speaksFor = (caller: Caller, ...addresses: readonly Address[]): boolean =>
  caller.kind === 'anonymous' || addresses.includes(caller.address);

/** @throws AuthRefusalError 403 `missing scope`. */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.kind === 'wallet' && !caller.scopes.has(scope)) throw forbidden('missing scope');
}

/** @throws AuthRefusalError 403 unless the caller is the recipient. */
export function requireRecipient(caller: Caller, recipient: Address): void {
  if (speaksFor(caller, recipient)) return;
  throw forbidden('recipient address does not match token subject');
}

/** @throws AuthRefusalError 403 unless the caller is the recipient or a facilitator. */
export function requireRecipientOrFacilitator(caller: Caller, recipient: Address): void {
  if (speaksFor(caller, recipient) || isFacilitator(caller)) return;
  throw forbidden('recipient address does not match token subject and role is not facilitator');
}

/** @throws AuthRefusalError 403 unless the caller is the payer or a facilitator. */
export function requireUserOrFacilitator(caller: Caller, user: Address): void {
  if (speaksFor(caller, user) || isFacilitator(caller)) return;
  throw forbidden('user address does not match token subject and role is not facilitator');
}

/** @throws AuthRefusalError 403 unless the caller is the payer or the recipient of the tab, or a facilitator. */
export function requireTabPartyOrFacilitator(caller: Caller, tab: TabParties): void {
  if (speaksFor(caller, tab.userAddress, tab.recipientAddress) || isFacilitator(caller)) return;
  throw forbidden('tab access denied, must be owner or facilitator');
}

/** @throws AuthRefusalError 401 for an anonymous caller, 403 for a wallet without the admin role. */
export function requireAdmin(caller: Caller): void {
  if (caller.kind === 'anonymous') throw unauthenticated('admin role required');
  if (caller.role !== 'admin') throw forbidden('admin role required');
}

/**
 * Tells whether a caller is the tab's recipient or a facilitator, who see certificates everywhere. Payers and anonymous
 * callers see them only where the contract pays incrementally or the operator opened them: with an early, small
 * certificate a payer could close the whole tab on other contracts.
 */
export const isTrustedWithCertificates = (caller: Caller, recipient: Address): boolean =>
  caller.kind === 'wallet' && (caller.address === recipient || isFacilitator(caller));
