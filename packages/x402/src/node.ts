export { FileCertificateStore } from './node/file-certificate-store.js';
