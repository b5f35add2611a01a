import * as z from 'zod/mini';
import type { Hex } from './hex.js';
import { stripHexPrefix } from './hex.js';
import { RequestClaimsSchema } from './request-claims.js';

/** The text of a payer's signature on the wire: hex, `0x` optional. Its length and content are checked by recovery. */
export const SignatureTextSchema = z.codec(z.string().check(z.maxLength(1024)), z.custom<Hex>(), {
  decode: (text) => `0x${stripHexPrefix(text).toLowerCase()}` as Hex,
  encode: (signature) => signature,
});

/** Claims with the payer's signature: the body of a guarantee request, and the `payload` of an x402 envelope. */
export const SignedClaimsSchema = z.object({
  claims: RequestClaimsSchema,
  signature: SignatureTextSchema,
  scheme: z.enum(['eip712', 'eip191']),
});

/** Guarantee request claims with the payer's signature and its scheme. */
export type SignedClaims = z.output<typeof SignedClaimsSchema>;
