import { type FileHandle, open, readFile, truncate } from 'node:fs/promises';
import { FourMicaError, parseStrictJson } from '@fourmica/core-types';
import {
  CertificateIndex,
  type CertificateRecord,
  type CertificateStore,
} from '../server/certificate-store.js';
import { decodeRecord, encodeRecord, RECORD_JSON_LIMITS, storeError } from './record-codec.js';

const NEWLINE = 0x0a;

/**
 * Keeps certificates in a file: one JSON line per record, only ever appended, each flushed to the disk (fsync) before
 * `save` resolves. A last line that a crash cut off is removed when the file is opened. One process per file.
 */
export class FileCertificateStore implements CertificateStore {
  readonly isDurable = true;
  readonly #file: FileHandle;
  readonly #index: CertificateIndex;
  #tail: Promise<void> = Promise.resolve();
  #failure: unknown;

  private constructor(file: FileHandle, index: CertificateIndex) {
    this.#file = file;
    this.#index = index;
  }

  /**
   * Opens a store, creating the file when there is none.
   *
   * @throws X402Error `CERTIFICATE_STORE` when the file cannot be opened, or a line other than the last is damaged.
   */
  static async open(path: string): Promise<FileCertificateStore> {
    try {
      const file = await open(path, 'a+', 0o600);
      const content = await readFile(path);
      const end = content.lastIndexOf(NEWLINE) + 1;
      if (end < content.length) await truncate(path, end);
      return new FileCertificateStore(file, indexLines(content.subarray(0, end).toString('utf8'), path));
    } catch (error) {
      if (error instanceof FourMicaError) throw error;
      throw storeError(`the certificate store ${path} cannot be opened`, error);
    }
  }

  /** @throws X402Error `CERTIFICATE_STORE` when the record is not known to be on the disk. */
  save(record: CertificateRecord): Promise<void> {
    const saved = this.#tail.then(() => this.#append(record));
    this.#tail = saved.catch(() => undefined);
    return saved;
  }

  async find(network: string, tabId: bigint, reqId: bigint): Promise<CertificateRecord | undefined> {
    return this.#index.find(network, tabId, reqId);
  }

  async findLatest(network: string, tabId: bigint): Promise<CertificateRecord | undefined> {
    return this.#index.findLatest(network, tabId);
  }

  /** Waits for what is being written and closes the file. */
  async close(): Promise<void> {
    await this.#tail;
    await this.#file.close();
  }

  /** After a failed write the end of the file is unknown, so that nothing more is appended. */
  async #append(record: CertificateRecord): Promise<void> {
    if (this.#failure !== undefined) throw storeError('the certificate store failed before', this.#failure);
    try {
      await this.#file.appendFile(`${JSON.stringify(encodeRecord(record))}\n`, 'utf8');
      await this.#file.datasync();
    } catch (error) {
      this.#failure = error;
      throw storeError('a certificate could not be written to the disk', error);
    }
    this.#index.add(record);
  }
}

function indexLines(text: string, path: string): CertificateIndex {
  const index = new CertificateIndex();
  for (const [number, line] of text.split('\n').entries()) {
    if (line !== '') index.add(recordOf(line, `${path} line ${number + 1}`));
  }
  return index;
}

function recordOf(line: string, what: string): CertificateRecord {
  try {
    return decodeRecord(parseStrictJson(line, what, RECORD_JSON_LIMITS), what);
  } catch (error) {
    throw storeError(`${what} is damaged; restore the file from a copy before you go on`, error);
  }
}
