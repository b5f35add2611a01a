import { parseStrictJson, parseWith } from '@fourmica/core-types';
import * as z from 'zod/mini';
import { X402Error } from '../errors.js';
import {
  type CertificateRecord,
  type CertificateStore,
  RESPONSE_RETENTION_MS,
} from '../server/certificate-store.js';
import { type CertificateTable, certificateTable } from './certificate-table.js';
import { createPool, type PostgresPool } from './postgres-pool.js';
import { decodeRecord, encodeRecord, RECORD_JSON_LIMITS, storeError } from './record-codec.js';

/** Where a {@link PostgresCertificateStore} keeps its records. */
export type PostgresCertificateStoreOptions = {
  /** Name of the table, with or without `schema.`; `fourmica_certificates` if not given. */
  readonly table?: string;
  /** How long one statement may take, in milliseconds; 10 000 if not given. */
  readonly timeoutMs?: number;
} & (
  | {
      /** A `Pool` of the package `pg`. It stays yours: set its `connectionTimeoutMillis`, and end it. */
      readonly pool: PostgresPool;
      readonly connectionString?: never;
    }
  | {
      /** URL of the database; the store makes a pool of its own, for which `pg` has to be installed. */
      readonly connectionString: string;
      readonly pool?: never;
    }
);

const DEFAULT_TABLE = 'fourmica_certificates';
const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

const ExistsSchema = z.tuple([z.object({ isThere: z.boolean() })]);
const RowSchema = z.object({
  network: z.string(),
  tabId: z.string(),
  reqId: z.string(),
  claimsHash: z.string(),
  certificate: z.nullable(z.string()),
  request: z.string(),
  status: z.string(),
  headers: z.string(),
  bodyHash: z.string(),
  body: z.nullable(z.string()),
  settledAtMs: z.string(),
});

interface Backend {
  readonly pool: PostgresPool;
  readonly table: CertificateTable;
  readonly timeoutMs: number;
  /** Ends the pool if it is the store's own. */
  end(): Promise<void>;
}

/**
 * Keeps certificates in a table of a Postgres database, for any number of processes. `save` resolves when the record is
 * committed to the disk of the server. The first response that was served for a payment stays; a payment that was
 * settled before anything was served is completed.
 */
