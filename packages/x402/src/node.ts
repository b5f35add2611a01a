export { FileCertificateStore } from './node/file-certificate-store.js';
export {
  PostgresCertificateStore,
  type PostgresCertificateStoreOptions,
} from './node/postgres-certificate-store.js';
export type { PostgresPool, PostgresQuery } from './node/postgres-pool.js';
