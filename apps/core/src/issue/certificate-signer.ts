import type { BlsPool } from '@fourmica/bls-cert/pool';
import {
  type BLSCert,
  type Bytes32,
  FourMicaError,
  type GuaranteeVersion,
  type RequestClaims,
  uintToHex,
} from '@fourmica/core-types';
import { certificateOf, requestOf, type SignedGuarantee, storeCertificates } from '../store/guarantees.js';
import type { GuaranteeRow } from '../store/rows.js';
import type { Queries } from '../store/schema.js';
import { GatheredBatches } from './gathered-batches.js';

export interface CertificateSignerParts {
  readonly db: Queries;
  readonly pool: Pick<BlsPool, 'signCertificate' | 'waiting'>;
  /** 32 bytes, big-endian. */
  readonly secretKey: Uint8Array;
  /** The guarantee domain of each accepted version, as the contract has it. */
  readonly domains: ReadonlyMap<GuaranteeVersion, Bytes32>;
}

/** Certificates that are stored without waiting for those that are still being signed. */
const ENOUGH_TO_STORE = 16;

/** Turns reserved guarantees into certificates. Signing is deterministic, so doing it twice is harmless. */
export class CertificateSigner {
  readonly #parts: CertificateSignerParts;
  readonly #storing: GatheredBatches<SignedGuarantee>;

  constructor(parts: CertificateSignerParts) {
    this.#parts = parts;
    this.#storing = new GatheredBatches((signed) => storeCertificates(parts.db, signed), ENOUGH_TO_STORE);
  }

  /** Certificates that wait to be signed. */
  get waiting(): number {
    return this.#parts.pool.waiting;
  }

  /** Returns the stored certificate of a guarantee, or signs and stores it first. */
  async ensureCertificate(row: GuaranteeRow): Promise<BLSCert> {
    return certificateOf(row) ?? this.sign(requestOf(row).claims, row.total_amount);
  }

  /**
   * Signs and stores the certificate of a reserved guarantee.
   *
   * @param totalAmount - running total of the tab including it, in base units.
   */
  async sign(claims: RequestClaims, totalAmount: bigint): Promise<BLSCert> {
    const { pool, secretKey } = this.#parts;
    const domain = this.#domainOf(claims);
    const signing = pool.signCertificate(secretKey, { ...claims, domain, totalAmount });
    const { userAddress: user, tabId, reqId } = claims;
    await this.#storing.run(signing.then((certificate) => ({ user, tabId, reqId, certificate })));
    return signing;
  }

  #domainOf({ version, tabId, reqId }: RequestClaims): Bytes32 {
    const domain = this.#parts.domains.get(version);
    if (domain !== undefined) return domain;
    throw new FourMicaError(
      'GUARANTEE_VERSION_NOT_CONFIGURED',
      `guarantee ${reqId} of tab ${uintToHex(tabId)} was issued for version ${version}, which this core no longer accepts; add it to GUARANTEE_ACCEPTED_REQUEST_VERSIONS`,
      { tabId, reqId, version },
    );
  }
}
