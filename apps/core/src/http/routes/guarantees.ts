import { SignedClaimsSchema, stripHexPrefix } from '@fourmica/core-types';
import { refusal } from '../../domain/refusal.js';
import { maySeeCertificates, requireRecipientOrFacilitator, requireScope } from '../access.js';
import type { HttpContext } from '../context.js';
import { readBody } from '../input.js';
import type { Route } from '../route.js';

/** Issuing guarantees. */
export const guaranteeRoutes = (context: HttpContext): Route[] => [
  {
    method: 'POST',
    url: '/core/guarantees',
    handle: async (request) => {
      const caller = await context.resolveCaller(request);
      const body = readBody(request, SignedClaimsSchema);
      requireScope(caller, 'guarantee:issue');
      const { recipientAddress } = body.claims;
      requireRecipientOrFacilitator(caller, recipientAddress);
      if (!maySeeCertificates(caller, recipientAddress, context.certificateVisibility)) {
        throw refusal('UNAUTHENTICATED', 'missing authorization');
      }
      const certificate = await context.issuer.issue(body, context.assertMayIssue);
      return {
        claims: stripHexPrefix(certificate.claims),
        signature: stripHexPrefix(certificate.signature),
      };
    },
  },
];
