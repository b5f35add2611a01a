import { type FileHandle, open, readFile, truncate } from 'node:fs/promises';
import { BLSCertSchema, FourMicaError, parseStrictJson, parseU256, parseWith } from '@fourmica/core-types';
import * as z from 'zod/mini';
import { X402Error } from '../errors.js';
import {
  CertificateIndex,
  type CertificateRecord,
  type CertificateStore,
} from '../server/certificate-store.js';

const hexText = z.string().check(z.regex(/^0x[0-9a-f]*$/));
const LineSchema = z.object({
  network: z.string(),
  tabId: z.string(),
  reqId: z.string(),
  claimsHash: hexText,
  certificate: z.nullable(BLSCertSchema),
  request: z.string(),
  status: z.number(),
  headers: z.array(z.tuple([z.string(), z.string()])),
  bodyHash: hexText,
  body: z.optional(z.string()),
  settledAtMs: z.number(),
});

const NEWLINE = 0x0a;
const LINE_LIMITS = { maxLength: 16 * 1024 * 1024, maxDepth: 32 };

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
      await this.#file.appendFile(`${JSON.stringify(lineOf(record))}\n`, 'utf8');
      await this.#file.datasync();
    } catch (error) {
      this.#failure = error;
      throw storeError('a certificate could not be written to the disk', error);
    }
    this.#index.add(record);
  }
}

const lineOf = (record: CertificateRecord): z.input<typeof LineSchema> => ({
  ...record,
  tabId: record.tabId.toString(),
  reqId: record.reqId.toString(),
  headers: record.headers.map(([name, value]): [string, string] => [name, value]),
  body: record.body === undefined ? undefined : Buffer.from(record.body).toString('base64'),
});

function indexLines(text: string, path: string): CertificateIndex {
  const index = new CertificateIndex();
  for (const [number, line] of text.split('\n').entries()) {
    if (line !== '') index.add(recordOf(line, `${path} line ${number + 1}`));
  }
  return index;
}

function recordOf(line: string, what: string): CertificateRecord {
  try {
    const { tabId, reqId, body, claimsHash, bodyHash, ...rest } = parseWith(
      LineSchema,
      parseStrictJson(line, what, LINE_LIMITS),
      what,
    );
    return {
      ...rest,
      claimsHash: claimsHash as CertificateRecord['claimsHash'],
      bodyHash: bodyHash as CertificateRecord['bodyHash'],
      tabId: parseU256(tabId, 'tabId'),
      reqId: parseU256(reqId, 'reqId'),
      body: body === undefined ? undefined : new Uint8Array(Buffer.from(body, 'base64')),
    };
  } catch (error) {
    throw storeError(`${what} is damaged; restore the file from a copy before you go on`, error);
  }
}

const storeError = (message: string, cause: unknown): X402Error =>
  new X402Error('CERTIFICATE_STORE', message, {}, { cause });
