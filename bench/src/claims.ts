// Times signing, recovering, hashing and certificates against other libraries, in one run and on the same inputs.
import { measureCertificates } from './certificates.js';
import { print } from './report.js';
import { measureRequests } from './requests.js';

const asJson = process.argv.includes('--json');
print('claims', [...(await measureRequests()), ...(await measureCertificates())], asJson);
