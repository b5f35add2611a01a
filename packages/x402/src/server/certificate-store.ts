import type { BLSCert, Hex } from '@fourmica/core-types';
import type { BufferedResponse } from './messages.js';

/** A payment that was settled, with what was served for it. */
export interface CertificateRecord {
  /** CAIP-2 id. */
  readonly network: string;
  readonly tabId: bigint;
  readonly reqId: bigint;
  /** SHA-256 of the canonical claims: two spellings of one payment have the same. */
  readonly claimsHash: Hex;
  /** Null when the facilitator did not give it, and the gate does not insist on it. */
  readonly certificate: BLSCert | null;
  /** Method, path with query, and SHA-256 of the body. */
  readonly request: string;
  /** Status of the response; 0 when the payment was settled first and nothing has been served yet. */
  readonly status: number;
  readonly headers: BufferedResponse['headers'];
  readonly bodyHash: Hex;
  /** Kept for repeated requests only; undefined when it is no longer kept. */
  readonly body: Uint8Array | undefined;
  /** Unix milliseconds. */
  readonly settledAtMs: number;
}

/**
 * Where a resource server keeps the certificates that it is owed money by. `save` resolves only when the record
 * survives a crash, if the store is durable at all: the response is released after it.
 */
export interface CertificateStore {
  /** True when records survive the end of the process. */
  readonly isDurable: boolean;
  save(record: CertificateRecord): Promise<void>;
  find(network: string, tabId: bigint, reqId: bigint): Promise<CertificateRecord | undefined>;
  /** The newest certificate of a tab: the one to claim with. */
  findLatest(network: string, tabId: bigint): Promise<CertificateRecord | undefined>;
}

/** How long a stored response is given out again, in milliseconds. */
export const RESPONSE_RETENTION_MS = 10 * 60_000;

/** Keeps certificates in memory. They are lost with the process: fine for tests, not for money. */
export class MemoryCertificateStore implements CertificateStore {
  readonly isDurable = false;
  readonly #index = new CertificateIndex();

  async save(record: CertificateRecord): Promise<void> {
    this.#index.add(record);
  }

  async find(network: string, tabId: bigint, reqId: bigint): Promise<CertificateRecord | undefined> {
    return this.#index.find(network, tabId, reqId);
  }

  async findLatest(network: string, tabId: bigint): Promise<CertificateRecord | undefined> {
    return this.#index.findLatest(network, tabId);
  }
}

/** Finds records by tab and reqId, and drops bodies that were kept long enough. */
export class CertificateIndex {
  readonly #records = new Map<string, CertificateRecord>();
  readonly #latest = new Map<string, CertificateRecord>();
  /** Keys of records that still have a body, oldest first. */
  readonly #withBody = new Set<string>();

  add(record: CertificateRecord): void {
    const key = keyOf(record.network, record.tabId, record.reqId);
    this.#records.set(key, record);
    if (record.body !== undefined) this.#withBody.add(key);
    const tab = `${record.network} ${record.tabId}`;
    const latest = this.#latest.get(tab);
    if (latest === undefined || latest.reqId <= record.reqId)
      this.#latest.set(tab, { ...record, body: undefined });
    this.#dropBodies(record.settledAtMs - RESPONSE_RETENTION_MS);
  }

  find(network: string, tabId: bigint, reqId: bigint): CertificateRecord | undefined {
    return this.#records.get(keyOf(network, tabId, reqId));
  }

  findLatest(network: string, tabId: bigint): CertificateRecord | undefined {
    return this.#latest.get(`${network} ${tabId}`);
  }

  #dropBodies(before: number): void {
    for (const key of this.#withBody) {
      const record = this.#records.get(key);
      if (record !== undefined && record.settledAtMs > before) return;
      this.#withBody.delete(key);
      if (record !== undefined) this.#records.set(key, { ...record, body: undefined });
    }
  }
}

const keyOf = (network: string, tabId: bigint, reqId: bigint): string => `${network} ${tabId} ${reqId}`;
