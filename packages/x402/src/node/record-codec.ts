import { BLSCertSchema, parseU256, parseWith } from '@fourmica/core-types';
import * as z from 'zod/mini';
import { X402Error } from '../errors.js';
import type { CertificateRecord } from '../server/certificate-store.js';

const hexText = z.string().check(z.regex(/^0x[0-9a-f]*$/));
const StoredRecordSchema = z.object({
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

/** A record in JSON: ids in decimal, the body in base64. */
export type StoredRecord = z.input<typeof StoredRecordSchema>;

export const RECORD_JSON_LIMITS = { maxLength: 16 * 1024 * 1024, maxDepth: 32 };

export const encodeRecord = (record: CertificateRecord): StoredRecord => ({
  ...record,
  tabId: record.tabId.toString(),
  reqId: record.reqId.toString(),
  headers: record.headers.map(([name, value]): [string, string] => [name, value]),
  body: record.body === undefined ? undefined : Buffer.from(record.body).toString('base64'),
});

/** @throws ValidationError naming the member that is damaged. */
export function decodeRecord(stored: unknown, what: string): CertificateRecord {
  const { tabId, reqId, body, claimsHash, bodyHash, ...rest } = parseWith(StoredRecordSchema, stored, what);
  return {
    ...rest,
    claimsHash: claimsHash as CertificateRecord['claimsHash'],
    bodyHash: bodyHash as CertificateRecord['bodyHash'],
    tabId: parseU256(tabId, 'tabId'),
    reqId: parseU256(reqId, 'reqId'),
    body: body === undefined ? undefined : new Uint8Array(Buffer.from(body, 'base64')),
  };
}

export const storeError = (message: string, cause: unknown): X402Error =>
  new X402Error('CERTIFICATE_STORE', message, {}, { cause });
