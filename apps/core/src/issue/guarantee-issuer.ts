import {
  type BLSCert,
  type Clock,
  type Eip712Domain,
  nowSeconds,
  type SignedClaims,
} from '@fourmica/core-types';
import { hashRequestClaimsEip191 } from '@fourmica/eip712-claims';
import {
  checkClaims,
  decideGuarantee,
  type EarlyRequest,
  type IssuingPolicy,
  type IssuingState,
  isEarlyReqId,
  reqIdNotValid,
} from '../domain/guarantee.js';
import { nextReqId } from '../domain/tab.js';
import type { CoreMetrics } from '../metrics.js';
import { lockBalance } from '../store/balances.js';
import { findGuarantee, listUnsigned, reserveGuarantee } from '../store/guarantees.js';
import type { GuaranteeRow } from '../store/rows.js';
import type { Queries, Tx } from '../store/schema.js';
import { findTab, lockTab } from '../store/tabs.js';
import { readStandings } from '../store/users.js';
import type { CertificateSigner } from './certificate-signer.js';
import { KeyedQueue } from './keyed-queue.js';
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
  readonly metrics: Pick<CoreMetrics, 'guarantees' | 'signingDuration'>;
  readonly domain: Eip712Domain;
  /** Read for each request, because the contract's timing may change. */
  readonly policy: () => IssuingPolicy;
  readonly seams?: IssuingSeams | undefined;
}

type Outcome = { readonly kind: 'issued'; readonly row: GuaranteeRow } | EarlyRequest;

/** Issues guarantees: reserve in a short transaction, commit, then sign and store. */
export class GuaranteeIssuer {
  readonly #parts: GuaranteeIssuerParts;
  readonly #reservations = new KeyedQueue();

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
    const { claims } = request;
    checkClaims(claims, policy());
    checkSignedClaims(domain, request);
    const claimsHash = hashRequestClaimsEip191(claims);
    // The tab is read first: a guarantee that it counts is then there to be found.
    const tab = await findTab(db, claims.tabId);
    const existing = await findGuarantee(db, claims.tabId, claims.reqId);
    if (existing?.claims_hash === claimsHash) {
      this.#parts.metrics.guarantees.inc({ result: 'repeated' });
      return signer.ensureCertificate(db, existing);
    }
    await assertMayIssue();
    const isEarly = tab !== undefined && isEarlyReqId(tab, claims.reqId);
    const row = await this.#reserveInTurn(request, claimsHash, isEarly);
    await this.#parts.seams?.afterReserve?.();
    const endTimer = this.#parts.metrics.signingDuration.startTimer();
    const certificate = await signer.ensureCertificate(db, row);
    endTimer();
    this.#parts.metrics.guarantees.inc({ result: 'issued' });
    return certificate;
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

  /** A request that is early waits without holding a lock, and is decided again when it is its turn. */
  async #reserveInTurn(request: SignedClaims, claimsHash: string, isEarly: boolean): Promise<GuaranteeRow> {
    const { db, turns } = this.#parts;
    const { tabId, reqId, userAddress, assetAddress } = request.claims;
    const balanceKey = `${userAddress}:${assetAddress}`;
    const deadline = turns.deadline();
    for (let mustWait = isEarly; ; mustWait = true) {
      const isInTime = !mustWait || (await turns.wait(tabId, reqId, deadline));
      const outcome = await this.#reservations.run(balanceKey, () =>
        db.transaction().execute((tx) => this.#reserve(tx, request, claimsHash)),
      );
      if (outcome.kind === 'issued') {
        turns.advanced(tabId, reqId + 1n);
        return outcome.row;
      }
      if (!isInTime) throw reqIdNotValid(reqId, outcome.nextReqId);
    }
  }

  /** Every transaction locks the payer's balance first and the tab second, so that none waits for another in a circle. */
  async #reserve(tx: Tx, request: SignedClaims, claimsHash: string): Promise<Outcome> {
    const { clock, policy } = this.#parts;
    const { claims } = request;
    const balance = await lockBalance(tx, claims.userAddress, claims.assetAddress);
    const tab = await lockTab(tx, claims.tabId);
    const standings = await readStandings(tx, claims.userAddress, claims.recipientAddress);
    const mayExist = tab !== undefined && claims.reqId < nextReqId(tab);
    const existing = mayExist ? await findGuarantee(tx, claims.tabId, claims.reqId) : undefined;
    if (existing?.claims_hash === claimsHash) return { kind: 'issued', row: existing };
    const state: IssuingState = {
      ...standings,
      isReqIdUsed: existing !== undefined,
      tab,
      balance,
      now: nowSeconds(clock),
    };
    const decision = decideGuarantee(claims, state, policy());
    if (decision.kind === 'early') return decision;
    const { totalAmount, startTimestamp } = decision;
    const nowMs = BigInt(clock.nowMs());
    const reserved = { request, claimsHash, totalAmount, startTimestamp, nowMs };
    return { kind: 'issued', row: await reserveGuarantee(tx, reserved) };
  }
}
