import type { Address } from '@fourmica/core-types';
import { type Caller, isTrustedWithCertificates } from '../auth/index.js';

/**
 * Tells whether a caller may see the certificates of a recipient's tabs. Where the contract pays only once per tab, an
 * early certificate in the payer's hands would shut out the later ones.
 */
export const maySeeCertificates = (
  caller: Caller,
  recipient: Address,
  visibility: 'strict' | 'open',
): boolean => visibility === 'open' || isTrustedWithCertificates(caller, recipient);
