import { assertCertificateMatches, decodeCertificateClaims, verifyCertificate } from '@fourmica/bls-cert';
import {
  type BLSCert,
  type CertificateClaims,
  hexToBytes,
  type RequestClaims,
  uintToHex,
} from '@fourmica/core-types';
import { X402Error } from '../errors.js';
import type { JsonObject } from '../json-object.js';
import { repaymentFor } from '../repayment.js';
import { type Repayment, repaymentOf, type Settlement } from '../settlement.js';
import type { CertificateTrust, CertificateVisibility } from './gate-config.js';

/** The reason of a facilitator that cannot tell yet: the same payment may be sent again. */
export const CORE_UNAVAILABLE = '4mica_core_unavailable';

/** A guarantee that a gate accepted. */
export interface AcceptedGuarantee {
  readonly certificate: BLSCert | null;
  readonly claims: CertificateClaims | undefined;
}

/**
 * Checks the certificate of a settlement before anything is served for it.
 *
 * @throws X402Error `MESSAGE_INVALID` when it is missing; VerificationError when it is not for this payment.
 */
export async function acceptGuarantee(
  settlement: Settlement,
  request: RequestClaims,
  rules: { readonly trust: CertificateTrust | undefined; readonly isRequired: boolean },
): Promise<AcceptedGuarantee> {
  const { certificate } = settlement;
  if (certificate === null) {
    if (!rules.isRequired) return { certificate, claims: undefined };
    throw new X402Error(
      'MESSAGE_INVALID',
      'the facilitator settled the payment, but keeps the certificate from this caller; give the gate an API key of the facilitator',
      { field: 'certificate', tabId: request.tabId, reqId: request.reqId },
    );
  }
  const claims =
    rules.trust === undefined
      ? decodeCertificateClaims(hexToBytes(certificate.claims, 'certificate.claims'))
      : await verifyCertificate(certificate, rules.trust);
  assertCertificateMatches(claims, request);
  return { certificate, claims };
}

/** What a receipt is made of. */
export interface ReceiptInput {
  readonly settlement: Settlement;
  readonly guarantee: AcceptedGuarantee;
  readonly request: RequestClaims;
  /** The offer's spelling. */
  readonly network: string;
  readonly visibility: CertificateVisibility;
  readonly gracePeriod: bigint | undefined;
}

/**
 * Writes the receipt for the payer. The certificate is part of it only when the contract pays incrementally: on other
 * contracts a payer could close the whole tab with an early, small certificate.
 */
export function receiptOf({
  settlement,
  guarantee,
  request,
  network,
  visibility,
  gracePeriod,
}: ReceiptInput): JsonObject {
  const isOpen =
    visibility === 'open' || (visibility === 'auto' && settlement.extra.certificateVisibility === 'open');
  const repayment = repaymentFrom(settlement, guarantee, request, gracePeriod);
  return {
    success: true,
    transaction: '',
    network,
    payer: request.userAddress,
    extra: {
      tabId: uintToHex(request.tabId),
      reqId: uintToHex(request.reqId),
      ...(repayment === undefined ? {} : { repayment }),
      ...(isOpen && guarantee.certificate !== null ? { certificate: guarantee.certificate } : {}),
    },
  };
}

/** The certificate counts, not what the facilitator says about it; only the grace period is taken from there. */
function repaymentFrom(
  settlement: Settlement,
  { claims }: AcceptedGuarantee,
  request: RequestClaims,
  gracePeriod: bigint | undefined,
): Repayment | undefined {
  const told = repaymentOf(settlement);
  if (claims === undefined) {
    const isThisPayment = told?.tabId === uintToHex(request.tabId) && told.reqId === uintToHex(request.reqId);
    return isThisPayment ? told : undefined;
  }
  const toldGrace = told === undefined ? undefined : BigInt(told.payBefore) - claims.timestamp;
  const grace = gracePeriod ?? toldGrace;
  return grace === undefined || grace < 0n ? undefined : repaymentFor(claims, grace);
}
