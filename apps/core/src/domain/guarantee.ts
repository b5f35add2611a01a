import { type Address, type RequestClaims, uintToHex } from '@fourmica/core-types';
import { type Balance, freeCollateral } from './balance.js';
import { refusal } from './refusal.js';
import { nextReqId, statusAt, type Tab, takesGuarantees } from './tab.js';

/** Farthest position after the tab's next reqId at which a request may wait for its predecessors. */
export const MAX_EARLY_REQ_IDS = 64n;

/** The operator's limits for guarantees. */
export interface IssuingPolicy {
  readonly chainId: bigint;
  /** Ascending. */
  readonly acceptedVersions: readonly number[];
  /** Empty trusts every registry. */
  readonly trustedValidationRegistries: readonly Address[];
  /** How far ahead of the core's clock claims may be, in seconds. */
  readonly clockToleranceSeconds: bigint;
  /** How old the first claims of a tab may be, in seconds; the ttl of the tab bounds it too. */
  readonly firstClaimsMaxAgeSeconds?: bigint | undefined;
  /** The contract's present tabExpirationTime in seconds. */
  readonly maxTtlSeconds: bigint;
}

/** Whether the ledger knows a party, and whether it may act. */
export type PartyStanding = 'unknown' | 'active' | 'suspended';

/** What the ledger holds for a request, read inside the issuing transaction. */
export interface IssuingState {
  readonly user: PartyStanding;
  readonly recipient: PartyStanding;
  /** Whether a guarantee with this tab and reqId exists (with other content). */
  readonly isReqIdUsed: boolean;
  readonly tab: Tab | undefined;
  readonly balance: Balance;
  /** The core's time in unix seconds. */
  readonly now: bigint;
}

/** What issuing changes. */
export interface IssueEffect {
  readonly kind: 'issue';
  /** Running total of the tab including this guarantee, in base units. */
  readonly totalAmount: bigint;
  /** New start of the tab's window in unix seconds. */
  readonly startTimestamp: bigint;
}

/** The request came before its predecessors and may wait for them. */
export interface EarlyRequest {
  readonly kind: 'early';
  readonly nextReqId: bigint;
}

/**
 * Checks what the claims say by themselves, before anything is read.
 *
 * @throws RefusalError
 */
export function checkClaims(claims: RequestClaims, policy: IssuingPolicy): void {
  if (!policy.acceptedVersions.includes(claims.version)) {
    throw refusal(
      'VERSION_NOT_ACCEPTED',
      `guarantee request version ${claims.version} is not accepted; accepted versions are [${policy.acceptedVersions.join(', ')}]`,
    );
  }
  if (claims.amount === 0n) throw refusal('INVALID_PARAMETER', 'amount must be greater than zero');
  if (claims.userAddress === claims.recipientAddress) {
    throw refusal('INVALID_PARAMETER', 'user and recipient must differ');
  }
}

/**
 * Checks both parties.
 *
 * @throws RefusalError
 */
export function checkParties(user: PartyStanding, recipient: PartyStanding): void {
  if (user === 'unknown') throw refusal('USER_NOT_REGISTERED', 'user not registered');
  if (user === 'suspended' || recipient === 'suspended') throw refusal('USER_SUSPENDED', 'user suspended');
}

/** Tells whether a reqId comes after the tab's next one and near enough to wait for its predecessors. */
export function isEarlyReqId(tab: Tab, reqId: bigint): boolean {
  const ahead = reqId - nextReqId(tab);
  return ahead > 0n && ahead <= MAX_EARLY_REQ_IDS;
}

/** The refusal of a reqId that carries another guarantee. */
export const reqIdUsed = (reqId: bigint) =>
  refusal('REQ_ID_USED', `another guarantee with req_id ${reqId} already exists`, { reqId });

/** The refusal of a reqId that is neither used nor next. */
export const reqIdNotValid = (reqId: bigint, expected: bigint) =>
  refusal('REQ_ID_NOT_NEXT', 'req_id not valid', { reqId, expected });

/**
 * Decides a guarantee request against the ledger, in the order of the 4Mica wire spec: guarantees, issuing.
 *
 * @throws RefusalError naming the first rule that does not hold.
 */
