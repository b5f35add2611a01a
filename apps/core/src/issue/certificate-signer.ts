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
import { KeyedBatches } from './keyed-batches.js';

export interface CertificateSignerParts {
  readonly db: Queries;
  readonly pool: Pick<BlsPool, 'signCertificate' | 'waiting'>;
  /** 32 bytes, big-endian. */
  readonly secretKey: Uint8Array;
  /** The guarantee domain of each accepted version, as the contract has it. */
  readonly domains: ReadonlyMap<GuaranteeVersion, Bytes32>;
}

/** Certificates that one statement stores at most. */
const MAX_STORED_AT_ONCE = 64;

/** Turns reserved guarantees into certificates. Signing is deterministic, so doing it twice is harmless. */
export class CertificateSigner {
  readonly #parts: CertificateSignerParts;
  readonly #storing: KeyedBatches<SignedGuarantee, undefined>;

  constructor(parts: CertificateSignerParts) {
    this.#parts = parts;
    this.#storing = new KeyedBatches(async (signed) => {
      await storeCertificates(parts.db, signed);
      return signed.map(() => undefined);
    }, MAX_STORED_AT_ONCE);
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
    const certificate = await pool.signCertificate(secretKey, { ...claims, domain, totalAmount });
    const { userAddress: user, tabId, reqId } = claims;
    await this.#storing.run('all', { user, tabId, reqId, certificate });
    return certificate;
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
