import { SignedClaimsSchema, stripHexPrefix } from '@fourmica/core-types';
import type { Route } from '@fourmica/http-service';
import { AuthRefusalError, requireRecipientOrFacilitator, requireScope } from '../../auth/index.js';
import type { HttpContext } from '../context.js';
import { readBody } from '../input.js';

import { maySeeCertificates } from '../visibility.js';

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
        throw new AuthRefusalError('AUTH_UNAUTHENTICATED', 'missing authorization');
      }
      const certificate = await context.issuer.issue(body, context.assertMayIssue);
      return {
        claims: stripHexPrefix(certificate.claims),
        signature: stripHexPrefix(certificate.signature),
      };
    },
  },
];
