import { type Address, type Clock, ETH_ASSET, nowSeconds, type OpenedTab } from '@fourmica/core-types';
import { checkParties, type IssuingPolicy, ttlTooLong } from '../domain/guarantee.js';
import { refusal } from '../domain/refusal.js';
import { isReusable, nextReqId, type Tab, type TabIdentity } from '../domain/tab.js';
import type { CoreMetrics } from '../metrics.js';
import type { Queries, Tx } from '../store/schema.js';
import { insertTab, lockActiveTab, updateTab } from '../store/tabs.js';
import { readStandings } from '../store/users.js';

/** A request for the tab of two parties. */
export interface OpenTabRequest {
  readonly userAddress: Address;
  readonly recipientAddress: Address;
  /** Null is ETH. */
  readonly erc20Token: Address | null;
  /** Seconds; null is one day. Ignored when a tab is reused. */
  readonly ttlSeconds: bigint | null;
  readonly guaranteeVersion: bigint;
}

const DEFAULT_TTL_SECONDS = 86_400n;
const MAX_ATTEMPTS = 5;

/** Finds the active tab of two parties, or opens one. */
export class TabOpener {
  readonly #db: Queries;
  readonly #clock: Clock;
  readonly #policy: () => IssuingPolicy;
  readonly #metrics: Pick<CoreMetrics, 'tabs'>;

  constructor(db: Queries, clock: Clock, policy: () => IssuingPolicy, metrics: Pick<CoreMetrics, 'tabs'>) {
    this.#db = db;
    this.#clock = clock;
    this.#policy = policy;
    this.#metrics = metrics;
  }

  /**
   * Returns the active tab of the parties, opening one when there is none or when it expired.
   *
   * @throws RefusalError
   */
  async open(request: OpenTabRequest): Promise<OpenedTab> {
    const policy = this.#policy();
    const identity = identityOf(request, policy);
    const ttlSeconds = ttlOf(request, policy);
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const tab = await this.#db
        .transaction()
        .execute((tx) => this.#openOnce(tx, identity, ttlSeconds, policy.maxTtlSeconds));
      if (tab === undefined) continue;
      this.#metrics.tabs.inc({ result: tab.isNew ? 'created' : 'reused' });
      return openedTab(tab.tab);
    }
    throw refusal('RETRY', 'request failed, please retry');
  }

  /** Returns undefined when another request opened a tab at the same moment. */
  async #openOnce(
    tx: Tx,
    identity: TabIdentity,
    ttlSeconds: bigint,
    maxTtlSeconds: bigint,
  ): Promise<{ readonly tab: Tab; readonly isNew: boolean } | undefined> {
    const { userAddress, recipientAddress } = identity;
    const active = await lockActiveTab(tx, identity);
    // Read after the lock, which a suspension waits for.
    const standingOf = await readStandings(tx, [userAddress, recipientAddress]);
    checkParties(standingOf(userAddress), standingOf(recipientAddress));
    const nowMs = BigInt(this.#clock.nowMs());
    const now = nowSeconds(this.#clock);
    if (active !== undefined) {
      if (isReusable(active, now, maxTtlSeconds)) return { tab: active, isNew: false };
      await updateTab(tx, active, { status: 'CLOSED' }, nowMs);
    }
    const life = { tabId: randomTabId(), startTimestamp: now, ttlSeconds };
    const tab = await insertTab(tx, identity, life, nowMs);
    return tab && { tab, isNew: true };
  }
}

function identityOf(request: OpenTabRequest, policy: IssuingPolicy): TabIdentity {
  const version = policy.acceptedVersions.find((accepted) => BigInt(accepted) === request.guaranteeVersion);
  if (version === undefined) {
    throw refusal(
      'VERSION_NOT_ACCEPTED',
      `guarantee version ${request.guaranteeVersion} is not accepted by core`,
    );
  }
  if (request.userAddress === request.recipientAddress) {
    throw refusal('INVALID_PARAMETER', 'user and recipient must differ');
  }
  return {
    userAddress: request.userAddress,
    recipientAddress: request.recipientAddress,
    assetAddress: request.erc20Token ?? ETH_ASSET,
    guaranteeVersion: version,
  };
}

function ttlOf(request: OpenTabRequest, policy: IssuingPolicy): bigint {
  const { maxTtlSeconds } = policy;
  if (request.ttlSeconds === null) {
    return DEFAULT_TTL_SECONDS < maxTtlSeconds ? DEFAULT_TTL_SECONDS : maxTtlSeconds;
  }
  if (request.ttlSeconds === 0n) throw refusal('TAB_TTL', 'Invalid tab TTL');
  if (request.ttlSeconds > maxTtlSeconds) throw ttlTooLong(request.ttlSeconds, maxTtlSeconds);
  return request.ttlSeconds;
}

/** 256 random bits: the id is all that separates tabs of different cores and chains in a signature. */
function randomTabId(): bigint {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const id = bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  return id === 0n ? randomTabId() : id;
}

const openedTab = (tab: Tab): OpenedTab => ({
  tabId: tab.tabId,
  userAddress: tab.userAddress,
  recipientAddress: tab.recipientAddress,
  assetAddress: tab.assetAddress,
  guaranteeVersion: tab.guaranteeVersion,
  nextReqId: nextReqId(tab),
  startTimestamp: Number(tab.startTimestamp),
  ttlSeconds: Number(tab.ttlSeconds),
});
