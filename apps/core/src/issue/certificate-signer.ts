import { signCertificate } from '@fourmica/bls-cert';
import {
  type BLSCert,
  type Bytes32,
  type CertificateClaims,
  FourMicaError,
  type GuaranteeVersion,
} from '@fourmica/core-types';
import { certificateOf, requestOf, storeCertificate } from '../store/guarantees.js';
import type { GuaranteeRow } from '../store/rows.js';
import type { Queries } from '../store/schema.js';

/** Turns reserved guarantees into certificates. Signing is deterministic, so doing it twice is harmless. */
export class CertificateSigner {
  readonly #secretKey: Uint8Array;
  readonly #domains: ReadonlyMap<GuaranteeVersion, Bytes32>;

  /** @param domains - the guarantee domain of each accepted version, as the contract has it. */
  constructor(secretKey: Uint8Array, domains: ReadonlyMap<GuaranteeVersion, Bytes32>) {
    this.#secretKey = secretKey;
    this.#domains = domains;
  }

  /** Returns the stored certificate of a guarantee, or signs and stores it first. */
  async ensureCertificate(db: Queries, row: GuaranteeRow): Promise<BLSCert> {
    const stored = certificateOf(row);
    if (stored !== null) return stored;
    const certificate = await signCertificate(this.#secretKey, this.#claimsOf(row));
    await storeCertificate(db, row, certificate);
    return certificate;
  }

  #claimsOf(row: GuaranteeRow): CertificateClaims {
    const { claims } = requestOf(row);
    const domain = this.#domains.get(claims.version);
    if (domain === undefined) {
      throw new FourMicaError(
        'GUARANTEE_VERSION_NOT_CONFIGURED',
        `guarantee ${row.req_id} of tab ${row.tab_id} was issued for version ${claims.version}, which this core no longer accepts; add it to GUARANTEE_ACCEPTED_REQUEST_VERSIONS`,
        { tabId: row.tab_id, reqId: row.req_id, version: claims.version },
      );
    }
    return { ...claims, domain, totalAmount: row.total_amount };
  }
}
