import type { Address, RequestClaims } from '@fourmica/core-types';
import type { Balance } from './balance.js';
import {
  decideGuarantee,
  type EarlyRequest,
  type IssueEffect,
  type IssuingPolicy,
  type PartyStanding,
} from './guarantee.js';
import { RefusalError } from './refusal.js';
import type { Tab } from './tab.js';

/** A request whose signature was checked. */
export interface IssuingRequest {
  readonly claims: RequestClaims;
  /** Hash of the claims' content. */
  readonly claimsHash: string;
  /** Why nothing new may be issued when it came in; absent when something may. */
  readonly stop?: RefusalError | undefined;
}

/** What the ledger holds for requests of one payer in one asset, read inside the issuing transaction. */
export interface BatchState {
  readonly user: PartyStanding;
  readonly recipients: ReadonlyMap<Address, PartyStanding>;
  /** Tabs that the requests name, by id. */
  readonly tabs: ReadonlyMap<bigint, Tab>;
  /** Claims hashes of guarantees that exist under the requests' identities, by {@link identityOf}. */
  readonly issued: ReadonlyMap<string, string>;
  readonly balance: Balance;
  /** The core's time in unix seconds. */
  readonly now: bigint;
}

/** `repeated`: the same claims have their guarantee already. */
export type BatchDecision =
  | IssueEffect
  | EarlyRequest
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused'; readonly error: RefusalError };

/** Names what a guarantee is known by: its tab and its reqId. */
export const identityOf = ({ tabId, reqId }: Pick<RequestClaims, 'tabId' | 'reqId'>): string =>
  `${tabId}:${reqId}`;

/**
 * Decides requests as if they came one after the other, those with lower reqIds first, so that a request and its
 * predecessors in any order all succeed.
 *
 * @returns a decision for each request, in the order of the requests, and the tabs that they change.
 */
export function decideBatch(
  requests: readonly IssuingRequest[],
  state: BatchState,
  policy: IssuingPolicy,
): { readonly decisions: readonly BatchDecision[]; readonly changedTabs: readonly Tab[] } {
  const tabs = new Map(state.tabs);
  const issued = new Map(state.issued);
  let { balance } = state;
  const inOrder = requests
    .map((request, position) => ({ request, position }))
    .sort((a, b) => compare(a.request.claims.reqId, b.request.claims.reqId));
  const decisions: BatchDecision[] = [];
  const changed = new Set<bigint>();
  for (const { request, position } of inOrder) {
    const decision = decideNext(request, { ...state, tabs, issued, balance }, policy);
    decisions[position] = decision;
    if (decision.kind !== 'issue') continue;
    const { claims, claimsHash } = request;
    const tab = tabs.get(claims.tabId);
    if (tab !== undefined) tabs.set(claims.tabId, withGuarantee(tab, claims, decision));
    changed.add(claims.tabId);
    issued.set(identityOf(claims), claimsHash);
    balance = { ...balance, locked: balance.locked + claims.amount };
  }
  return { decisions, changedTabs: [...tabs.values()].filter(({ tabId }) => changed.has(tabId)) };
}

function decideNext(request: IssuingRequest, state: BatchState, policy: IssuingPolicy): BatchDecision {
  const { claims, claimsHash, stop } = request;
  const issued = state.issued.get(identityOf(claims));
  if (issued === claimsHash) return { kind: 'repeated' };
  if (stop !== undefined) return { kind: 'refused', error: stop };
  const { user, balance, now } = state;
  const recipient = state.recipients.get(claims.recipientAddress) ?? 'unknown';
  const tab = state.tabs.get(claims.tabId);
  const isReqIdUsed = issued !== undefined;
  try {
    return decideGuarantee(claims, { user, recipient, isReqIdUsed, tab, balance, now }, policy);
  } catch (error) {
    if (error instanceof RefusalError) return { kind: 'refused', error };
    throw error;
  }
}

/** The tab with a guarantee on it. */
const withGuarantee = (tab: Tab, claims: RequestClaims, effect: IssueEffect): Tab => ({
  ...tab,
  status: 'OPEN',
  startTimestamp: effect.startTimestamp,
  totalAmount: effect.totalAmount,
  lastReqId: claims.reqId,
  lastTimestamp: larger(tab.lastTimestamp ?? 0n, claims.timestamp),
});

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