export class PostgresCertificateStore implements CertificateStore {
  readonly isDurable = true;
  readonly #backend: Backend;
  readonly #running = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  private constructor(backend: Backend) {
    this.#backend = backend;
  }

  /**
   * Opens a store, creating the table when there is none. A role that may not create tables needs it to be there.
   *
   * @throws X402Error `CONFIG_INVALID` for an option that is wrong, `CERTIFICATE_STORE` when the database cannot be
   * reached, or its table is not one of certificates.
   */
  static async open(options: PostgresCertificateStoreOptions): Promise<PostgresCertificateStore> {
    const store = new PostgresCertificateStore(await backendOf(options));
    try {
      await store.#prepareTable();
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /**
   * Stores a record, and clears bodies that were kept for ten minutes.
   *
   * @throws X402Error `CERTIFICATE_CONFLICT` when its tab and reqId are taken by other claims, or by another request;
   * `CERTIFICATE_STORE` when the database fails: the same record may be saved again.
   */
  save(record: CertificateRecord): Promise<void> {
    return this.#whileOpen(() => this.#save(record));
  }

  /** @throws X402Error `CERTIFICATE_STORE` when the database fails, or the record is damaged. */
  find(network: string, tabId: bigint, reqId: bigint): Promise<CertificateRecord | undefined> {
    const ids = [network, tabId.toString(), reqId.toString()];
    return this.#whileOpen(() => this.#read(this.#backend.table.find, ids));
  }

  /** @throws X402Error `CERTIFICATE_STORE` when the database fails, or the record is damaged. */
  findLatest(network: string, tabId: bigint): Promise<CertificateRecord | undefined> {
    return this.#whileOpen(() => this.#read(this.#backend.table.findLatest, [network, tabId.toString()]));
  }

  /** Waits for what is being read and written, and ends the connections that the store made itself. */
  close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#running).then(() => this.#backend.end());
    return this.#closed;
  }

  async #whileOpen<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw storeError('the certificate store is closed', undefined);
    const working = work();
    this.#running.add(working);
    try {
      return await working;
    } finally {
      this.#running.delete(working);
    }
  }

  async #save(record: CertificateRecord): Promise<void> {
    const { table } = this.#backend;
    const { certificate, headers, body, ...stored } = encodeRecord(record);
    const saved = await this.#query('a certificate could not be stored', table.save, [
      stored.network,
      stored.tabId,
      stored.reqId,
      stored.claimsHash,
      certificate === null ? null : JSON.stringify(certificate),
      stored.request,
      stored.status,
      JSON.stringify(headers),
      stored.bodyHash,
      body ?? null,
      stored.settledAtMs,
    ]);
    if (saved.length === 0) throw conflict(record);
    await this.#query('old responses could not be cleared', table.dropBodies, [
      record.settledAtMs - RESPONSE_RETENTION_MS,
    ]);
  }

  async #prepareTable(): Promise<void> {
    const { table } = this.#backend;
    const failed = `the table of certificates ${table.name} cannot be opened; check the address of the database and the rights to it`;
    const rows = await this.#query(failed, table.exists, [table.name]);
    const [{ isThere }] = parseWith(ExistsSchema, rows, 'answer of the database');
    if (!isThere) await this.#query(failed, table.create);
    await this.#query(failed, table.probe);
  }

  async #read(text: string, values: unknown[]): Promise<CertificateRecord | undefined> {
    const [row] = await this.#query('a certificate could not be read', text, values);
    if (row === undefined) return undefined;
    try {
      return recordOf(row);
    } catch (error) {
      const { name } = this.#backend.table;
      const where = `the record ${values.join(' ')} of the table ${name}`;
      throw storeError(`${where} is damaged; restore it from a copy before you go on`, error);
    }
  }

  async #query(failed: string, text: string, values?: unknown[]): Promise<readonly unknown[]> {
    const { pool, timeoutMs } = this.#backend;
    const query = { text, query_timeout: timeoutMs, ...(values === undefined ? {} : { values }) };
    try {
      return (await pool.query(query)).rows;
    } catch (error) {
      throw storeError(failed, error);
    }
  }
}

async function backendOf(options: PostgresCertificateStoreOptions): Promise<Backend> {
  const { pool, connectionString, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS) {
    throw invalidOption('timeoutMs', 'expected a whole number of milliseconds, at least 1');
  }
  const table = certificateTable(options.table ?? DEFAULT_TABLE);
  if (pool !== undefined && connectionString === undefined) {
    return { pool, table, timeoutMs, end: async () => undefined };
  }
  if (pool !== undefined || typeof connectionString !== 'string' || connectionString === '') {
    throw invalidOption('connectionString', 'expected the URL of a database, or a pool instead of it');
  }
  const own = await createPool(connectionString, timeoutMs);
  return { pool: own, table, timeoutMs, end: () => own.end() };
}

function recordOf(row: unknown): CertificateRecord {
  const { certificate, headers, status, settledAtMs, body, ...rest } = parseWith(RowSchema, row, 'row');
  const stored = {
    ...rest,
    certificate:
      certificate === null ? null : parseStrictJson(certificate, 'certificate', RECORD_JSON_LIMITS),
    headers: parseStrictJson(headers, 'headers', RECORD_JSON_LIMITS),
    status: Number(status),
    settledAtMs: Number(settledAtMs),
  };
  return decodeRecord(body === null ? stored : { ...stored, body }, 'record');
}

const invalidOption = (field: string, expectation: string): X402Error =>
  new X402Error('CONFIG_INVALID', `${field}: ${expectation}`, { field });

const conflict = ({ network, tabId, reqId }: CertificateRecord): X402Error =>
  new X402Error(
    'CERTIFICATE_CONFLICT',
    `reqId ${reqId} of tab ${tabId} on ${network} is taken by another payment or another request; do not serve this one`,
    { tabId, reqId },
  );