export function decideGuarantee(
  claims: RequestClaims,
  state: IssuingState,
  policy: IssuingPolicy,
): IssueEffect | EarlyRequest {
  checkParties(state.user, state.recipient);
  if (state.isReqIdUsed) throw reqIdUsed(claims.reqId);
  if (claims.timestamp > state.now + policy.clockToleranceSeconds) {
    throw refusal('TIMESTAMP_IN_FUTURE', 'timestamp is in the future', { now: state.now });
  }
  const tab = checkTab(claims, state);
  checkTtl(tab, policy.maxTtlSeconds);
  const expected = nextReqId(tab);
  if (isEarlyReqId(tab, claims.reqId)) return { kind: 'early', nextReqId: expected };
  if (claims.reqId !== expected) throw reqIdNotValid(claims.reqId, expected);
  const startTimestamp = checkWindow(claims, tab, state.now, policy.firstClaimsMaxAgeSeconds);
  checkValidation(claims, policy);
  if (claims.amount > freeCollateral(state.balance)) {
    throw refusal('NOT_ENOUGH_COLLATERAL', 'Not enough free collateral', { amount: claims.amount });
  }
  return { kind: 'issue', totalAmount: tab.totalAmount + claims.amount, startTimestamp };
}

function checkTab(claims: RequestClaims, { tab, now }: IssuingState): Tab {
  if (tab === undefined) throw refusal('TAB_NOT_FOUND', uintToHex(claims.tabId));
  if (tab.guaranteeVersion !== claims.version) {
    throw refusal(
      'TAB_MISMATCH',
      `tab ${uintToHex(tab.tabId)} only accepts guarantee version ${tab.guaranteeVersion}, got ${claims.version}`,
    );
  }
  if (!takesGuarantees(tab, now)) throw refusal('TAB_CLOSED', 'tab already closed', { tabId: tab.tabId });
  if (tab.userAddress !== claims.userAddress) {
    throw refusal('TAB_MISMATCH', 'User address does not match tab');
  }
  if (tab.recipientAddress !== claims.recipientAddress) {
    throw refusal('TAB_MISMATCH', 'Recipient address does not match tab');
  }
  if (tab.assetAddress !== claims.assetAddress) throw refusal('TAB_MISMATCH', 'Invalid asset address');
  return tab;
}

function checkTtl(tab: Tab, maxTtlSeconds: bigint): void {
  if (tab.ttlSeconds <= 0n) throw refusal('TAB_TTL', 'Invalid tab TTL');
  if (tab.ttlSeconds > maxTtlSeconds) throw ttlTooLong(tab.ttlSeconds, maxTtlSeconds);
}

/** The refusal of a ttl above the life of certificates on chain. */
export const ttlTooLong = (ttlSeconds: bigint, maxTtlSeconds: bigint) =>
  refusal('TAB_TTL', `tab ttl exceeds tab expiration time (ttl=${ttlSeconds}, max=${maxTtlSeconds})`);

/** Returns the start of the tab's window with this guarantee in it. */
function checkWindow(
  claims: RequestClaims,
  tab: Tab,
  now: bigint,
  firstClaimsMaxAge: bigint | undefined,
): bigint {
  const isFirst = statusAt(tab, now) === 'PENDING';
  const start = isFirst ? claims.timestamp : tab.startTimestamp;
  if (isFirst && firstClaimsMaxAge !== undefined && now - start > firstClaimsMaxAge) {
    throw refusal(
      'TIMESTAMP_OUTSIDE_TAB',
      `timestamp is too old: the first claims of a tab may be at most ${firstClaimsMaxAge} s old, these are ${now - start} s`,
    );
  }
  if (claims.timestamp < start || claims.timestamp > start + tab.ttlSeconds) {
    throw refusal('TIMESTAMP_OUTSIDE_TAB', 'start timestamp modified', { start, ttl: tab.ttlSeconds });
  }
  if (start + tab.ttlSeconds < now) throw refusal('TAB_CLOSED', 'tab already closed', { tabId: tab.tabId });
  return start;
}

function checkValidation(claims: RequestClaims, policy: IssuingPolicy): void {
  if (claims.version !== 2) return;
  const { trustedValidationRegistries: trusted } = policy;
  if (trusted.length > 0 && !trusted.includes(claims.validationRegistryAddress)) {
    throw refusal(
      'VALIDATION_POLICY_INVALID',
      `validation registry ${claims.validationRegistryAddress} is not trusted`,
    );
  }
  if (claims.validationChainId !== policy.chainId) {
    throw refusal(
      'VALIDATION_POLICY_INVALID',
      `validation_chain_id ${claims.validationChainId} must match core chain_id ${policy.chainId}`,
    );
  }
}
