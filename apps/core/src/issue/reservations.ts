import { type Clock, nowSeconds, type SignedClaims } from '@fourmica/core-types';
import type { IssuingPolicy } from '../domain/guarantee.js';
import { type BatchDecision, decideBatch, type IssuingRequest, identityOf } from '../domain/issuing-batch.js';
import { nextReqId } from '../domain/tab.js';
import { lockBalance } from '../store/balances.js';
import { readClaimsHashes, reserveGuarantees } from '../store/guarantees.js';
import type { Queries, Tx } from '../store/schema.js';
import { findTabs, lockTabs } from '../store/tabs.js';
import { ensureUsers } from '../store/users.js';
import { KeyedBatches } from './keyed-batches.js';

/** A request to reserve a guarantee. */
export interface Reservation extends IssuingRequest {
  readonly request: SignedClaims;
}

export interface ReservationsParts {
  readonly db: Queries;
  readonly clock: Clock;
  /** Read for each batch, because the contract's timing may change. */
  readonly policy: () => IssuingPolicy;
}

/** Guarantees that one transaction reserves at most. */
const MAX_RESERVED_AT_ONCE = 64;

/** Reserves guarantees. Those of one payer in one asset, which lock the same row, share a transaction. */
export class Reservations {
  readonly #parts: ReservationsParts;
  readonly #batches: KeyedBatches<Reservation, BatchDecision>;

  constructor(parts: ReservationsParts) {
    this.#parts = parts;
    this.#batches = new KeyedBatches(
      (batch) => parts.db.transaction().execute((tx) => this.#reserve(tx, batch)),
      MAX_RESERVED_AT_ONCE,
    );
  }

  /** Decides a request, and reserves its guarantee when the decision is to issue. */
  reserve(reservation: Reservation): Promise<BatchDecision> {
    const { userAddress, assetAddress } = reservation.claims;
    return this.#batches.run(`${userAddress}:${assetAddress}`, reservation);
  }

  /** Every transaction locks the payer's balance first and tabs second, so that none waits for another in a circle. */
  async #reserve(tx: Tx, batch: readonly Reservation[]): Promise<readonly BatchDecision[]> {
    const { clock, policy } = this.#parts;
    const [first] = batch;
    if (first === undefined) return [];
    const { userAddress: user, assetAddress: asset } = first.claims;
    const balance = await lockBalance(tx, user, asset);
    const tabIds = [...new Set(batch.map(({ claims }) => claims.tabId))];
    const recipientAddresses = [...new Set(batch.map(({ claims }) => claims.recipientAddress))];
    const { tabs: own, standingOf } = await lockTabs(tx, user, tabIds, [user, ...recipientAddresses]);
    const tabs = new Map(own.map((tab) => [tab.tabId, tab]));
    // Tabs of other payers are only looked at, to say what is wrong with the request.
    const others = tabIds.filter((tabId) => !tabs.has(tabId));
    for (const tab of await findTabs(tx, others)) tabs.set(tab.tabId, tab);

    const used = batch.flatMap(({ claims }) => {
      const tab = tabs.get(claims.tabId);
      return tab !== undefined && claims.reqId < nextReqId(tab) ? [claims] : [];
    });
    const issued = await readClaimsHashes(tx, used);

    const state = {
      user: standingOf(user),
      recipients: new Map(recipientAddresses.map((recipient) => [recipient, standingOf(recipient)])),
      tabs,
      issued: new Map(issued.map((guarantee) => [identityOf(guarantee), guarantee.claimsHash])),
      balance,
      now: nowSeconds(clock),
    };
    const { decisions, changedTabs } = decideBatch(batch, state, policy());
    const reserved = batch.flatMap(({ request, claimsHash }, i) => {
      const decision = decisions[i];
      return decision?.kind === 'issue' ? [{ request, claimsHash, totalAmount: decision.totalAmount }] : [];
    });
    const nowMs = BigInt(clock.nowMs());
    const newParties = new Set(reserved.map(({ request }) => request.claims.recipientAddress));
    const unknown = [...newParties].filter((recipient) => standingOf(recipient) === 'unknown');
    await ensureUsers(tx, unknown, nowMs);
    await reserveGuarantees(tx, first.claims, reserved, changedTabs, nowMs);
    return decisions;
  }
}
