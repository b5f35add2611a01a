import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CertificateRecord } from '../server/certificate-store.js';
import { FileCertificateStore } from './file-certificate-store.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  path = join(folder, 'certificates.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const record = (reqId: bigint, more: Partial<CertificateRecord> = {}): CertificateRecord => ({
  network: 'eip155:31337',
  tabId: 2n ** 255n + 1n,
  reqId,
  claimsHash: `0x${'11'.repeat(32)}`,
  certificate: { claims: '0xaabb', signature: `0x${'22'.repeat(96)}` },
  request: 'GET /premium 0x00',
  status: 200,
  headers: [['content-type', 'text/plain']],
  bodyHash: `0x${'33'.repeat(32)}`,
  body: new Uint8Array([0, 255, 10, 13]),
  settledAtMs: Date.now(),
  ...more,
});
const TAB = ['eip155:31337', 2n ** 255n + 1n] as const;

async function withStore<T>(use: (store: FileCertificateStore) => Promise<T>): Promise<T> {
  const store = await FileCertificateStore.open(path);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

it('finds after a restart what was saved before, bytes and all', async () => {
  const records = [record(0n), record(1n), record(2n, { certificate: null, body: undefined })];
  await withStore((store) => Promise.all(records.map((one) => store.save(one))));
  await withStore(async (store) => {
    for (const one of records) expect(await store.find(...TAB, one.reqId)).toEqual(one);
    expect(await store.findLatest(...TAB)).toMatchObject({ reqId: 2n });
    expect(await store.find(...TAB, 3n)).toBeUndefined();
  });
});

it('has a record on the disk when save resolves', async () => {
  await withStore(async (store) => {
    await store.save(record(0n));
    expect((await readFile(path, 'utf8')).endsWith('}\n')).toBe(true);
  });
});

it('drops a last line that a crash cut off, and goes on behind it', async () => {
  await withStore((store) => store.save(record(0n)));
  await appendFile(path, '{"network":"eip155:31337","tabId":"1","req');
  await withStore(async (store) => {
    expect(await store.find(...TAB, 0n)).toBeDefined();
    await store.save(record(1n));
  });
  await withStore(async (store) => expect(await store.find(...TAB, 1n)).toBeDefined());
});

it('refuses a file with a damaged line in the middle instead of forgetting money', async () => {
  await withStore((store) => store.save(record(0n)));
  const [line] = (await readFile(path, 'utf8')).split('\n');
  await writeFile(path, `${line}\nnonsense\n${line}\n`);
  await expect(FileCertificateStore.open(path)).rejects.toMatchObject({
    code: 'CERTIFICATE_STORE',
    message: expect.stringContaining('line 2'),
  });
});

it('forgets bodies after ten minutes, but nothing else', async () => {
  await withStore(async (store) => {
    await store.save(record(0n, { settledAtMs: 0 }));
    await store.save(record(1n, { settledAtMs: 11 * 60_000 }));
    const old = await store.find(...TAB, 0n);
    expect(old?.body).toBeUndefined();
    expect(old).toMatchObject({ status: 200, bodyHash: `0x${'33'.repeat(32)}` });
    expect((await store.find(...TAB, 1n))?.body).toBeDefined();
  });
});

it('says so when the file cannot be opened', async () => {
  await expect(FileCertificateStore.open(join(folder, 'missing', 'file'))).rejects.toMatchObject({
    code: 'CERTIFICATE_STORE',
  });
});
