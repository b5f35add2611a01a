import { type BLSCert, type Eip712Domain, FourMicaError, type SignedClaims } from '@fourmica/core-types';
import { hashRequestClaimsEip191 } from '@fourmica/eip712-claims';
import { checkClaims, type IssuingPolicy, reqIdNotValid } from '../domain/guarantee.js';
import type { BatchDecision } from '../domain/issuing-batch.js';
import { RefusalError, refusal } from '../domain/refusal.js';
import type { CoreMetrics } from '../metrics.js';
import { findGuarantee, listUnsigned } from '../store/guarantees.js';
import type { Queries } from '../store/schema.js';
import type { CertificateSigner } from './certificate-signer.js';
import { checkSignedClaims } from './request-signature.js';
import type { Reservation, Reservations } from './reservations.js';
import type { ReqIdTurns } from './turns.js';

/** Points at which tests stop the process, to show that nothing is lost there. */
export interface IssuingSeams {
  /** The guarantee is committed and not signed. */
  afterReserve?(): void | Promise<void>;
}

export interface GuaranteeIssuerParts {
  readonly db: Queries;
  readonly signer: CertificateSigner;
  readonly reservations: Reservations;
  readonly turns: ReqIdTurns;
  readonly metrics: Pick<CoreMetrics, 'guarantees' | 'signingDuration'>;
  readonly domain: Eip712Domain;
  readonly policy: () => IssuingPolicy;
  readonly seams?: IssuingSeams | undefined;
}

type Final = Exclude<BatchDecision, { kind: 'early' } | { kind: 'refused' }>;

/** Certificates that may wait to be signed; more requests than that would only wait longer than clients do. */
const MAX_UNSIGNED = 1_000;
const RECOVERY_BATCH_SIZE = 100;

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
    const { signer, domain, policy, metrics, seams } = this.#parts;
    const { claims } = request;
    if (signer.waiting >= MAX_UNSIGNED) {
      throw refusal('BUSY', 'the core is busy, please retry', { waiting: signer.waiting });
    }
    checkClaims(claims, policy());
    checkSignedClaims(domain, request);
    const claimsHash = hashRequestClaimsEip191(claims);
    const stop = await refusalOf(assertMayIssue);
    const decision = await this.#reserveInTurn({ request, claims, claimsHash, stop });
    if (decision.kind === 'repeated') {
      metrics.guarantees.inc({ result: 'repeated' });
      return this.#stored(request);
    }
    await seams?.afterReserve?.();
    const endTimer = metrics.signingDuration.startTimer();
    const certificate = await signer.sign(claims, decision.totalAmount);
    endTimer();
    metrics.guarantees.inc({ result: 'issued' });
    return certificate;
  }

  /** Signs what was reserved and not signed before the process ended. Returns how many there were. */
  async recover(): Promise<number> {
    const { db, signer } = this.#parts;
    let count = 0;
    for (;;) {
      const rows = await listUnsigned(db, RECOVERY_BATCH_SIZE);
      await Promise.all(rows.map((row) => signer.ensureCertificate(row)));
      count += rows.length;
      if (rows.length < RECOVERY_BATCH_SIZE) return count;
    }
  }

  /** A request that is early waits without holding a lock, and is decided again when it is its turn. */
  async #reserveInTurn(reservation: Reservation): Promise<Final> {
    const { turns, reservations } = this.#parts;
    const { tabId, reqId } = reservation.claims;
    const deadline = turns.deadline();
    for (let mayWait = true; ; ) {
      const decision = await reservations.reserve(reservation);
      if (decision.kind === 'refused') throw decision.error;
      if (decision.kind !== 'early') {
        turns.advanced(tabId, reqId + 1n);
        return decision;
      }
      if (!mayWait) throw reqIdNotValid(reqId, decision.nextReqId);
      mayWait = await turns.wait(tabId, reqId, deadline);
    }
  }

  async #stored({ claims }: SignedClaims): Promise<BLSCert> {
    const { db, signer } = this.#parts;
    const row = await findGuarantee(db, claims.tabId, claims.reqId);
    if (row !== undefined) return signer.ensureCertificate(row);
    const { tabId, reqId } = claims;
    throw new FourMicaError('GUARANTEE_MISSING', 'a guarantee that was there is gone', { tabId, reqId });
  }
}

/** Returns the refusal that a check throws, if it does. */
async function refusalOf(check: () => Promise<void>): Promise<RefusalError | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (error instanceof RefusalError) return error;
    throw error;
  }
}
