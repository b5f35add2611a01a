import {
  type BLSCert,
  type Clock,
  type Eip712Domain,
  nowSeconds,
  type RequestClaims,
  type SignedClaims,
} from '@fourmica/core-types';
import { hashRequestClaimsEip191 } from '@fourmica/eip712-claims';
import {
  checkClaims,
  checkParties,
  decideGuarantee,
  type EarlyRequest,
  type IssueEffect,
  type IssuingPolicy,
  type IssuingState,
  reqIdUsed,
} from '../domain/guarantee.js';
import { changeBalance, lockBalance } from '../store/balances.js';
import { findGuarantee, insertGuarantee, listUnsigned } from '../store/guarantees.js';
import type { GuaranteeRow } from '../store/rows.js';
import type { Queries, Tx } from '../store/schema.js';
import { lockTab, updateTab } from '../store/tabs.js';
import { ensureUser, readStandings } from '../store/users.js';
import type { CertificateSigner } from './certificate-signer.js';
import { checkSignedClaims } from './request-signature.js';
import type { ReqIdTurns } from './turns.js';

/** Points at which tests stop the process, to show that nothing is lost there. */
export interface IssuingSeams {
  /** The guarantee is committed and not signed. */
  afterReserve?(): void | Promise<void>;
}

export interface GuaranteeIssuerParts {
  readonly db: Queries;
  readonly clock: Clock;
  readonly signer: CertificateSigner;
  readonly turns: ReqIdTurns;
  readonly domain: Eip712Domain;
  /** Read for each request, because the contract's timing may change. */
  readonly policy: () => IssuingPolicy;
  readonly seams?: IssuingSeams | undefined;
}

type Outcome = { readonly kind: 'issued'; readonly row: GuaranteeRow } | EarlyRequest;

/** Issues guarantees: reserve in a short transaction, commit, then sign and store. */
export class GuaranteeIssuer {
  readonly #parts: GuaranteeIssuerParts;

  constructor(parts: GuaranteeIssuerParts) {
    this.#parts = parts;
  }

  /**
   * Issues the guarantee for a signed request, or returns the certificate that the same claims already have.
   *
   * @param assertMayIssue - throws when new guarantees are stopped; a certificate that exists is returned anyway.
   * @throws RefusalError
   */
  async issue(request: SignedClaims, assertMayIssue: () => Promise<void>): Promise<BLSCert> {
    const { db, signer, domain, policy } = this.#parts;
    checkClaims(request.claims, policy());
    checkSignedClaims(domain, request);
    const existing = await this.#findSame(db, request.claims);
    if (existing !== undefined) return signer.ensureCertificate(db, existing);
    await assertMayIssue();
    const row = await this.#reserveInTurn(request);
    await this.#parts.seams?.afterReserve?.();
    return signer.ensureCertificate(db, row);
  }

  /** Signs what was reserved and not signed before the process ended. Returns how many there were. */
  async recover(): Promise<number> {
    const { db, signer } = this.#parts;
    const batchSize = 100;
    let count = 0;
    for (;;) {
      const rows = await listUnsigned(db, batchSize);
      for (const row of rows) await signer.ensureCertificate(db, row);
      count += rows.length;
      if (rows.length < batchSize) return count;
    }
  }

  async #reserveInTurn(request: SignedClaims): Promise<GuaranteeRow> {
    const { db, turns } = this.#parts;
    const { tabId, reqId } = request.claims;
    const deadline = turns.deadline();
    for (;;) {
      const outcome = await db.transaction().execute((tx) => this.#reserve(tx, request));
      if (outcome.kind === 'issued') {
        turns.advanced(tabId, reqId + 1n);
        return outcome.row;
      }
      await turns.wait(tabId, reqId, outcome.nextReqId, deadline);
    }
  }

  /** Every transaction locks the payer's balance first and the tab second, so that none waits for another in a circle. */
  async #reserve(tx: Tx, request: SignedClaims): Promise<Outcome> {
    const { clock, policy } = this.#parts;
    const { claims } = request;
    const balance = await lockBalance(tx, claims.userAddress, claims.assetAddress);
    const tab = await lockTab(tx, claims.tabId);
    const standings = await readStandings(tx, claims.userAddress, claims.recipientAddress);
    const existing = await findGuarantee(tx, claims.tabId, claims.reqId);
    if (existing?.claims_hash === hashRequestClaimsEip191(claims)) return { kind: 'issued', row: existing };
    const state: IssuingState = {
      ...standings,
      isReqIdUsed: existing !== undefined,
      tab,
      balance,
      now: nowSeconds(clock),
    };
    const decision = decideGuarantee(claims, state, policy());
    if (decision.kind === 'early') return decision;
    return { kind: 'issued', row: await this.#write(tx, request, decision) };
  }

  async #write(tx: Tx, request: SignedClaims, effect: IssueEffect): Promise<GuaranteeRow> {
    const { claims } = request;
    const { tab } = effect;
    const nowMs = BigInt(this.#parts.clock.nowMs());
    await ensureUser(tx, claims.recipientAddress, nowMs);
    await changeBalance(tx, claims.userAddress, claims.assetAddress, { locked: claims.amount }, nowMs);
    await updateTab(
      tx,
      tab,
      {
        status: 'OPEN',
        startTimestamp: effect.startTimestamp,
        totalAmount: effect.totalAmount,
        lastReqId: claims.reqId,
        lastTimestamp: newest(tab.lastTimestamp, claims.timestamp),
      },
      nowMs,
    );
    const claimsHash = hashRequestClaimsEip191(claims);
    return insertGuarantee(tx, request, { claimsHash, totalAmount: effect.totalAmount, nowMs });
  }

  /** Finds the guarantee that was issued for exactly these claims, however they were spelled or signed. */
  async #findSame(db: Queries, claims: RequestClaims): Promise<GuaranteeRow | undefined> {
    const row = await findGuarantee(db, claims.tabId, claims.reqId);
    if (row === undefined) return undefined;
    if (row.claims_hash === hashRequestClaimsEip191(claims)) return row;
    const standings = await readStandings(db, claims.userAddress, claims.recipientAddress);
    checkParties(standings.user, standings.recipient);
    throw reqIdUsed(claims.reqId);
  }
}

const newest = (last: bigint | null, timestamp: bigint): bigint =>
  last === null || timestamp > last ? timestamp : last;
